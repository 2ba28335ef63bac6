"""The order stream of the benchmarks: seeded, and the same on every machine.

Three in ten commands are cancels, nineteen in twenty of them of an order that is open and the rest
of any id so far; one in ten is a market order or an IOC across the spread, half and half; the rest
are limit orders around a drifting middle, about one in twelve of which crosses it. Sizes are
log-normal, distances from the middle exponential.

Only `random.random()` is drawn from, because of Python's generators it alone promises the same
numbers in every version.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log, sqrt
from random import Random

from exchange.matching.book import Book
from exchange.matching.commands import Command, Kind, Side, Stp, cancel, place
from exchange.matching.events import Cancelled, Rested, Traded

MIDDLE = 50_000  # ticks
DRIFT = 0.6  # ticks, standard deviation of one step
DISTANCE = 25.0  # ticks, mean
TYPICAL_SIZE = 3.0  # logarithm of lots
SIZE_SPREAD = 0.9


def commands(
    count: int,
    seed: int = 20260101,
    *,
    owners: int = 1_000,
    stp: int = Stp.CANCEL_MAKER,
    first_order_id: int = 1,
) -> list[Command]:
    """`count` commands for one empty book, from `owners` accounts numbered from 1.

    A book runs along while they are made, so that cancels name orders that are open.
    """
    draw = Random(seed).random
    book, open_ids, middle, order_id = Book(), OpenIds(), float(MIDDLE), first_order_id - 1
    stream: list[Command] = []
    while len(stream) < count:
        middle += DRIFT * _normal(draw(), draw(), draw(), draw())
        choice = draw()
        if choice < 0.30 and open_ids.ids:
            if draw() < 0.95:
                command = cancel(order_id=open_ids.pick(draw()))
            else:
                made = order_id - first_order_id + 1
                command = cancel(order_id=first_order_id + int(draw() * made))
        else:
            order_id += 1
            owner = 1 + (order_id * 7919) % owners
            command = _order(draw, choice, int(middle), order_id, owner, stp)
        stream.append(command)
        for event in book.apply(command):
            if isinstance(event, Rested):
                open_ids.add(event.order_id)
            elif isinstance(event, Cancelled):
                open_ids.discard(event.order_id)
            elif isinstance(event, Traded) and event.maker_remaining == 0:
                open_ids.discard(event.maker_id)
    return stream


def _order(
    draw: Callable[[], float], choice: float, middle: int, order_id: int, owner: int, stp: int
) -> Command:
    """A limit order, a market order or an IOC, as `choice` in 0.30 to 1 says."""
    side = Side.BUY if draw() < 0.5 else Side.SELL
    towards = 1 if side == Side.BUY else -1
    size = max(1, int(exp(TYPICAL_SIZE + SIZE_SPREAD * _normal(draw(), draw(), draw(), draw()))))
    if choice < 0.90:
        kind = Kind.LIMIT
        away = int(-DISTANCE * log(1.0 - draw())) - 2
        price = middle - towards * away + (0 if side == Side.BUY else 1)
    elif choice < 0.95:
        kind, price, size = Kind.MARKET, 0, size * 2
    else:
        kind, price, size = Kind.IOC, middle + (4 if side == Side.BUY else -3), size * 2
    return place(
        order_id=order_id, owner=owner, side=side, kind=kind, price=price, size=size, stp=stp
    )


def _normal(*uniform: float) -> float:
    """Nearly a standard normal draw from four uniform ones: their sum, shifted and scaled."""
    return (sum(uniform) - 2.0) * sqrt(3.0)


class OpenIds:
    """A set of ids from which one can be picked at random in one step."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self._places: dict[int, int] = {}

    def add(self, order_id: int) -> None:
        self._places[order_id] = len(self.ids)
        self.ids.append(order_id)

    def discard(self, order_id: int) -> None:
        place_of = self._places.pop(order_id, None)
        if place_of is None:
            return
        last = self.ids.pop()
        if last != order_id:
            self.ids[place_of] = last
            self._places[last] = place_of

    def pick(self, uniform: float) -> int:
        """The id at a uniform draw from 0 up to 1."""
        return self.ids[int(uniform * len(self.ids))]
