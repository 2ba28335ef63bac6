"""What a customer is asked about one address, carried by a signed token until it is answered.

Rooms that move coins make the token; the page answers it. It names the customer, so that nobody
answers for another.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.core import signing
from django.utils.translation import gettext as _

from compliance.travel_rule import plan
from compliance.travel_rule.models import TravelMessage
from exchange.core.errors import Invalid
from exchange.core.money import plain

SALT = "travel_rule.question"
GOOD_FOR = timedelta(hours=1)


class About(NamedTuple):
    """One address, or one incoming transaction, that a customer is asked about."""

    customer_id: int
    network: str
    key: str
    memo: str
    shown: str  # the address, or the transaction, as people read it
    what: str  # "0.5 BTC"
    incoming: bool

    @property
    def by_transaction(self) -> bool:
        return self.key.startswith(plan.BY_TRANSACTION)


def sign(about: About) -> str:
    return signing.dumps(list(about), salt=SALT)


def read(token: str, *, customer_id: int) -> About:
    """Raises Invalid when it is forged, too old, or somebody else's."""
    try:
        about = About(*signing.loads(token, salt=SALT, max_age=GOOD_FOR))
    except (signing.BadSignature, TypeError) as error:
        raise _stale() from error
    if about.customer_id != customer_id:
        raise _stale()
    return about


def of_message(row: TravelMessage) -> About:
    """What the customer is asked about a transfer that waits for them."""
    incoming = row.direction == TravelMessage.Direction.IN
    key = row.sender if incoming else row.key
    return About(
        customer_id=row.customer_id or 0,
        network=row.network,
        key=key,
        memo="" if incoming else row.memo,
        shown=key.removeprefix(plan.BY_TRANSACTION) if incoming else row.address,
        what=f"{plain(row.amount)} {row.asset}",
        incoming=incoming,
    )


def _stale() -> Invalid:
    return Invalid(_("This page is too old. Nothing was sent; please start again."), field="kind")
