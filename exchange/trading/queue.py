"""The queue of record: commands that wait for a market's matcher.

A row is what one verb asked of one market in one transaction: a cancel of one order, or a thousand
orders placed together. Placed orders travel in the row, packed as the matcher needs them, so that
it reads one row for a thousand orders and looks none of them up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from struct import Struct
from typing import Any, Final

from django.db import connection

from exchange.core import copy
from exchange.matching.commands import Op
from exchange.trading.live import OpenOrder

# order, customer, side, kind, stp, price, size; budget and held as high and low 64 bits; priority;
# maker's and taker's rate; base and quote account; who counts as oneself; made at; client's id.
_RECORD: Final = Struct("<qqbbbqqqQqQqiiqqqq32s")
_LOW: Final = 2**64 - 1

_COLUMNS = ("market_id", "op", "order_id", "order_ids", "price", "size", "held", "orders")
_ASK = """
INSERT INTO exchange_matchcommand (market_id, op, order_id, order_ids, price, size, held)
VALUES (%s, %s, %s, %s::bigint[], %s, %s, %s) RETURNING id
"""
# Whole rows until there are `limit` commands: the last may bring some more.
_WAITING = """
SELECT c.id, c.op, CASE WHEN c.orders IS NULL THEN c.order_ids END, c.price, c.size,
       c.held::text, c.orders
  FROM (SELECT id, sum(cardinality(order_ids)) OVER (ORDER BY id) - cardinality(order_ids) AS before
          FROM exchange_matchcommand WHERE market_id = %s ORDER BY id LIMIT %s) w
  JOIN exchange_matchcommand c ON c.id = w.id
 WHERE w.before < %s
 ORDER BY c.id
"""


def ask(
    *,
    market_id: int,
    op: Op,
    order_ids: Sequence[int],
    price: int = 0,
    size: int = 0,
    held: int = 0,
) -> int:
    """Queue one row about orders that the matcher knows. Returns the row's id."""
    with connection.cursor() as cursor:
        cursor.execute(
            _ASK, [market_id, int(op), order_ids[0], copy.array(order_ids), price, size, held]
        )
        return int(cursor.fetchone()[0])


def ask_to_place(orders: Mapping[int, Sequence[OpenOrder]]) -> None:
    """Queue new orders, by market: one row a market."""
    copy.copy_lines(
        "exchange_matchcommand",
        _COLUMNS,
        (
            f"{market_id}\t{Op.PLACE:d}\t{placed[0].order_id}"
            f"\t{copy.array(o.order_id for o in placed)}\t0\t0\t0"
            f"\t\\\\x{b''.join(map(pack, placed)).hex()}"
            for market_id, placed in orders.items()
        ),
    )


def waiting(market_id: int, limit: int) -> list[Any]:
    """(id, op, order ids unless packed, price, size, held, packed orders), oldest first.

    At most `limit` rows, and no more rows than it takes to have `limit` commands.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [market_id, limit, limit])
        return cursor.fetchall()


def done(row_ids: Sequence[int]) -> None:
    """Take applied rows off the queue."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM exchange_matchcommand WHERE id = ANY(%s::bigint[])", [copy.array(row_ids)]
        )


def pack(order: OpenOrder) -> bytes:
    """One new order; orders are packed one after the other. Raises struct.error beyond 128 bits."""
    return _RECORD.pack(
        order.order_id,
        order.customer_id,
        order.side,
        order.kind,
        order.stp,
        order.price,
        order.size,
        order.budget >> 64,
        order.budget & _LOW,
        order.held >> 64,
        order.held & _LOW,
        order.priority,
        order.maker_ppm,
        order.taker_ppm,
        order.base_account_id,
        order.quote_account_id,
        order.self_trade_id,
        order.created_ms,
        (order.client_order_id or "").encode("ascii"),
    )


def unpack(packed: bytes) -> list[OpenOrder]:
    """The orders that `pack` wrote, as new as they were. Raises struct.error on a torn row."""
    return [
        OpenOrder(
            order_id,
            customer_id,
            side,
            kind,
            stp,
            price,
            size,
            budget_high << 64 | budget,
            0,
            0,
            "new",
            "",
            priority,
            held_high << 64 | held,
            maker_ppm,
            taker_ppm,
            base,
            quote,
            self_trade_id,
            client.rstrip(b"\0").decode("ascii") or None,
            created_ms,
        )
        for (
            order_id,
            customer_id,
            side,
            kind,
            stp,
            price,
            size,
            budget_high,
            budget,
            held_high,
            held,
            priority,
            maker_ppm,
            taker_ppm,
            base,
            quote,
            self_trade_id,
            created_ms,
            client,
        ) in _RECORD.iter_unpack(packed)
    ]
