"""A day of trading before the demo opens: real orders through the real matcher, in its own time.

Every trade, candle and fee of that day is backed by ledger entries like any other. The walk of
prices is drawn from a fixed seed, so two installations tell the same day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from exchange.core import clock
from exchange.demo.people import SEED
from exchange.markets import tickers
from exchange.markets.models import Market
from exchange.trading.cancel import cancel_many
from exchange.trading.match import match
from exchange.trading.models import SpotOrder
from exchange.trading.place import NewOrder, place_many

HOURS = 24
STEP = timedelta(minutes=15)
LEVELS = 4
LAST_LEVELS = 12  # what the book looks like when the first visitor comes


def tell(*, maker_id: int, taker_id: int, until: datetime, seed: int = 20211204) -> Iterator[float]:
    """Trade through the day before `until`. Yields the fraction done, so that it can be shown."""
    random = Random(seed)  # noqa: S311  a price walk, not a secret
    markets = list(Market.objects.filter(liquid=True).select_related("base", "quote"))
    prices = {m.pk: m.reference_price for m in markets}
    steps = int(timedelta(hours=HOURS) / STEP)
    standing: list[int] = []
    for number in range(steps + 1):
        moment = until - STEP * (steps - number)
        levels = LAST_LEVELS if number == steps else LEVELS
        with clock.held_at(moment):
            if standing:
                cancel_many(requests=[(maker_id, i) for i in standing], actor=SEED)
            orders: list[NewOrder] = []
            for market in markets:
                prices[market.pk] = _walk(random, market, prices[market.pk])
                orders += _quotes(random, market, prices[market.pk], maker_id, levels)
            placed = place_many(orders=orders, actor=SEED)
            crossing = [_taker(random, m, prices[m.pk], taker_id) for m in markets]
            place_many(orders=crossing, actor=SEED)
            for market in markets:
                match(market_id=market.pk)
        standing = list(
            SpotOrder.objects.filter(
                pk__in=[i for i in placed if isinstance(i, int)], state__in=SpotOrder.OPEN_STATES
            ).values_list("pk", flat=True)
        )
        yield (number + 1) / (steps + 1)
    tickers.roll(at=until)


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
            distance = Decimal(level) * Decimal("0.0004") * sign
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
        price=ticked(market, mid * (1 + sign * Decimal("0.002"))),
        size=lotted(market, Decimal(random.randint(100, 4000))),
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
