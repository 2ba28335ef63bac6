"""One market's order book: price first, then time; trades print at the maker's price.

The conventions, where venues differ:

- A FOK is decided before the book is touched: it trades whole or leaves everything as it was. It
  counts only what it could really take under its self-trade prevention. Under CANCEL_MAKER its
  owner's resting orders don't count, since they would be cancelled, not traded. Under CANCEL_TAKER
  and CANCEL_BOTH only what stands before the first of them counts, since it would stop there. A
  FOK that fails cancels nobody's resting order.
- A LIMIT_MAKER that would cross is cancelled untouched, even when all it crosses is its owner's.
- A market buy by budget takes whole lots: at each maker as many as it has or as the budget still
  pays for. A budget too small for one lot at a price never meets the orders there.
- A reduce keeps its place in the queue. So does a replace at the same price with a smaller size,
  for it is the same thing. Any other replace leaves, may trade at once as a taker, and rests at
  the back of the queue with a new priority. Fills don't change priority.
- Self-trade prevention cancels the maker before the taker when it cancels both.

Cost: a command takes O(log levels) for each level it opens or empties, O(1) for each order it
trades with. A FOK also looks at the levels within its limit, and at its owner's open orders.
"""

from __future__ import annotations

from typing import Final

from exchange.matching.commands import LARGEST, Command, Kind, Op, Side, Stp
from exchange.matching.events import (
    Accepted,
    Cancelled,
    Event,
    Reason,
    Reduced,
    Refusal,
    Rejected,
    Replaced,
    Rested,
    Traded,
)
from exchange.matching.ladder import Ladder, Level, Order
from exchange.matching.open_orders import OpenOrders

# Plain integers and one constructor without keyword parsing: these lines run for every command.
_PLACE: Final = int(Op.PLACE)
_CANCEL: Final = int(Op.CANCEL)
_MARKET: Final = int(Kind.MARKET)
_LIMIT_MAKER: Final = int(Kind.LIMIT_MAKER)
_IOC: Final = int(Kind.IOC)
_FOK: Final = int(Kind.FOK)
_BUY: Final = int(Side.BUY)
_CANCEL_MAKER: Final = int(Stp.CANCEL_MAKER)
_CANCEL_TAKER: Final = int(Stp.CANCEL_TAKER)
_STP_REASON: Final = Reason.STP
_USER_REASON: Final = Reason.USER
_new = tuple.__new__

# A limit that reaches every level: larger than any key, and a key is at most LARGEST.
_ANY_PRICE: Final = LARGEST + 1


class Book(OpenOrders):
    """The open orders of one market, and what commands do to them."""

    __slots__ = ()

    def apply(self, command: Command) -> list[Event]:
        """Carry out one command. Returns what happened, in order; see `events`.

        Never raises on a command of integers: one that can't be carried out is Rejected and
        changes nothing.
        """
        op = command[0]
        if op == _PLACE:
            return self._place(command)
        if op == _CANCEL:
            return self._cancel(command[1])
        if op == Op.CANCEL_ALL:
            return self._cancel_all(command.owner, command.side)
        if op == Op.REDUCE:
            return self._reduce(command.order_id, command.size)
        if op == Op.REPLACE:
            return self._replace(command)
        return [Rejected(command.order_id, Refusal.BAD_OP)]

    def _place(self, command: Command) -> list[Event]:
        _, order_id, owner, side, kind, price, size, budget, stp = command
        if order_id in self._orders:
            return [Rejected(order_id, Refusal.DUPLICATE_ORDER)]
        if side != 0 and side != 1:
            return [Rejected(order_id, Refusal.BAD_SIDE)]
        if not 0 <= stp <= 3:
            return [Rejected(order_id, Refusal.BAD_STP)]
        if kind == _MARKET:
            if size == 0 and side == _BUY:
                return self._spend(order_id, owner, budget, stp)
            return self._place_market(order_id, owner, side, size, stp)
        if not 0 <= kind <= 4:
            return [Rejected(order_id, Refusal.BAD_KIND)]
        if not 0 < price <= LARGEST:
            return [Rejected(order_id, Refusal.BAD_PRICE)]
        if not 0 < size <= LARGEST:
            return [Rejected(order_id, Refusal.BAD_SIZE)]

        events: list[Event] = [_new(Accepted, (order_id,))]
        theirs = self._ladders[1 - side]
        limit = price * theirs.sign
        if kind == _FOK and not self._fills_whole(owner, 1 - side, limit, size, stp):
            events.append(Cancelled(order_id, size, Reason.FOK))
            return events
        best = theirs.best()
        if best is not None and best.key <= limit:
            if kind == _LIMIT_MAKER:
                events.append(Cancelled(order_id, size, Reason.POST_ONLY))
                return events
            size = self._take(order_id, owner, theirs, limit, size, stp, events)
        if size:
            if kind == _IOC:
                events.append(Cancelled(order_id, size, Reason.IOC))
            else:
                self._rest(order_id, owner, side, price, size, events)
        return events

    def _place_market(
        self, order_id: int, owner: int, side: int, size: int, stp: int
    ) -> list[Event]:
        """Trade `size` lots at any price; what the book can't give is cancelled."""
        if not 0 < size <= LARGEST:
            return [Rejected(order_id, Refusal.BAD_SIZE)]
        events: list[Event] = [Accepted(order_id)]
        left = self._take(order_id, owner, self._ladders[1 - side], _ANY_PRICE, size, stp, events)
        if left:
            events.append(Cancelled(order_id, left, Reason.MARKET_EXHAUSTED))
        return events

    def _spend(self, order_id: int, owner: int, budget: int, stp: int) -> list[Event]:
        """Buy whole lots at any price for at most `budget` ticks x lots."""
        if not 0 < budget <= LARGEST * LARGEST:
            return [Rejected(order_id, Refusal.BAD_BUDGET)]
        events: list[Event] = [Accepted(order_id)]
        asks = self._ladders[Side.SELL]
        while budget:
            level = asks.best()
            if level is None:
                events.append(Cancelled(order_id, budget, Reason.MARKET_EXHAUSTED))
                break
            affordable = budget // level.price
            if not affordable:
                events.append(Cancelled(order_id, budget, Reason.BUDGET_SPENT))
                break
            unmet, stopped = self._meet(level, order_id, owner, affordable, stp, events)
            budget -= (affordable - unmet) * level.price
            if stopped:
                events.append(Cancelled(order_id, budget, Reason.STP))
                break
        return events

    def _cancel(self, order_id: int) -> list[Event]:
        order = self._orders.get(order_id)
        if order is None:
            return [Rejected(order_id, Refusal.UNKNOWN_ORDER)]
        self._remove(order)
        return [_new(Cancelled, (order_id, order.remaining, _USER_REASON))]

    def _cancel_all(self, owner: int, side: int) -> list[Event]:
        if not owner:
            return [Rejected(0, Refusal.BAD_OWNER)]
        if not -1 <= side <= 1:
            return [Rejected(0, Refusal.BAD_SIDE)]
        events: list[Event] = []
        for order in list(self._owned.get(owner, {}).values()):
            if side < 0 or order.side == side:
                events += self._cancel(order.order_id)
        return events

    def _reduce(self, order_id: int, size: int) -> list[Event]:
        order = self._orders.get(order_id)
        if order is None:
            return [Rejected(order_id, Refusal.UNKNOWN_ORDER)]
        if size <= 0:
            return [Rejected(order_id, Refusal.BAD_SIZE)]
        if size >= order.remaining:
            return [Rejected(order_id, Refusal.NOT_SMALLER)]
        order.level.size -= order.remaining - size
        order.remaining = size
        return [Reduced(order_id, size)]

    def _replace(self, command: Command) -> list[Event]:
        _, order_id, _, _, kind, price, size, _, stp = command
        order = self._orders.get(order_id)
        refusal = None
        if order is None:
            return [Rejected(order_id, Refusal.UNKNOWN_ORDER)]
        if kind not in (Kind.LIMIT, Kind.LIMIT_MAKER):
            refusal = Refusal.BAD_KIND
        elif not 0 <= stp <= 3:
            refusal = Refusal.BAD_STP
        elif not 0 < price <= LARGEST:
            refusal = Refusal.BAD_PRICE
        elif not 0 < size <= LARGEST:
            refusal = Refusal.BAD_SIZE
        elif price == order.price and size == order.remaining:
            refusal = Refusal.UNCHANGED
        if refusal is not None:
            return [Rejected(order_id, refusal)]
        if price == order.price and size < order.remaining:
            return self._reduce(order_id, size)

        theirs = self._ladders[1 - order.side]
        limit = price * theirs.sign
        best = theirs.best()
        if kind == _LIMIT_MAKER and best is not None and best.key <= limit:
            return [Rejected(order_id, Refusal.WOULD_CROSS)]
        self._remove(order)
        events: list[Event] = [Replaced(order_id, price, size)]
        left = self._take(order_id, order.owner, theirs, limit, size, stp, events)
        if left:
            self._rest(order_id, order.owner, order.side, price, left, events)
        return events

    def _take(
        self,
        taker_id: int,
        owner: int,
        theirs: Ladder,
        limit: int,
        wanted: int,
        stp: int,
        events: list[Event],
    ) -> int:
        """Trade up to `wanted` lots with the levels within `limit`, best first.

        Returns the lots still wanted, 0 also when self-trade prevention cancelled them.
        """
        while wanted:
            level = theirs.best()
            if level is None or level.key > limit:
                break
            wanted, stopped = self._meet(level, taker_id, owner, wanted, stp, events)
            if stopped:
                events.append(Cancelled(taker_id, wanted, Reason.STP))
                return 0
        return wanted

    def _meet(
        self, level: Level, taker_id: int, owner: int, wanted: int, stp: int, events: list[Event]
    ) -> tuple[int, bool]:
        """Trade up to `wanted` lots with the queue of one level, from the front.

        Returns the lots still wanted, and whether self-trade prevention stops the taker here.
        """
        prevented = stp and owner
        price = level.price
        maker = level.first
        while maker is not None and wanted:
            available = maker.remaining
            if prevented and maker.owner == owner:
                if stp != _CANCEL_TAKER:
                    self._remove(maker)
                    events.append(_new(Cancelled, (maker.order_id, available, _STP_REASON)))
                if stp != _CANCEL_MAKER:
                    return wanted, True
            elif available > wanted:
                maker.remaining = available = available - wanted
                level.size -= wanted
                events.append(_new(Traded, (taker_id, maker.order_id, price, wanted, available)))
                return 0, False
            else:
                self._remove(maker)
                wanted -= available
                events.append(_new(Traded, (taker_id, maker.order_id, price, available, 0)))
            maker = level.first
        return wanted, False

    def _fills_whole(self, owner: int, their_side: int, limit: int, size: int, stp: int) -> bool:
        """Whether an order could trade all of `size` at once, its self-trade prevention applied."""
        theirs = self._ladders[their_side]
        own = [
            order
            for order in (self._owned.get(owner, {}).values() if stp and owner else ())
            if order.side == their_side and order.level.key <= limit
        ]
        if not own:
            return theirs.size_within(limit, size) >= size
        if stp == _CANCEL_MAKER:
            unusable = sum(order.remaining for order in own)
            return theirs.size_within(limit, size + unusable) - unusable >= size
        first = min(own, key=lambda order: (order.level.key, order.priority))
        found = theirs.size_within(first.level.key - 1, size)
        order = first.ahead
        while order is not None and found < size:
            found += order.remaining
            order = order.ahead
        return found >= size

    def _rest(
        self,
        order_id: int,
        owner: int,
        side: int,
        price: int,
        remaining: int,
        events: list[Event],
    ) -> None:
        self.priority = priority = self.priority + 1
        self._insert(Order(order_id, owner, side, price, remaining, priority))
        events.append(_new(Rested, (order_id, remaining, priority)))
