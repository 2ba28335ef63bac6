"""Allocate a closed sale: the published file, the published secret and the block decide.

Everything is one transaction. Killed anywhere it has done nothing, and done again it gives the
same, because nothing in it is left to chance but what is written down already.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from exchange.core import clock, copy, dispatch, vault
from launchpad.sales import blocks, draw, inputs, moves
from launchpad.sales.errors import SumsDisagree
from launchpad.sales.models import Sale
from launchpad.sales.run import needs_block
from launchpad.sales.states import State

_WON = "CREATE TEMPORARY TABLE sale_won (id bigint PRIMARY KEY, lots bigint) ON COMMIT DROP"
_WRITE = """
UPDATE launchpad_subscription s
   SET lots = w.lots, allocated = w.lots * %(lot)s, spent = w.lots * %(price)s,
       refunded = s.committed - w.lots * %(price)s
  FROM sale_won w WHERE s.id = w.id AND s.sale_id = %(sale)s
"""
# Whoever took everything back has nothing to settle.
_REST = """
UPDATE launchpad_subscription
   SET lots = 0, allocated = 0, spent = 0, refunded = 0, settled_at = %(now)s
 WHERE sale_id = %(sale)s AND committed = 0 AND settled_at IS NULL
"""
_SUMS = """
SELECT count(*) FILTER (WHERE committed > 0), coalesce(sum(committed), 0),
       coalesce(sum(allocated), 0), coalesce(sum(spent), 0), coalesce(sum(refunded), 0),
       count(*) FILTER (WHERE lots IS NULL)
  FROM launchpad_subscription WHERE sale_id = %s
"""


class Sums(NamedTuple):
    subscribers: int
    committed: Decimal
    allocated: Decimal
    spent: Decimal
    refunded: Decimal
    undecided: int


def allocate(sale_id: int) -> bool:
    """Allocate a closed sale. False when there is nothing to do, or its block is not buried yet.

    Raises SumsDisagree, with nothing written, when the result would not be exact or the list of
    subscriptions is not the one whose digest was published.
    """
    sale = moves.get(sale_id)
    if sale.state != State.CLOSED:
        return False
    block = ""
    if needs_block(sale):
        # Asked before the transaction: a node may take its time.
        found = blocks.hash_at(sale.block_height) if sale.block_height else None
        if found is None:
            return False
        block = found
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
        sale = moves.locked(sale_id)
        if sale.state != State.CLOSED:
            return False
        secret = vault.unseal(bytes(sale.seed_sealed or b""), context=f"sale:{sale_id}").hex()
        wanted, digest = _draw(sale, secret, block)
        sums = checked_sums(sale, min(wanted, sale.lots))
        moves.move(
            sale,
            State.ALLOCATED,
            actor=moves.TASKS,
            allocated_at=clock.now(),
            seed=secret,
            block_hash=block,
            result_digest=digest,
            subscribers=sums.subscribers,
            committed=sums.committed,
            allocated=sums.allocated,
            spent=sums.spent,
            refunded=sums.refunded,
        )
        dispatch.after_commit("sales.distribute", queue="payouts", sale_id=sale_id)
    return True


def _draw(sale: Sale, secret: str, block: str) -> tuple[int, str]:
    """Run the draw on the file as it is published, and write down who got what. Returns how many
    lots were given, and the digest of the results."""
    data, ids = inputs.inputs(sale)
    if draw.digest(data) != sale.inputs_digest:
        raise SumsDisagree("the subscriptions are not those whose digest was published")
    terms, lines = draw.read(data)
    seed = draw.seed_of(secret=secret, inputs_digest=sale.inputs_digest, block=block)
    won = draw.allocate(terms, lines, seed)
    values = {
        "lot": sale.lot, "price": sale.lot_price, "sale": sale.pk, "now": clock.now(),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_WON)
        copy.copy_lines(
            "sale_won",
            ("id", "lots"),
            (f"{row}\t{each.lots}" for row, each in zip(ids, won, strict=True)),
        )
        cursor.execute(_WRITE, values)
        cursor.execute(_REST, values)
    return sum(each.lots for each in won), draw.digest(draw.results(won))


def checked_sums(sale: Sale, lots: int) -> Sums:
    """What the subscriptions come to, as PostgreSQL adds them up. Raises SumsDisagree unless every
    token and every unit of money is accounted for."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [sale.pk])
        sums = Sums(*cursor.fetchone())
    exact = (
        sums.undecided == 0
        and sums.allocated == lots * sale.lot
        and sums.allocated <= sale.offered
        and sums.spent == lots * sale.lot_price
        and sums.spent + sums.refunded == sums.committed
    )
    if not exact:
        raise SumsDisagree(f"sale {sale.pk}: {sums}")
    return sums
