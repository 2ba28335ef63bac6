"""A refusal in the customer's language: what is wrong, which field, and what it should keep."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from exchange.core.errors import Refused

Sentence = Callable[[Refused], str]


def sentence(refusal: Refused) -> str:
    """One sentence. A refusal without words of its own here says its own message."""
    words = _BY_FIELD.get((refusal.code, refusal.field)) or _BY_CODE.get(refusal.code)
    return words(refusal) if words else str(refusal)


def _closed(refusal: Refused) -> str:
    """Closed markets and switches carry the operators' reason, if they gave one."""
    reason = str(refusal)
    return _("Trading is paused here: no order was placed. %(reason)s") % {
        "reason": "" if reason == type(refusal).message else reason
    }


def _restricted(refusal: Refused) -> str:
    told = str(refusal)
    if not told or told == type(refusal).message:
        return _("Your account may not trade at the moment. Please ask support.")
    return told


def _limit(text: str) -> Sentence:
    return lambda refusal: _(text) % {"limit": refusal.limit}


def _plain(text: str) -> Sentence:
    return lambda refusal: _(text)


_BY_FIELD: dict[tuple[str, str], Sentence] = {
    ("below_minimum", "size"): _limit(gettext_noop("The amount must be at least %(limit)s.")),
    ("below_minimum", "notional"): _limit(
        gettext_noop("The order must be worth at least %(limit)s.")
    ),
    ("above_maximum", "size"): _limit(gettext_noop("The amount may be at most %(limit)s.")),
    ("above_maximum", "price"): _plain(gettext_noop("This price is too large.")),
    ("above_maximum", "notional"): _plain(gettext_noop("This sum is too large.")),
    ("invalid", "price"): _plain(gettext_noop("The price must be greater than zero.")),
    ("invalid", "size"): _plain(gettext_noop("The amount must be greater than zero.")),
    ("invalid", "notional"): _plain(gettext_noop("The sum must be greater than zero.")),
    ("too_precise", "size"): _limit(
        gettext_noop("The amount may have at most %(limit)s digits after the point.")
    ),
    ("too_precise", "price"): _limit(
        gettext_noop("The price may have at most %(limit)s digits after the point.")
    ),
}
_BY_CODE: dict[str, Sentence] = {
    "insufficient_funds": _limit(
        gettext_noop("Your available balance does not cover this order: you have %(limit)s.")
    ),
    "market_closed": _closed,
    "switched_off": _closed,
    "restricted": _restricted,
    "order_final": _plain(gettext_noop("This order is filled or cancelled already.")),
    "order_not_found": _plain(gettext_noop("There is no such order.")),
    "unknown_market": _plain(gettext_noop("There is no such market.")),
    "duplicate_client_order_id": _plain(
        gettext_noop("This order was placed already: it was sent twice.")
    ),
    "permission": _plain(gettext_noop("This account may not trade.")),
}
