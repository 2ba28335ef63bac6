"""What a customer may be told: words that would tip somebody off are refused.

Telling a customer that they are suspected, reported or looked into is an offence in most places
(31 USC 5318(g)(2), PCMLTFA s. 8). What would be said to anybody tells nothing. This catches slips,
and does not replace judgement.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

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


class TipsOff(Invalid):
    """The text would tell the customer what must not be told. `limit` is the word."""

    code = "tips_off"


def refuse_tipping_off(text: str, *, field: str) -> None:
    """Raise TipsOff when a text for a customer names suspicion, a report or an authority."""
    found = _BETRAYS.search(text)
    if found is not None:
        raise TipsOff(
            _("“%(word)s” would tell the customer what must not be told. Write as to anybody.")
            % {"word": found.group(0)},
            field=field,
            limit=found.group(0),
        )
