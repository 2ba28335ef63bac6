"""Questions that are asked of anybody, for an officer to start from.

What a question may not say is refused by `exchange/accounts/neutral.py`.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

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
