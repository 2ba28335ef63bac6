"""Take a commitment back, or part of it, for as long as the sale is open and its rules allow it."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.accounts.actors import require_holder
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Invalid
from exchange.core.money import ZERO
from exchange.ledger.post import release
from launchpad.sales import moves, told
from launchpad.sales.commit import ACT_FOR, change_book, locked_place, refuse_amount
from launchpad.sales.errors import NotWithdrawable
from launchpad.sales.models import Subscription
from launchpad.sales.states import State


def withdraw(
    *, sale_id: int, customer_id: int, actor: Actor, total: Decimal = ZERO
) -> Subscription:
    """Lower a commitment to `total` (nothing): what is more is free again at once.

    A commitment that is no higher stays as it is. Whoever takes everything back gives up the place,
    and with it their turn. It is let be done by customers who are restricted: the money stays with
    us. Raises NotFound, NotWithdrawable, BelowLeast, NotWhole, PermissionRefused.
    """
    require_holder(actor=actor, customer_id=customer_id, permission=ACT_FOR)
    if total < 0:
        raise Invalid("An amount is not below zero.", field="amount", limit=0)
    with transaction.atomic():
        sale = moves.shared(sale_id)
        if not sale.withdrawable:
            raise NotWithdrawable(
                _("In this sale a commitment can't be taken back. It is settled after the close.")
            )
        if sale.state != State.OPEN or clock.now() >= sale.closes_at:
            raise NotWithdrawable(
                _("The sale is closed: a commitment can't be taken back any more."),
                limit=sale.state,
            )
        mine = locked_place(sale_id, customer_id)
        if mine.committed <= total:
            return mine
        if total > 0:
            refuse_amount(sale, total, mine.committed)
        mine.changes += 1
        release(
            kind="sale_withdraw",
            reference=f"{sale.purpose}:{mine.pk}:{mine.changes}",
            account_id=mine.account,
            amount=mine.committed - total,
        )
        if total == 0:
            told.taken_back(sale, mine)
        change_book(sale, mine, total)
    return mine
