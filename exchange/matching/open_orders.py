"""The orders that wait in a book: found by id, by owner, and by price and time.

The three views always hold the same orders; `_insert` and `_remove` are the only ways in and out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Self

from exchange.matching import snapshots
from exchange.matching.commands import Side
from exchange.matching.ladder import Ladder, Order
from exchange.matching.snapshots import BrokenBook, Snapshot


class OpenOrders:
    """The open orders of one market.

    `orders` maps order id to `Order`, oldest place first; it is a live, read-only view.
    `priority` is the number that was given last to an order that came to rest.
    """

    __slots__ = ("_ladders", "_orders", "_owned", "orders", "priority")

    def __init__(self) -> None:
        self.priority = 0
        self._orders: dict[int, Order] = {}
        self.orders: Mapping[int, Order] = MappingProxyType(self._orders)
        self._owned: dict[int, dict[int, Order]] = {}
        self._ladders = (Ladder(Side.BUY), Ladder(Side.SELL))

    @property
    def best_bid(self) -> int | None:
        """The highest price somebody buys at, in ticks; None without bids."""
        level = self._ladders[Side.BUY].best()
        return None if level is None else level.price

    @property
    def best_ask(self) -> int | None:
        """The lowest price somebody sells at, in ticks; None without asks."""
        level = self._ladders[Side.SELL].best()
        return None if level is None else level.price

    def depth(self, levels: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Bids and asks, each a list of (price in ticks, size in lots), best first."""
        bids, asks = self._ladders
        return bids.depth(levels), asks.depth(levels)

    def snapshot(self) -> Snapshot:
        """The whole state as a dict that JSON can carry; `restore` continues from it exactly."""
        return snapshots.take(self._orders.values(), self.priority)

    @classmethod
    def restore(cls, snapshot: Snapshot) -> Self:
        """The book that a snapshot was taken of. Raises BrokenBook when it can't be one."""
        rows, priority = snapshots.read(snapshot)
        book = cls.from_orders(rows)
        if priority < book.priority:
            raise BrokenBook(f"priority {priority} was given after {book.priority} already was")
        book.priority = priority
        return book

    @classmethod
    def from_orders(cls, rows: Iterable[Sequence[int]]) -> Self:
        """A book of these open orders, given oldest place first.

        A row is (order_id, owner, side, price, remaining) or, to keep the numbers that Rested
        events gave, (order_id, owner, side, price, remaining, priority) with priorities rising.
        Rows without priorities are numbered from 1; don't mix those numbers with stored ones.
        Raises BrokenBook on rows that can't be one book: an order twice, prices that cross.
        """
        book = cls()
        for row in rows:
            order = snapshots.order_from(row, after=book.priority)
            if order.order_id in book._orders:
                raise BrokenBook(f"order {order.order_id} is given twice")
            book.priority = order.priority
            book._insert(order)
        bid, ask = book.best_bid, book.best_ask
        if bid is not None and ask is not None and bid >= ask:
            raise BrokenBook(f"the book is crossed: bid {bid}, ask {ask}")
        return book

    def digest(self) -> bytes:
        """SHA-256 of the open orders in order of priority, 32 bytes.

        The priority numbers themselves are left out: a book rebuilt from its open orders has the
        digest of the one that never stopped.
        """
        return snapshots.digest(self._orders.values())

    def _insert(self, order: Order) -> None:
        self._orders[order.order_id] = order
        owner = order.owner
        if owner:
            owned = self._owned.get(owner)
            if owned is None:
                self._owned[owner] = {order.order_id: order}
            else:
                owned[order.order_id] = order
        self._ladders[order.side].join(order)

    def _remove(self, order: Order) -> None:
        order_id, owner = order.order_id, order.owner
        del self._orders[order_id]
        if owner:
            owned = self._owned[owner]
            del owned[order_id]
            if not owned:
                del self._owned[owner]
        self._ladders[order.side].leave(order)
