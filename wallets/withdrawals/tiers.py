"""What identity lets a person withdraw, and what it must hear of large withdrawals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from compliance.identity import pep
from compliance.identity.queries import limits_of, may
from compliance.identity.words import Level, Product
from exchange.core import outbox
from exchange.core.actors import system
from exchange.core.errors import Restricted
from wallets.withdrawals import gates, limits, wake
from wallets.withdrawals.gates import PASS, Facts, Outcome
from wallets.withdrawals.models import Withdrawal
from wallets.withdrawals.states import State

# More than anybody will ever have: a limit that is none.
BOUNDLESS = Decimal(10) ** 15


def tier_of(owner_id: int) -> limits.Tier:
    """The tier of a person, with the limits that their country gives it."""
    known = limits_of(owner_id)
    return limits.Tier(
        str(Level(known.tier).label),
        BOUNDLESS if known.withdrawal_day is None else known.withdrawal_day,
        BOUNDLESS if known.withdrawal_month is None else known.withdrawal_month,
    )


def offered(facts: Facts) -> Outcome:
    """What the rules of a country and tier let people use: withdrawals, transfers."""
    product = Product.WITHDRAWAL if facts.recipient_id is None else Product.TRANSFER
    answer = may(facts.owner_id, product)
    if not answer:
        raise Restricted(
            _("%(why)s See “Identity” in your account.") % {"why": answer.says}, limit=answer.code
        )
    return PASS


@outbox.consumes(wake.CHANGED)
def note_large(payload: dict[str, Any]) -> None:
    """FINTRAC's clock on public offices starts with a large transfer out, once it is on its way."""
    if payload["state"] not in (State.BROADCAST, State.CONFIRMED):
        return
    row = Withdrawal.objects.filter(pk=payload["withdrawal_id"]).first()
    if row is None or row.value_usdt is None or row.recipient_id is not None:
        return
    pep.note_transfer(
        customer_id=row.owner_id,
        usd=row.value_usdt,
        reference=f"withdrawal:{row.pk}",
        at=row.requested_at,
        actor=system("withdrawals"),
    )


limits.tiers_come_from(tier_of)
gates.register("products", offered, order=gates.PRODUCTS)
