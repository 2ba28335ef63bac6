"""The baseline: one ORM transaction an order, as a careful Django developer would write it.

The same tables, the same guarded ledger, the same rules and the same results as the exchange
(`settlement.py` compares every balance). The book lives in the orders table; each command locks
the rows it needs, writes the trade and its ledger entry through the ORM, and commits.
"""

from __future__ import annotations

from django.db import transaction

from exchange.core.money import from_units
from exchange.ledger.models import LedgerEntry, Posting
from exchange.markets.models import Market
from exchange.matching.commands import Command, Kind, Op, Side
from exchange.trading.models import SpotOrder, Trade
from exchange.trading.terms import Terms, buy_hold, fee

OPEN = ("new", "partially_filled")


class NaiveExchange:
    """Applies a stream of commands, one transaction each."""

    def __init__(self, market: Market, accounts: dict[tuple[int, int], int], fees: int) -> None:
        self.market, self.accounts, self.fees = market, accounts, fees
        self.terms = Terms(market.price_precision, market.size_precision, market.quote_precision)
        self.scale = self.terms.scale
        self.ids: dict[int, int] = {}  # the stream's order id to ours
        self.ppm = (int(market.maker_rate * 1_000_000), int(market.taker_rate * 1_000_000))

    def apply(self, command: Command) -> None:
        with transaction.atomic():
            if command.op == Op.CANCEL:
                self._cancel(command.order_id)
            else:
                self._place(command)

    def _cancel(self, stream_id: int) -> None:
        order = (
            SpotOrder.objects.select_for_update()
            .filter(pk=self.ids.get(stream_id, 0), state__in=OPEN)
            .first()
        )
        if order is not None:
            order.state = "partially_canceled" if order.filled_size else "canceled"
            self._release(order)
            order.save()

    def _place(self, c: Command) -> None:
        market = Market.objects.get(pk=self.market.pk)
        notional = (c.budget or c.price * c.size) * self.scale
        hold = buy_hold(notional, max(self.ppm)) if c.side == Side.BUY else c.size
        order = SpotOrder.objects.create(
            customer_id=c.owner,
            market=market,
            side=c.side,
            kind=c.kind,
            stp=0,
            price=c.price,
            size=c.size,
            budget=c.budget,
            held=hold,
            maker_ppm=self.ppm[0],
            taker_ppm=self.ppm[1],
            base_account_id=self.accounts[c.owner, market.base_id],
            quote_account_id=self.accounts[c.owner, market.quote_id],
            self_trade_id=c.owner,
            priority=0,
        )
        self.ids[c.order_id] = order.priority = order.pk
        entry = LedgerEntry.objects.create(kind="order_hold", reference=f"order:{order.pk}")
        self._post(entry, [(self._payer(order), -hold, hold, order.side)])
        self._match(order)
        if order.state in OPEN and (c.kind != Kind.LIMIT or self._open(order) == 0):
            left = self._open(order)
            if left and not (order.budget and order.filled_size):
                order.state = "partially_canceled" if order.filled_size else "canceled"
            else:
                order.state = "filled"
            self._release(order)
        order.save()

    def _match(self, order: SpotOrder) -> None:
        makers = SpotOrder.objects.select_for_update().filter(
            market_id=order.market_id, state__in=OPEN, side=1 - order.side
        )
        if order.kind != Kind.MARKET:
            within = "price__lte" if order.side == Side.BUY else "price__gte"
            makers = makers.filter(**{within: order.price})
        best_first = "price" if order.side == Side.BUY else "-price"
        for maker in makers.order_by(best_first, "priority")[:50]:
            size = min(self._wanted(order, maker.price), self._open(maker))
            if size == 0:
                return
            self._trade(order, maker, size)

    def _trade(self, taker: SpotOrder, maker: SpotOrder, size: int) -> None:
        units = maker.price * size
        notional = units * self.scale
        taker_fee, maker_fee = fee(notional, taker.taker_ppm), fee(notional, maker.maker_ppm)
        buyer, seller = (taker, maker) if taker.side == Side.BUY else (maker, taker)
        for order in (taker, maker):
            order.filled_size += size
            order.filled_notional += units
            order.state = "partially_filled"
        left = int(buyer.held) - notional - self._needs(buyer)
        buyer_fee = min(taker_fee if buyer is taker else maker_fee, left)
        seller_fee = maker_fee if buyer is taker else taker_fee
        buyer.held = int(buyer.held) - notional - left
        seller.held = int(seller.held) - size
        if self._open(maker) == 0:
            maker.state = "filled"
        trade = Trade.objects.create(
            market_id=taker.market_id,
            taker_order_id=taker.pk,
            maker_order_id=maker.pk,
            taker_id=taker.customer_id,
            maker_id=maker.customer_id,
            taker_side=taker.side,
            price=from_units(maker.price, self.terms.price_precision),
            size=from_units(size, self.terms.size_precision),
            taker_fee=from_units(taker_fee, self.terms.quote_precision),
            maker_fee=from_units(maker_fee, self.terms.quote_precision),
            executed_at=taker.created_at,
        )
        entry = LedgerEntry.objects.create(kind="trade", reference=f"trade:{trade.pk}")
        excess = left - buyer_fee
        self._post(
            entry,
            [
                (buyer.quote_account_id, excess, -(notional + buyer_fee + excess), Side.BUY),
                (buyer.base_account_id, size, 0, Side.SELL),
                (seller.base_account_id, 0, -size, Side.SELL),
                (seller.quote_account_id, notional - seller_fee, 0, Side.BUY),
                (self.fees, buyer_fee + seller_fee, 0, Side.BUY),
            ],
        )
        maker.save()

    def _release(self, order: SpotOrder) -> None:
        if order.held:
            held = int(order.held)
            entry = LedgerEntry.objects.create(kind="order_release", reference=f"order:{order.pk}")
            self._post(entry, [(self._payer(order), held, -held, order.side)])
            order.held = 0

    def _post(self, entry: LedgerEntry, legs: list[tuple[int, int, int, int]]) -> None:
        places = {Side.BUY: self.terms.quote_precision, Side.SELL: self.terms.size_precision}
        Posting.objects.bulk_create(
            Posting(
                entry=entry,
                account_id=account,
                available=from_units(available, places[Side(side)]),
                held=from_units(held, places[Side(side)]),
            )
            for account, available, held, side in legs
        )

    def _payer(self, order: SpotOrder) -> int:
        return order.quote_account_id if order.side == Side.BUY else order.base_account_id

    def _open(self, order: SpotOrder) -> int:
        if order.budget:
            return int(order.budget) - int(order.filled_notional)
        return order.size - order.filled_size

    def _wanted(self, order: SpotOrder, price: int) -> int:
        return self._open(order) // price if order.budget else self._open(order)

    def _needs(self, order: SpotOrder) -> int:
        left = self._open(order) * (1 if order.budget else order.price)
        return buy_hold(left * self.scale, max(order.maker_ppm, order.taker_ppm))
