"""What a customer may be asked without being told: words that would tip somebody off are refused.

Telling a customer that they are suspected, reported or looked into is an offence in most places
(31 USC 5318(g)(2), PCMLTFA s. 8). A question that would be asked of anybody tells nothing. This
catches slips, and does not replace judgement.
"""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.errors import Invalid

# Beginnings of words, and whole words; case does not matter.
BEGINNINGS = (
    "suspic", "suspect", "launder", "terroris", "sanction", "investigat", "complian", "surveil",
    "fintrac", "fincen", "ofac", "goaml", "police", "law enforcement", "regulator", "authorit",
    "criminal", "crime", "fraud", "illegal", "illicit", "unusual activ", "red flag", "mule",
    "structuring", "alert", "flagged", "watchlist", "watch list", "tipped", "tipping", "frozen",
    "freeze", "reported to", "report to", "a report", "your case", "case number", "case no",
)  # fmt: skip
WORDS = ("sar", "str", "ctr", "lvctr", "aml", "cft", "pep", "mlro", "fiu", "case")
_BETRAYS = re.compile(
    r"\b(?:" + "|".join(map(re.escape, BEGINNINGS)) + r")\w*|\b(?:" + "|".join(WORDS) + r")\b",
    re.IGNORECASE,
)

# Questions that are asked of anybody; an officer starts from one and fills it in.
QUESTIONS: dict[str, Any] = {
    "source": gettext_lazy(
        "To keep your account up to date, please tell us where the money you deposited comes from,"
        " and send a document that shows it (payslip, contract of sale, statement)."
    ),
    "purpose": gettext_lazy(
        "Please tell us what your recent transfers are for, in a sentence or two each."
    ),
    "counterparty": gettext_lazy(
        "Please tell us how you know the people you exchanged money with recently."
    ),
    "address": gettext_lazy(
        "Please show us that the address you withdraw to is yours, for example with a screenshot"
        " of your wallet."
    ),
    "occupation": gettext_lazy(
        "Please tell us what you do for a living, and about how much you expect to deposit in a"
        " year."
    ),
}


class TipsOff(Invalid):
    """The text would tell the customer what must not be told. `limit` is the word."""

    code = "tips_off"


def refuse_tipping_off(text: str, *, field: str) -> None:
    """Raise TipsOff when a text for a customer names suspicion, a report or an authority."""
    found = _BETRAYS.search(text)
    if found is not None:
        raise TipsOff(
            _("“%(word)s” would tell the customer what must not be told. Ask as of anybody.")
            % {"word": found.group(0)},
            field=field,
            limit=found.group(0),
        )
