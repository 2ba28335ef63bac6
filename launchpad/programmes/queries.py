"""What programmes have, owe and have paid."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.db.models import F, QuerySet, Sum

from exchange.core.errors import NotFound
from exchange.core.money import ZERO
from exchange.ledger.queries import house_balance
from launchpad.programmes.models import Payout, PayoutLine, Programme
from launchpad.programmes.states import UNPAID


class Budget(NamedTuple):
    """A programme's account: free, set aside for what is being paid; and what waits to be paid."""

    available: Decimal
    held: Decimal
    waiting: Decimal

    @property
    def missing(self) -> Decimal:
        """What has to come in before everything that waits can be paid."""
        return max(self.waiting - self.available, ZERO)


def programme(programme_id: int) -> Programme:
    """Raises NotFound."""
    found = Programme.objects.select_related("asset").filter(pk=programme_id).first()
    if found is None:
        raise NotFound(f"There is no programme {programme_id}.", field="programme_id")
    return found


def budget(each: Programme) -> Budget:
    """Two indexed queries."""
    available, held = house_balances_of(each)
    waiting = (
        Payout.objects.filter(programme=each, state__in=("ready", "short", "preparing")).aggregate(
            all=Sum(F("total") + F("remainder"))
        )["all"]
        or ZERO
    )
    return Budget(available, held, waiting)


def house_balances_of(each: Programme) -> tuple[Decimal, Decimal]:
    """(available, held) of a programme's account."""
    return house_balance(asset_id=each.asset_id, purpose=each.purpose)


def payouts_to_pay() -> QuerySet[Payout]:
    """Payouts that may go on now, the oldest first."""
    return Payout.objects.filter(state="paying") | Payout.objects.filter(
        state="ready", programme__state=Programme.State.OPEN
    )


def unpaid(programme_id: int) -> QuerySet[Payout]:
    return Payout.objects.filter(programme_id=programme_id, state__in=UNPAID).order_by("id")


def lines_of(payout_id: int, *, after: int = 0, limit: int = 100) -> list[PayoutLine]:
    """A page of a payout's lines in the order in which they are paid."""
    return list(
        PayoutLine.objects.filter(payout_id=payout_id, number__gt=after).order_by("number")[:limit]
    )


def paid_to(customer_id: int, *, limit: int = 100) -> list[tuple[PayoutLine, Payout]]:
    """What a customer was paid, the newest first. An indexed read."""
    lines = list(
        PayoutLine.objects.filter(customer_id=customer_id)
        .filter(number__lte=F("payout__paid_lines"))
        .select_related("payout__programme__asset")
        .order_by("-payout_id", "-number")[:limit]
    )
    return [(line, line.payout) for line in lines]
