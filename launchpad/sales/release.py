"""Release tokens when they are due: to whoever claims them, and by itself to whoever does not."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from exchange.accounts.actors import require_holder
from exchange.core import clock, switches
from exchange.core.actors import Actor
from exchange.core.money import ZERO
from exchange.ledger.accounts import customer_accounts
from exchange.ledger.post import Batch, transfer
from launchpad.sales import fund, moves, terms, told
from launchpad.sales.commit import ACT_FOR, locked_place
from launchpad.sales.errors import NothingDue
from launchpad.sales.models import Sale, SaleRelease
from launchpad.sales.settle import BATCH, released_now
from launchpad.sales.states import State

_NEXT = f"""
SELECT id, customer_id, {terms.RELEASED} - released
  FROM launchpad_subscription
 WHERE sale_id = %(sale)s AND lots > 0 AND NOT released = allocated AND releases <= %(number)s
 ORDER BY id LIMIT %(limit)s FOR UPDATE
"""  # noqa: S608  the formula is ours
_DONE = f"""
UPDATE launchpad_subscription
   SET releases = %(number)s + 1,
       released = {terms.RELEASED}
 WHERE id = ANY(%(ids)s)
"""  # noqa: S608


def claim(*, sale_id: int, customer_id: int, actor: Actor) -> Decimal:
    """Move every token that is due into the customer's account. Returns how many that was.

    Claimed twice at once, the second finds nothing due. Raises NotFound, NothingDue, SwitchedOff,
    PermissionRefused.
    """
    require_holder(actor=actor, customer_id=customer_id, permission=ACT_FOR)
    with transaction.atomic():
        switches.refuse_if_closed(moves.PAY)
        sale = moves.shared(sale_id)
        mine = locked_place(sale_id, customer_id)
        due = _due(sale)
        if sale.state != State.VESTING or due is None or not mine.allocated:
            raise NothingDue(_("No tokens are due."), limit=_next_moment(sale))
        upto = terms.released(sale, mine.allocated, due.number)
        amount = upto - mine.released
        if amount <= 0:
            raise NothingDue(_("You have everything that is due."), limit=_next_moment(sale))
        pair = (customer_id, sale.asset_id)
        transfer(
            kind="sale_claim",
            reference=f"{sale.purpose}:claim:{mine.pk}:{due.number}",
            source=fund.tokens_account(sale),
            destination=customer_accounts([pair])[pair],
            amount=amount,
        )
        mine.released, mine.releases = upto, due.number + 1
        mine.save(update_fields=["released", "releases"])
    return amount


def tell_due(sale_id: int) -> bool:
    """Write to whoever can claim something since a part came due. False when nobody is to be told.

    Of several parts that came due meanwhile the last one is told, with all that they are together;
    where nothing is claimed, because it comes at once, the account itself says so.
    """
    with transaction.atomic():
        sale = moves.locked(sale_id)
        if sale.state != State.VESTING:
            return False
        untold = sale.releases.filter(number__gt=0, told_at=None, due_at__lte=clock.now()).order_by(
            "-number"
        )
        part = untold.first()
        if part is None:
            return False
        untold.update(told_at=clock.now())
        told.came_due(sale, part)
    return True


def release_due(*, sale_id: int, limit: int = BATCH) -> int:
    """Release the next batch of what is due and was not claimed in time. Returns how many people
    it was for. Safe to run twice and alongside claims: rows take turns."""
    with transaction.atomic():
        switches.refuse_if_closed(moves.PAY)
        sale = moves.locked(sale_id)
        if sale.state != State.VESTING:
            return 0
        part = _overdue(sale)
        if part is None:
            return 0
        values = {
            "sale": sale.pk, "number": part.number, "limit": limit,
            **terms.released_values(sale, part.number),
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(_NEXT, values)
            rows = cursor.fetchall()
            if rows:
                _give(sale, part, rows)
                cursor.execute(_DONE, {**values, "ids": [row[0] for row in rows]})
        if len(rows) < limit:
            _finish(sale, part)
    return len(rows)


def _give(sale: Sale, part: SaleRelease, rows: list[tuple[int, int, Decimal]]) -> None:
    accounts = customer_accounts({(customer, sale.asset_id) for _id, customer, _amount in rows})
    batch = Batch()
    entry = batch.entry("sale_release", f"{sale.purpose}:release:{part.number}:{rows[0][0]}")
    given = ZERO
    for _id, customer, amount in rows:
        if amount:
            batch.leg(entry, accounts[customer, sale.asset_id], f"{amount}", "0")
            given += amount
    if given:
        batch.leg(entry, fund.tokens_account(sale), f"-{given}", "0")
        batch.write()


def _finish(sale: Sale, part: SaleRelease) -> None:
    """Everybody has what this part, and those before it, gave."""
    now = clock.now()
    SaleRelease.objects.filter(sale=sale, number__lte=part.number, done_at=None).update(done_at=now)
    if released_now(sale):
        moves.move(sale, State.FINISHED, actor=moves.TASKS)


def _due(sale: Sale) -> SaleRelease | None:
    """The latest part that came due."""
    return sale.releases.filter(due_at__lte=clock.now()).order_by("-number").first()


def _overdue(sale: Sale) -> SaleRelease | None:
    """The latest part that came due so long ago that it is not waited for any more, unless
    everybody has it."""
    until = clock.now() - timedelta(days=sale.claim_days)
    part = sale.releases.filter(due_at__lte=until).order_by("-number").first()
    return part if part is not None and part.done_at is None else None


def _next_moment(sale: Sale) -> str:
    part = sale.releases.filter(due_at__gt=clock.now()).order_by("number").first()
    return part.due_at.isoformat() if part else ""
