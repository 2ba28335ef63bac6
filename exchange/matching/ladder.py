"""One side of a book: price levels, each a queue of orders.

Levels are found by price in a dict and by rank in a heap, so that a best price next to a wide gap
costs the same as one in a dense book. A queue is a doubly linked list through the orders, so that
joining at the back and leaving from anywhere are single steps, however long the queue is.

A level that empties away from the top stays hollow in the heap until it surfaces, or until hollow
levels outnumber the others, when all of them are swept at once; a price that comes back before
then finds its level again. Memory is therefore bounded by the open orders, not by history.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import Final

from exchange.matching.commands import Side

# Hollow levels tolerated before a sweep: below this a sweep costs more than it frees.
HOLLOW_ALLOWED: Final = 64


class Order:
    """What is left of one open order. To everyone outside the book it is read-only.

    price is in ticks, remaining in lots; priority orders all open orders of the book by the time
    they took their present place.
    """

    __slots__ = (
        "ahead", "behind", "level", "order_id", "owner", "price", "priority", "remaining", "side",
    )  # fmt: skip

    level: Level
    ahead: Order | None
    behind: Order | None

    def __init__(
        self, order_id: int, owner: int, side: int, price: int, remaining: int, priority: int
    ) -> None:
        self.order_id = order_id
        self.owner = owner
        self.side = side
        self.price = price
        self.remaining = remaining
        self.priority = priority

    def __repr__(self) -> str:
        side = Side(self.side).name.lower()
        return f"<Order {self.order_id} {side} {self.remaining} at {self.price}>"


class Level:
    """The orders at one price, first come first. `size` is the lots of all of them together."""

    __slots__ = ("first", "key", "last", "price", "size")

    def __init__(self, key: int, price: int) -> None:
        self.key = key
        self.price = price
        self.size = 0
        self.first: Order | None = None
        self.last: Order | None = None

    def orders(self) -> Iterator[Order]:
        """The queue from the front."""
        order = self.first
        while order is not None:
            yield order
            order = order.behind


class Ladder:
    """The levels of one side, best first.

    A level's key is its price, negated for bids: on both sides the smaller key is the better price,
    and a limit of `key` reaches every level of the other side up to `-key`.
    """

    __slots__ = ("hollow", "keys", "levels", "sign")

    def __init__(self, side: int) -> None:
        self.sign = -1 if side == Side.BUY else 1
        self.keys: list[int] = []
        self.levels: dict[int, Level] = {}
        self.hollow = 0

    def best(self) -> Level | None:
        """The level with the best price, or None when this side is empty."""
        keys, levels = self.keys, self.levels
        while keys:
            level = levels[keys[0]]
            if level.first is not None:
                return level
            del levels[heappop(keys)]
            self.hollow -= 1
        return None

    def join(self, order: Order) -> None:
        """Put an order at the back of the queue at its price."""
        key = order.price * self.sign
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = Level(key, order.price)
            heappush(self.keys, key)
        elif level.first is None:
            self.hollow -= 1
        last = level.last
        if last is None:
            level.first = order
        else:
            last.behind = order
        level.last = order
        level.size += order.remaining
        order.level = level
        order.ahead = last
        order.behind = None

    def leave(self, order: Order) -> None:
        """Take an order out of its queue, wherever it stands."""
        level, ahead, behind = order.level, order.ahead, order.behind
        level.size -= order.remaining
        if ahead is None:
            level.first = behind
        else:
            ahead.behind = behind
        if behind is None:
            level.last = ahead
            if ahead is None:
                self.hollow += 1
                if self.hollow > HOLLOW_ALLOWED and self.hollow * 2 > len(self.keys):
                    self._sweep()
        else:
            behind.ahead = ahead

    def _sweep(self) -> None:
        """Forget every hollow level. Paid for by the orders that left them."""
        levels = self.levels
        for key in [key for key, level in levels.items() if level.first is None]:
            del levels[key]
        self.keys[:] = levels
        heapify(self.keys)
        self.hollow = 0

    def depth(self, levels: int) -> list[tuple[int, int]]:
        """The best `levels` prices with their sizes: (ticks, lots), best first.

        Costs as many steps as levels asked for, however many there are.
        """
        keys, count = self.keys, len(self.keys)
        found: list[tuple[int, int]] = []
        frontier = [(keys[0], 0)] if keys else []
        while frontier and len(found) < levels:
            key, at = heappop(frontier)
            level = self.levels[key]
            if level.first is not None:
                found.append((level.price, level.size))
            for child in range(2 * at + 1, min(2 * at + 3, count)):
                heappush(frontier, (keys[child], child))
        return found

    def size_within(self, limit: int, enough: int) -> int:
        """Lots at keys up to `limit`; counting stops once `enough` is reached.

        Walks the heap from its top and turns back where a key lies beyond the limit, so it visits
        only levels within the limit and their direct successors, in no particular order.
        """
        keys, levels = self.keys, self.levels
        count, found = len(keys), 0
        waiting = [0] if keys else []
        while waiting and found < enough:
            at = waiting.pop()
            key = keys[at]
            if key > limit:
                continue
            found += levels[key].size
            child = 2 * at + 1
            if child < count:
                waiting.append(child)
            if child + 1 < count:
                waiting.append(child + 1)
        return found
