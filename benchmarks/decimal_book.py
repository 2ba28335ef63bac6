"""The baseline for the book: what a careful Python programmer writes first.

Decimal prices and sizes, a dataclass an order, and each side one list kept sorted by `bisect`, the
best order last so that taking it is a pop. Cancels find their place by bisection too. There is
nothing wasteful in it on purpose: no scan over the book, no copy, no logging. It knows the kinds
of command that the stream has (limit, market, IOC, cancel) and one self-trade mode, CANCEL_MAKER.
It does less than the real book: it refuses nothing, tells only trades, and has no index by owner.

Its trades and open orders must equal those of the real book in the same run.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from decimal import Decimal

from exchange.matching.commands import Command, Kind, Op, Side, Stp

TICK = Decimal("0.01")
LOT = Decimal("0.0001")

# order id, owner, side, kind, price, size
DecimalFields = tuple[int, int, int, int, Decimal, Decimal]


@dataclass(slots=True)
class DecimalOrder:
    order_id: int
    owner: int
    side: int
    kind: int
    price: Decimal
    size: Decimal
    rank: tuple[Decimal, int] = (Decimal(0), 0)


@dataclass(slots=True)
class DecimalTrade:
    taker_id: int
    maker_id: int
    price: Decimal
    size: Decimal


def rank_of(order: DecimalOrder) -> tuple[Decimal, int]:
    return order.rank


class DecimalBook:
    """Price-time priority on two sorted lists. Amounts are in units of the assets."""

    def __init__(self) -> None:
        self.orders: dict[int, DecimalOrder] = {}
        self.sides: tuple[list[DecimalOrder], list[DecimalOrder]] = ([], [])
        self.trades: list[DecimalTrade] = []
        self.arrivals = 0

    def place(self, order: DecimalOrder) -> None:
        """Trade an order with the other side, and rest what a limit order has left."""
        makers = self.sides[1 - order.side]
        while makers and order.size > 0:
            maker = makers[-1]
            if order.kind != Kind.MARKET and not crosses(order, maker.price):
                break
            if maker.owner == order.owner:
                self.forget(makers)
                continue
            size = min(order.size, maker.size)
            order.size -= size
            maker.size -= size
            self.trades.append(DecimalTrade(order.order_id, maker.order_id, maker.price, size))
            if maker.size == 0:
                self.forget(makers)
        if order.size > 0 and order.kind == Kind.LIMIT:
            # The best order is the last: bids rise, asks fall, later arrivals come before.
            self.arrivals += 1
            signed = order.price if order.side == Side.BUY else -order.price
            order.rank = (signed, -self.arrivals)
            insort(self.sides[order.side], order, key=rank_of)
            self.orders[order.order_id] = order

    def forget(self, makers: list[DecimalOrder]) -> None:
        del self.orders[makers.pop().order_id]

    def cancel(self, order_id: int) -> None:
        order = self.orders.pop(order_id, None)
        if order is not None:
            side = self.sides[order.side]
            del side[bisect_left(side, order.rank, key=rank_of)]


def crosses(order: DecimalOrder, price: Decimal) -> bool:
    return price <= order.price if order.side == Side.BUY else price >= order.price


def decimal_commands(stream: list[Command]) -> list[int | DecimalFields]:
    """The stream as this book wants it: an id to cancel, or the fields of an order."""
    return [
        command.order_id if command.op == Op.CANCEL else decimal_order(command)
        for command in stream
    ]


def decimal_order(command: Command) -> DecimalFields:
    if command.stp != Stp.CANCEL_MAKER or command.kind not in (Kind.LIMIT, Kind.MARKET, Kind.IOC):
        raise ValueError(f"the baseline does not know {command}")
    price, size = command.price * TICK, command.size * LOT
    return command.order_id, command.owner, command.side, command.kind, price, size
