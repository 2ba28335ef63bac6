"""Turn what the book did into money: a batch of events becomes ledger entries and trades.

A trade moves base from seller to buyer and quote from buyer to seller, less a fee from each in the
quote asset, all in one entry of its own. What a buyer had held beyond what is still needed becomes
available in the same posting. Fees are rounded up to one unit, but never beyond what is held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from exchange.core.errors import Refused
from exchange.ledger.post import Batch
from exchange.matching.commands import Side
from exchange.matching.events import (
    Cancelled,
    Event,
    Reason,
    Reduced,
    Rejected,
    Replaced,
    Rested,
    Traded,
)
from exchange.trading.live import LiveBook, OpenOrder
from exchange.trading.terms import Terms, buy_hold, fee

SOURCE = {Reason.USER: "user", Reason.STP: "stp"}


class BrokenSettlement(Refused):
    """The book and the orders disagree: a defect. The batch is given up and nothing moves."""

    code = "broken_settlement"


@dataclass(slots=True)
class TradeLine:
    """One trade to be written. Price in ticks, size in lots, fees in quote units."""

    trade_id: int
    entry: int  # its place in the ledger batch
    taker: OpenOrder
    maker: OpenOrder
    price: int
    size: int
    taker_fee: int
    maker_fee: int


@dataclass(slots=True)
class Settlement:
    """Collects one batch. Trades are numbered at the end, when it is known how many there are."""

    live: LiveBook
    terms: Terms
    fee_account: int
    reference: str
    ledger: Batch = field(default_factory=Batch)
    trades: list[TradeLine] = field(default_factory=list)
    touched: dict[int, OpenOrder] = field(default_factory=dict)
    # Came to rest: nothing about their rows changed, but their customers want to know.
    rested: dict[int, OpenOrder] = field(default_factory=dict)
    releases: dict[int, list[int]] = field(default_factory=dict)
    # Set from the market's terms once; these are read for every event.
    scale: int = 0
    quote: str = ""
    base: str = ""

    def __post_init__(self) -> None:
        self.scale = self.terms.scale
        self.quote = f"e-{self.terms.quote_precision}"
        self.base = f"e-{self.terms.size_precision}"

    def settle(self, events: list[Event]) -> None:
        """Take in the events of one command, in their order."""
        for event in events:
            kind = type(event)
            if kind is Traded:
                self._traded(event)  # type: ignore[arg-type]
            elif kind is Rested:
                self._rested(event)  # type: ignore[arg-type]
            elif kind is Cancelled:
                self._cancelled(event)  # type: ignore[arg-type]
            elif kind is Reduced:
                self._reduced(event)  # type: ignore[arg-type]
            elif kind is Replaced:
                self._replaced(event)  # type: ignore[arg-type]
            elif kind is Rejected:
                self._rejected(event)  # type: ignore[arg-type]

    def finish(self, trade_ids: Sequence[int]) -> None:
        """Number the trades, and write the releases down as one entry of the batch."""
        for trade, trade_id in zip(self.trades, trade_ids, strict=True):
            trade.trade_id = trade_id
            self.ledger.entries[trade.entry] = ("trade", f"trade:{trade_id}")
        if not self.releases:
            return
        entry = self.ledger.entry("order_release", self.reference)
        for account, amounts in self.releases.items():
            unit = self.base if amounts[1] else self.quote
            self.ledger.leg(entry, account, f"{amounts[0]}{unit}", f"-{amounts[0]}{unit}")

    def order(self, order_id: int) -> OpenOrder:
        order = self.live.orders.get(order_id)
        if order is None:
            raise BrokenSettlement(f"{self.reference}: the book knows order {order_id}, we don't")
        self.touched[order_id] = order
        return order

    def release(self, order: OpenOrder, amount: int) -> None:
        """Let go of some of what an order holds, in its own units."""
        if amount == 0:
            return
        if not 0 < amount <= order.held:
            raise BrokenSettlement(f"{self.reference}: order {order.order_id} holds {order.held}")
        order.held -= amount
        self.let_go(order, amount)

    def let_go(self, order: OpenOrder, amount: int) -> None:
        """Make available again what was set aside for an order beyond its own hold."""
        sells = order.side == Side.SELL
        account = order.base_account_id if sells else order.quote_account_id
        self.releases.setdefault(account, [0, sells])[0] += amount

    def can_replace(self, order: OpenOrder, price: int, open_size: int, extra: int) -> bool:
        """Whether the order's hold and what was set aside pay for its new terms."""
        if open_size <= 0:
            return False
        if order.side == Side.SELL:
            return order.held + extra >= open_size
        ppm = max(order.maker_ppm, order.taker_ppm)
        return order.held + extra >= buy_hold(price * open_size * self.scale, ppm)

    def _traded(self, event: Traded) -> None:
        taker, maker = self.order(event.taker_id), self.order(event.maker_id)
        size = event.size
        ticks_lots = event.price * size
        notional = ticks_lots * self.scale
        for order in (taker, maker):
            order.filled_size += size
            order.filled_notional += ticks_lots
            order.state = "partially_filled"
        taker_fee, maker_fee = fee(notional, taker.taker_ppm), fee(notional, maker.maker_ppm)
        if taker.side == Side.BUY:
            taker_fee, excess = self._spend(taker, notional, taker_fee)
            maker.held -= size
            buyer, seller, buyer_fee, seller_fee = taker, maker, taker_fee, maker_fee
        else:
            maker_fee, excess = self._spend(maker, notional, maker_fee)
            taker.held -= size
            buyer, seller, buyer_fee, seller_fee = maker, taker, maker_fee, taker_fee
        q, b, leg = self.quote, self.base, self.ledger.leg
        entry = self.ledger.entry("trade", "")
        self.trades.append(
            TradeLine(0, entry, taker, maker, event.price, size, taker_fee, maker_fee)
        )
        spent = notional + buyer_fee + excess
        leg(entry, buyer.quote_account_id, f"{excess}{q}", f"-{spent}{q}")
        leg(entry, buyer.base_account_id, f"{size}{b}", "0")
        leg(entry, seller.base_account_id, "0", f"-{size}{b}")
        leg(entry, seller.quote_account_id, f"{notional - seller_fee}{q}", "0")
        if buyer_fee + seller_fee:
            leg(entry, self.fee_account, f"{buyer_fee + seller_fee}{q}", "0")
        if event.maker_remaining == 0:
            maker.state = "filled"
            del self.live.orders[maker.order_id]
        if taker.remaining == 0:
            self._complete(taker)

    def _spend(self, buyer: OpenOrder, notional: int, wanted_fee: int) -> tuple[int, int]:
        """Take a fill out of a buy's hold. Returns the fee charged and the excess let go.

        Fees of many fills, each rounded up, may ask for a few units more than the fee that was
        held for the whole; then the hold is the limit.
        """
        left = buyer.held - notional - buyer.needs(self.scale)
        if left < 0:
            raise BrokenSettlement(f"{self.reference}: order {buyer.order_id} holds too little")
        charged = min(wanted_fee, left)
        buyer.held -= notional + left
        return charged, left - charged

    def _complete(self, order: OpenOrder) -> None:
        order.state = "filled"
        self.release(order, order.held)
        self.live.orders.pop(order.order_id, None)

    def _rested(self, event: Rested) -> None:
        order = self.live.orders[event.order_id]
        self.rested[order.order_id] = order
        if self.live.queue_up(order):
            self.touched[order.order_id] = order

    def _cancelled(self, event: Cancelled) -> None:
        order = self.order(event.order_id)
        if event.reason == Reason.BUDGET_SPENT and order.filled_size:
            self._complete(order)  # what is left does not pay for one lot
            return
        order.state = "partially_canceled" if order.filled_size else "canceled"
        order.cancel_source = SOURCE.get(event.reason, "system")
        self.release(order, order.held)
        del self.live.orders[order.order_id]

    def _rejected(self, event: Rejected) -> None:
        """A command that the book refused: only a post-only replacement that would trade can be,
        and then what it set aside goes back."""
        order = self.live.orders.get(event.order_id)
        if order is not None:
            self.touched[order.order_id] = order
            self.release(order, order.held - order.needs(self.scale))

    def _reduced(self, event: Reduced) -> None:
        order = self.order(event.order_id)
        order.size = order.filled_size + event.remaining
        self.release(order, order.held - order.needs(self.scale))

    def _replaced(self, event: Replaced) -> None:
        """`match` has added to `held` what the replace command set aside."""
        order = self.order(event.order_id)
        order.priority = 0  # it gives up its place
        order.price = event.price
        order.size = order.filled_size + event.size
        self.release(order, order.held - order.needs(self.scale))
