"""A day of trading before the demo opens: real orders through the real matcher, in its own time.

Every trade, candle and fee of that day is backed by ledger entries like any other. The walk of
prices is drawn from a fixed seed, so two installations tell the same day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from django.db.models import Max, Min

from exchange.core import clock
from exchange.demo.people import SEED
from exchange.markets import tickers
from exchange.markets.models import Market
from exchange.trading import wake
from exchange.trading.cancel import cancel_many
from exchange.trading.check import NewOrder
from exchange.trading.match import match
from exchange.trading.models import SpotOrder, Trade
from exchange.trading.place import MAX_BATCH, place_many

HOURS = 24
STEP = timedelta(minutes=15)
LEVELS = 4
TAKES = 4  # taking orders a step: enough for a candle to have a body
LAST_LEVELS = 12  # what the book looks like when the first visitor comes


def tell(*, maker_id: int, taker_id: int, until: datetime, seed: int = 20211204) -> Iterator[float]:
    """Trade through the day before `until`. Yields the fraction done, so that it can be shown.

    A day that was broken off is taken up where it stopped: each step commits for itself, and the
    steps that were told already are walked through without trading.
    """
    random = Random(seed)  # noqa: S311  a price walk, not a secret
    markets = list(Market.objects.filter(liquid=True).select_related("base", "quote"))
    prices = {m.pk: m.reference_price for m in markets}
    steps = int(timedelta(hours=HOURS) / STEP)
    told = Trade.objects.aggregate(first=Min("executed_at"), last=Max("executed_at"))
    start = told["first"] or until - STEP * steps
    for number in range(steps + 1):
        moment = start + STEP * number
        levels = LAST_LEVELS if number == steps else LEVELS
        quotes: list[NewOrder] = []
        takes: list[NewOrder] = []
        for market in markets:
            price = prices[market.pk] = _walk(random, market, prices[market.pk])
            quotes += _quotes(random, market, price, maker_id, levels)
            takes += [_taker(random, market, price, taker_id) for _ in range(TAKES)]
        if told["last"] is None or moment > told["last"]:
            with clock.held_at(moment), wake.unneeded():
                _trade(markets, quotes, takes, maker_id)
        yield (number + 1) / (steps + 1)
    tickers.roll(at=clock.now())


def _trade(
    markets: list[Market], quotes: list[NewOrder], takes: list[NewOrder], maker_id: int
) -> None:
    """One step: last step's quotes go, new ones come, and somebody takes some of them."""
    standing = SpotOrder.objects.filter(customer_id=maker_id, state__in=SpotOrder.OPEN_STATES)
    leaving = [(maker_id, pk) for pk in standing.values_list("pk", flat=True)[:MAX_BATCH]]
    if leaving:
        cancel_many(requests=leaving, actor=SEED)
    place_many(orders=quotes, actor=SEED)
    place_many(orders=takes, actor=SEED)
    for market in markets:
        match(market_id=market.pk)


def _walk(random: Random, market: Market, price: Decimal) -> Decimal:
    """A step of about 0.25 %, pulled back towards the reference; a stablecoin hardly moves."""
    if market.base.kind == "stablecoin":
        return market.reference_price
    away = (market.reference_price - price) / market.reference_price
    change = Decimal(str(round(random.gauss(0, 0.0025), 6))) + away / 20
    return price * (1 + change)


def _quotes(
    random: Random, market: Market, mid: Decimal, maker_id: int, levels: int
) -> list[NewOrder]:
    orders = []
    for level in range(1, levels + 1):
        for side, sign in (("buy", -1), ("sell", 1)):
            distance = Decimal(level) * Decimal("0.0007") * sign
            worth = Decimal(random.randint(400, 6000)) * level
            orders.append(
                NewOrder(
                    customer_id=maker_id,
                    symbol=market.symbol,
                    side=side,
                    kind="limit_maker",
                    price=ticked(market, mid * (1 + distance)),
                    size=lotted(market, worth),
                )
            )
    return orders


def _taker(random: Random, market: Market, mid: Decimal, taker_id: int) -> NewOrder:
    side, sign = random.choice((("buy", 1), ("sell", -1)))
    return NewOrder(
        customer_id=taker_id,
        symbol=market.symbol,
        side=side,
        kind="ioc",
        price=ticked(market, mid * (1 + sign * Decimal("0.004"))),
        size=lotted(market, Decimal(random.randint(300, 14_000))),
    )


def ticked(market: Market, price: Decimal) -> Decimal:
    """A price on the market's grid, at least one tick."""
    tick = Decimal(1).scaleb(-market.price_precision)
    return max(price.quantize(tick), tick)


def lotted(market: Market, worth_usdt: Decimal) -> Decimal:
    """A size worth about so many USDT, on the market's grid and within its limits."""
    quote_worth = worth_usdt if market.quote.code != "BTC" else worth_usdt / 95_000
    size = (quote_worth / market.reference_price).quantize(
        Decimal(1).scaleb(-market.size_precision)
    )
    least = (market.min_notional / market.reference_price * 2).quantize(
        Decimal(1).scaleb(-market.size_precision)
    )
    return min(max(size, least, market.min_size), market.max_size)
