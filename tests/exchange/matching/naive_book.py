"""A book written to be obviously right instead of fast: the reference for the real one.

It keeps one list of resting orders, oldest place first, and looks through all of it for every
question. A fill-or-kill is decided by trying: the same order is sent as an IOC to a copy of the
book, and it may go ahead if nothing of it was cancelled there. Events are told as plain tuples.
"""

from copy import deepcopy
from dataclasses import dataclass

from exchange.matching.commands import Command, Kind, Op, Side, Stp


@dataclass
class Waiting:
    order_id: int
    owner: int
    side: int
    price: int
    size: int


class NaiveBook:
    def __init__(self) -> None:
        self.waiting: list[Waiting] = []
        self.events: list[tuple] = []

    def apply(self, command: Command) -> list[tuple]:
        """The events of one valid or invalid command, in the form `telling.told` gives."""
        self.events = []
        verbs = {
            Op.PLACE: self.place,
            Op.CANCEL: self.cancel,
            Op.CANCEL_ALL: self.cancel_all,
            Op.REDUCE: self.reduce,
            Op.REPLACE: self.replace,
        }
        verbs[command.op](command)
        return self.events

    def place(self, command: Command) -> None:
        if self.find(command.order_id):
            return self.tell("Rejected", command.order_id, "DUPLICATE_ORDER")
        by_budget = self.is_by_budget(command)
        if command.kind != Kind.MARKET and command.price <= 0:
            return self.tell("Rejected", command.order_id, "BAD_PRICE")
        if by_budget and command.budget <= 0:
            return self.tell("Rejected", command.order_id, "BAD_BUDGET")
        if not by_budget and command.size <= 0:
            return self.tell("Rejected", command.order_id, "BAD_SIZE")
        self.tell("Accepted", command.order_id)
        if command.kind == Kind.FOK and not self.would_fill(command):
            return self.tell("Cancelled", command.order_id, command.size, "FOK")
        if command.kind == Kind.LIMIT_MAKER and self.opposite(command.side, command.price):
            return self.tell("Cancelled", command.order_id, command.size, "POST_ONLY")
        return self.trade(command, command.owner, command.side)

    @staticmethod
    def is_by_budget(command: Command) -> bool:
        return (command.kind, command.side, command.size) == (Kind.MARKET, Side.BUY, 0)

    def would_fill(self, command: Command) -> bool:
        events = deepcopy(self).apply(command._replace(kind=Kind.IOC))
        return ("Cancelled", command.order_id) not in [event[:2] for event in events]

    def trade(self, command: Command, owner: int, side: int) -> None:
        """Trade lot by lot's worth with the best maker until something says stop."""
        order_id, size, budget = command.order_id, command.size, command.budget
        by_budget = self.is_by_budget(command)
        limit = None if command.kind == Kind.MARKET else command.price
        while left := budget if by_budget else size:
            makers = self.opposite(side, limit)
            if not makers:
                reason = {Kind.MARKET: "MARKET_EXHAUSTED", Kind.IOC: "IOC"}.get(command.kind)
                if reason:
                    return self.tell("Cancelled", order_id, left, reason)
                self.waiting.append(Waiting(order_id, owner, side, command.price, size))
                return self.tell("Rested", order_id, size)
            maker = makers[0]
            if by_budget and budget < maker.price:
                return self.tell("Cancelled", order_id, budget, "BUDGET_SPENT")
            if command.stp and owner and maker.owner == owner:
                if command.stp in (Stp.CANCEL_MAKER, Stp.CANCEL_BOTH):
                    self.waiting.remove(maker)
                    self.tell("Cancelled", maker.order_id, maker.size, "STP")
                if command.stp in (Stp.CANCEL_TAKER, Stp.CANCEL_BOTH):
                    return self.tell("Cancelled", order_id, left, "STP")
                continue
            lots = min(maker.size, budget // maker.price if by_budget else size)
            maker.size -= lots
            if not maker.size:
                self.waiting.remove(maker)
            size -= 0 if by_budget else lots
            budget -= lots * maker.price
            self.tell("Traded", order_id, maker.order_id, maker.price, lots, maker.size)
        return None

    def cancel(self, command: Command) -> None:
        order = self.find(command.order_id)
        if not order:
            return self.tell("Rejected", command.order_id, "UNKNOWN_ORDER")
        self.waiting.remove(order)
        return self.tell("Cancelled", order.order_id, order.size, "USER")

    def cancel_all(self, command: Command) -> None:
        if not command.owner:
            return self.tell("Rejected", 0, "BAD_OWNER")
        for order in list(self.waiting):
            if order.owner == command.owner and command.side in (-1, order.side):
                self.cancel(Command(Op.CANCEL, order.order_id))
        return None

    def reduce(self, command: Command) -> None:
        order = self.find(command.order_id)
        if not order:
            return self.tell("Rejected", command.order_id, "UNKNOWN_ORDER")
        if command.size <= 0:
            return self.tell("Rejected", command.order_id, "BAD_SIZE")
        if command.size >= order.size:
            return self.tell("Rejected", command.order_id, "NOT_SMALLER")
        order.size = command.size
        return self.tell("Reduced", order.order_id, order.size)

    def replace(self, command: Command) -> None:
        order = self.find(command.order_id)
        if not order:
            return self.tell("Rejected", command.order_id, "UNKNOWN_ORDER")
        if command.kind not in (Kind.LIMIT, Kind.LIMIT_MAKER):
            return self.tell("Rejected", command.order_id, "BAD_KIND")
        if command.price <= 0:
            return self.tell("Rejected", command.order_id, "BAD_PRICE")
        if command.size <= 0:
            return self.tell("Rejected", command.order_id, "BAD_SIZE")
        if (command.price, command.size) == (order.price, order.size):
            return self.tell("Rejected", command.order_id, "UNCHANGED")
        if command.price == order.price and command.size < order.size:
            return self.reduce(command)
        if command.kind == Kind.LIMIT_MAKER and self.opposite(order.side, command.price):
            return self.tell("Rejected", command.order_id, "WOULD_CROSS")
        self.waiting.remove(order)
        self.tell("Replaced", order.order_id, command.price, command.size)
        return self.trade(command, order.owner, order.side)

    def find(self, order_id: int) -> Waiting | None:
        return next((order for order in self.waiting if order.order_id == order_id), None)

    def opposite(self, side: int, limit: int | None) -> list[Waiting]:
        """Orders that an order of this side and limit would meet, in the order it meets them."""
        if side == Side.BUY:
            asks = [order for order in self.waiting if order.side == Side.SELL]
            within = [order for order in asks if limit is None or order.price <= limit]
            return sorted(within, key=lambda order: order.price)
        bids = [order for order in self.waiting if order.side == Side.BUY]
        within = [order for order in bids if limit is None or order.price >= limit]
        return sorted(within, key=lambda order: -order.price)

    def depth(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        def levels(side: int, best_first: int) -> list[tuple[int, int]]:
            sizes: dict[int, int] = {}
            for order in self.waiting:
                if order.side == side:
                    sizes[order.price] = sizes.get(order.price, 0) + order.size
            return sorted(sizes.items(), key=lambda level: level[0] * best_first)

        return levels(Side.BUY, -1), levels(Side.SELL, 1)

    def tell(self, *event) -> None:
        self.events.append(event)
