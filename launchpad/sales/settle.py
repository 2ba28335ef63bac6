"""Settle a sale's subscriptions in batches: payment against delivery, one ledger entry a batch.

What a customer paid, got back and received of tokens at once stands in the same entry, and the mark
that it is done in the same transaction. Killed between any two instructions, a batch is done or it
is not; the next run begins with what is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F, QuerySet

from exchange.core import clock, switches
from exchange.core.money import ZERO
from exchange.ledger.accounts import customer_accounts, locked_available
from exchange.ledger.post import Batch
from launchpad.sales import fund, moves, terms, told
from launchpad.sales.errors import SumsDisagree
from launchpad.sales.models import Sale, SaleRelease, Subscription
from launchpad.sales.states import State

BATCH = 5_000
FIRST = 0  # the release that comes with the distribution
EVERYBODY, LEFT_OUT = "", "AND left_out <> ''"
_NEXT = f"""
SELECT id, customer_id, account, committed, coalesce(spent, 0), coalesce(allocated, 0),
       coalesce({terms.RELEASED}, 0)
  FROM launchpad_subscription
 WHERE sale_id = %(sale)s AND settled_at IS NULL {{whom}} ORDER BY id LIMIT %(limit)s
   FOR UPDATE
"""  # noqa: S608  the formula is ours
_DONE = f"""
UPDATE launchpad_subscription
   SET settled_at = %(now)s, releases = 1,
       released = {terms.RELEASED}
 WHERE sale_id = %(sale)s AND id = ANY(%(ids)s) AND settled_at IS NULL
"""  # noqa: S608
_GIVEN_BACK = """
UPDATE launchpad_subscription
   SET settled_at = %(now)s, lots = 0, allocated = 0, spent = 0, refunded = committed
 WHERE sale_id = %(sale)s AND id = ANY(%(ids)s) AND settled_at IS NULL
"""
_SETTLED = """
SELECT coalesce(sum(spent), 0), coalesce(sum(refunded), 0), coalesce(sum(allocated), 0),
       coalesce(sum(released), 0), count(*) FILTER (WHERE settled_at IS NULL)
  FROM launchpad_subscription WHERE sale_id = %s
"""


class Due(NamedTuple):
    """One subscription to be settled, and what of its tokens goes out at once."""

    id: int
    customer_id: int
    account: int
    committed: Decimal
    spent: Decimal
    allocated: Decimal
    first: Decimal


def distribute(*, sale_id: int, limit: int = BATCH) -> int:
    """Settle the next batch of an allocated sale whose moment has come. Returns how many were
    settled; with the last of them the sale is distributed.

    Safe to run twice and alongside itself: whoever comes second waits for the first. Raises
    SumsDisagree, SwitchedOff, InsufficientFunds, and then nothing of the batch is done.
    """
    with transaction.atomic():
        switches.refuse_if_closed(moves.PAY)
        sale = moves.locked(sale_id)
        if sale.state == State.ALLOCATED and clock.now() >= sale.distributes_at:
            moves.move(sale, State.DISTRIBUTING, actor=moves.TASKS, told=False)
        if sale.state != State.DISTRIBUTING:
            return 0
        due = _next(sale, limit)
        if due:
            _pay(sale, due)
            _mark(_DONE, sale, due)
            told.settled(sale, [each.id for each in due])
        if len(due) < limit:
            _finish(sale)
    return len(due)


def refund(*, sale_id: int, limit: int = BATCH) -> int:
    """Give the next batch of a cancelled sale all of its money back. Returns how many it was."""
    with transaction.atomic():
        sale = moves.locked(sale_id)
        if sale.state != State.CANCELLED:
            return 0
        return _refund(sale, _next(sale, limit))


def give_back(*, sale_id: int, limit: int = BATCH) -> int:
    """Give the next batch of those who were left out when the sale closed all of their money back:
    they need not wait for the draw. Returns how many it was."""
    with transaction.atomic():
        sale = moves.locked(sale_id)
        if sale.state not in (State.CLOSED, State.ALLOCATED):
            return 0
        return _refund(sale, _next(sale, limit, LEFT_OUT))


def _refund(sale: Sale, due: Sequence[Due]) -> int:
    holding = [each for each in due if each.committed]
    if holding:
        batch = Batch()
        entry = batch.entry("sale_refund", f"{sale.purpose}:refund:{due[0].id}")
        for each in holding:
            batch.leg(entry, each.account, f"{each.committed}", f"-{each.committed}")
        batch.write()
    if due:
        _mark(_GIVEN_BACK, sale, due)
        told.settled(sale, [each.id for each in due])
    return len(due)


def released_now(sale: Sale) -> bool:
    """Has everybody all of their tokens?"""
    return not unreleased(sale.pk).exists()


def unreleased(sale_id: int) -> QuerySet[Subscription]:
    """Whoever has tokens to come."""
    return Subscription.objects.filter(sale_id=sale_id, lots__gt=0, released__lt=F("allocated"))


def _next(sale: Sale, limit: int, whom: str = EVERYBODY) -> list[Due]:
    with connection.cursor() as cursor:
        cursor.execute(
            _NEXT.format(whom=whom),
            {"sale": sale.pk, "limit": limit, **terms.released_values(sale, FIRST)},
        )
        return [Due(*row) for row in cursor.fetchall()]


def _pay(sale: Sale, due: Sequence[Due]) -> None:
    """One entry in both assets: the guard refuses it unless each of them sums to zero."""
    tokens = customer_accounts({(d.customer_id, sale.asset_id) for d in due if d.first})
    batch = Batch()
    entry = batch.entry("sale_settlement", f"{sale.purpose}:settle:{due[0].id}")
    spent = given = ZERO
    for each in due:
        if each.committed:
            free = each.committed - each.spent
            batch.leg(entry, each.account, f"{free}", f"-{each.committed}")
            spent += each.spent
        if each.first:
            batch.leg(entry, tokens[each.customer_id, sale.asset_id], f"{each.first}", "0")
            given += each.first
    if spent:
        batch.leg(entry, fund.proceeds_account(sale), f"{spent}", "0")
    if given:
        batch.leg(entry, fund.tokens_account(sale), f"-{given}", "0")
    batch.write()


def _mark(statement: str, sale: Sale, due: Sequence[Due]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "sale": sale.pk,
                "ids": [each.id for each in due],
                "now": clock.now(),
                **terms.released_values(sale, FIRST),
            },
        )
        if cursor.rowcount != len(due):
            raise SumsDisagree(f"{cursor.rowcount} of {len(due)} subscriptions were marked")


def _finish(sale: Sale) -> None:
    """All are settled: compare what the accounts hold with what was published, and go on."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED, [sale.pk])
        spent, refunded, allocated, released, waiting = cursor.fetchone()
    proceeds, tokens = fund.proceeds_account(sale), fund.tokens_account(sale)
    stands = locked_available([proceeds, tokens])
    exact = (
        waiting == 0
        and (spent, refunded, allocated) == (sale.spent, sale.refunded, sale.allocated)
        and stands[proceeds] == spent
        and stands[tokens] == sale.offered - released
    )
    if not exact:
        raise SumsDisagree(
            f"sale {sale.pk}: spent {spent}, refunded {refunded}, allocated {allocated}, released"
            f" {released}, waiting {waiting}; the accounts hold {stands}"
        )
    SaleRelease.objects.filter(sale=sale, number=0).update(done_at=clock.now())
    to = State.FINISHED if released_now(sale) else State.VESTING
    moves.move(sale, to, actor=moves.TASKS, distributed_at=clock.now())
