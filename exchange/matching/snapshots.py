"""A book's state written down: its open orders in order of priority, and the last priority given.

Levels, queues and indexes follow from that, so they are rebuilt and never stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from struct import Struct
from typing import Final, TypedDict

from exchange.matching.commands import LARGEST
from exchange.matching.ladder import Order

_FORMAT: Final = 1
_ROW: Final = Struct("<qqbqq")


class BrokenBook(ValueError):
    """Stored open orders that no book can have. The message names the first fault."""


class Snapshot(TypedDict):
    """`orders` holds [order_id, owner, side, price, remaining, priority], oldest place first."""

    format: int
    priority: int
    orders: list[list[int]]


def take(orders: Iterable[Order], priority: int) -> Snapshot:
    """Write down open orders, given oldest place first, and the last priority given."""
    return {
        "format": _FORMAT,
        "priority": priority,
        "orders": [
            [order.order_id, order.owner, order.side, order.price, order.remaining, order.priority]
            for order in orders
        ],
    }


def read(snapshot: Snapshot) -> tuple[list[list[int]], int]:
    """The rows of a snapshot and its last priority. Raises BrokenBook on an unknown format."""
    if snapshot["format"] != _FORMAT:
        raise BrokenBook(f"unknown snapshot format {snapshot['format']}")
    return snapshot["orders"], snapshot["priority"]


def order_from(row: Sequence[int], *, after: int) -> Order:
    """The order that a stored row describes, its priority above `after`. Raises BrokenBook."""
    if len(row) == 5:
        row = (*row, after + 1)
    if len(row) != 6:
        raise BrokenBook(f"an order has 5 or 6 fields, not {len(row)}: {row}")
    order_id, owner, side, price, remaining, priority = row
    if side not in (0, 1) or not 0 < price <= LARGEST or not 0 < remaining <= LARGEST:
        raise BrokenBook(f"order {order_id} has an impossible side, price or size: {row}")
    if priority <= after:
        raise BrokenBook(f"order {order_id} has priority {priority}, which is not above {after}")
    return Order(order_id, owner, side, price, remaining, priority)


def digest(orders: Iterable[Order]) -> bytes:
    """SHA-256 over the open orders as they stand, without their priority numbers; 32 bytes."""
    state = sha256()
    for order in orders:
        state.update(
            _ROW.pack(order.order_id, order.owner, order.side, order.price, order.remaining)
        )
    return state.digest()
