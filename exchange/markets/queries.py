"""What is known of the markets: pairs, tickers, books, the tape, candles."""

from __future__ import annotations

import json
import time
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import redis
from django.db import connection

from exchange.core import clock
from exchange.core.errors import Invalid, NotFound
from exchange.core.money import ZERO, from_units
from exchange.markets.candles import STEPS, following, opening
from exchange.markets.models import Candle
from exchange.markets.publish import DEPTH, valkey
from exchange.markets.tickers import Live

LIST_SECONDS = 3  # how old the list of pairs and tickers may be
MAX_CANDLES = 1000
MAX_TRADES = 100


class MarketRow(NamedTuple):
    """A pair and its terms. Rates are fractions; a size's step is its least size."""

    market_id: int
    symbol: str
    base: str
    base_name: str
    quote: str
    price_precision: int
    size_precision: int
    quote_precision: int
    min_size: Decimal
    max_size: Decimal
    min_notional: Decimal
    maker_rate: Decimal
    taker_rate: Decimal
    fee_class: str
    status: str
    status_reason: str
    liquid: bool
    tag: str = ""
    tag_says: str = ""


class TickerRow(NamedTuple):
    """A pair's last 24 hours. `last` and the like are zero where nothing has traded yet."""

    symbol: str
    last: Decimal
    open_24h: Decimal
    high_24h: Decimal
    low_24h: Decimal
    base_volume_24h: Decimal
    quote_volume_24h: Decimal
    fluctuation: Decimal
    bid_price: Decimal
    bid_size: Decimal
    ask_price: Decimal
    ask_size: Decimal
    ms: int


class BookView(NamedTuple):
    """(price, size) pairs, best first, as of `ms`."""

    symbol: str
    ms: int
    bids: list[tuple[Decimal, Decimal]]
    asks: list[tuple[Decimal, Decimal]]


class PublicTrade(NamedTuple):
    """A trade on the tape; `side` is the taker's."""

    trade_id: int
    price: Decimal
    size: Decimal
    side: str
    ms: int


class CandleRow(NamedTuple):
    opened_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    base_volume: Decimal
    quote_volume: Decimal


_MARKETS = """
SELECT m.id, m.symbol, b.code, b.name, q.code, m.price_precision, m.size_precision,
       m.quote_precision, m.min_size, m.max_size, m.min_notional, m.maker_rate, m.taker_rate,
       m.fee_class, m.status, m.status_reason, m.liquid, m.tag, m.tag_says
  FROM exchange_market m
  JOIN exchange_asset b ON b.id = m.base_id
  JOIN exchange_asset q ON q.id = m.quote_id
 WHERE m.status <> 'delisted'
 ORDER BY m.rank, m.symbol
"""

_TICKERS = """
SELECT m.symbol, t.last, t.open_24h, t.high_24h, t.low_24h, t.base_volume_24h,
       t.quote_volume_24h, t.bid_price, t.bid_size, t.ask_price, t.ask_size, t.updated_at
  FROM exchange_market m LEFT JOIN exchange_ticker t ON t.market_id = m.id
 WHERE m.status <> 'delisted' AND (%(symbol)s::text IS NULL OR m.symbol = %(symbol)s)
 ORDER BY m.rank, m.symbol
"""

_BOOK_SIDE = """
SELECT price, sum(size - filled_size) FROM exchange_spotorder
 WHERE market_id = %s AND state IN ('new', 'partially_filled') AND side = %s AND price > 0
   AND id NOT IN (SELECT unnest(order_ids) FROM exchange_matchcommand
                   WHERE market_id = %s AND op = 1)
 GROUP BY price ORDER BY price {direction} LIMIT %s
"""

_cached: dict[str, tuple[float, list]] = {}


def markets() -> list[MarketRow]:
    """Every pair that is not delisted, most prominent first; up to 3 seconds old."""
    return _within_seconds("markets", lambda: [MarketRow(*row) for row in _rows(_MARKETS, [])])


def market(symbol: str) -> MarketRow:
    """One pair. Raises NotFound."""
    for row in markets():
        if row.symbol == symbol:
            return row
    raise NotFound(f"There is no market {symbol[:40]}.", field="symbol")


def tickers() -> list[TickerRow]:
    """The ticker of every pair that is not delisted; up to 3 seconds old."""
    return _within_seconds(
        "tickers", lambda: [_ticker_row(row) for row in _rows(_TICKERS, {"symbol": None})]
    )


def ticker(symbol: str) -> TickerRow:
    """One pair's ticker, as of now. Raises NotFound."""
    for row in _rows(_TICKERS, {"symbol": symbol}):
        return _ticker_row(row)
    raise NotFound(f"There is no market {symbol[:40]}.", field="symbol")


def book(symbol: str, limit: int = 35) -> BookView:
    """The open orders of a market by price, at most 50 levels a side. Raises NotFound.

    Read from the matcher's last message when that is the market's last batch, else added up from
    the orders themselves: never older than the last commit.
    """
    row = market(symbol)
    limit = max(1, min(limit, DEPTH))
    (version,) = _rows(
        "SELECT coalesce(max(version), 0) FROM exchange_matchbatch WHERE market_id = %s",
        [row.market_id],
    )[0]
    return _published_book(symbol, version, limit) or _summed_book(row, limit)


def recent_trades(symbol: str, limit: int = 50) -> list[PublicTrade]:
    """The tape, newest first, at most 100. Raises NotFound."""
    rows = _rows(
        "SELECT id, price, size, taker_side, executed_at FROM exchange_trade"
        " WHERE market_id = %s ORDER BY id DESC LIMIT %s",
        [market(symbol).market_id, max(1, min(limit, MAX_TRADES))],
    )
    return [
        PublicTrade(i, price, size, "sell" if side else "buy", clock.to_ms(at))
        for i, price, size, side, at in rows
    ]


def candles(
    symbol: str,
    minutes: int,
    after: datetime | None = None,
    before: datetime | None = None,
    limit: int = 100,
) -> list[CandleRow]:
    """Candles that open after `after` and up to `before`, oldest first, at most 1,000.

    Steps without a trade are filled with flat candles at the last close, from the market's first
    candle on. With `after` the oldest that fit are given, else the newest. Raises NotFound,
    Invalid for an unknown step.
    """
    if minutes not in STEPS:
        raise Invalid("There is no such step.", field="step", limit=list(STEPS))
    market_id = market(symbol).market_id
    limit = max(1, min(limit, MAX_CANDLES))
    end = min(before or clock.now(), clock.now())
    known = Candle.objects.filter(market_id=market_id, minutes=minutes, opened_at__lte=end)
    start = _first_opening(minutes, after, end, limit)
    rows = list(
        known.filter(opened_at__gte=start)
        .order_by("opened_at")
        .values_list(*CandleRow._fields)[:limit]
    )
    earlier = known.filter(opened_at__lt=start).order_by("-opened_at").first()
    return _without_gaps(
        [CandleRow(*row) for row in rows], earlier, start, opening(end, minutes), minutes, limit
    )


def _first_opening(minutes: int, after: datetime | None, end: datetime, limit: int) -> datetime:
    """The first step to show: the one following `after`, or `limit` steps up to `end`."""
    if after is not None:
        first = opening(after, minutes)
        return first if first > after else following(first, minutes)
    first = opening(end, minutes)
    for _ in range(limit - 1):
        first = opening(first - (following(first, minutes) - first) / 2, minutes)
    return first


def _without_gaps(
    rows: list[CandleRow],
    earlier: Candle | None,
    start: datetime,
    end: datetime,
    minutes: int,
    limit: int,
) -> list[CandleRow]:
    if earlier is None and not rows:
        return []
    by_opening = {row.opened_at: row for row in rows}
    close = earlier.close if earlier else rows[0].open
    at = start if earlier else rows[0].opened_at
    filled: list[CandleRow] = []
    while at <= end and len(filled) < limit:
        row = by_opening.get(at) or CandleRow(at, close, close, close, close, ZERO, ZERO)
        filled.append(row)
        close, at = row.close, following(at, minutes)
    return filled


def _ticker_row(row: tuple) -> TickerRow:
    symbol, *numbers, updated_at = row
    live = Live(*numbers)
    return TickerRow(
        symbol=symbol,
        last=live.last or ZERO,
        open_24h=live.open_24h or ZERO,
        high_24h=live.high_24h or ZERO,
        low_24h=live.low_24h or ZERO,
        base_volume_24h=live.base_volume_24h or ZERO,
        quote_volume_24h=live.quote_volume_24h or ZERO,
        fluctuation=live.fluctuation,
        bid_price=live.bid_price or ZERO,
        bid_size=live.bid_size or ZERO,
        ask_price=live.ask_price or ZERO,
        ask_size=live.ask_size or ZERO,
        ms=clock.to_ms(updated_at) if updated_at else clock.now_ms(),
    )


def _published_book(symbol: str, version: int, limit: int) -> BookView | None:
    try:
        stored = valkey().get(f"md:last:{symbol}")
    except (redis.RedisError, OSError):
        return None
    if not stored:
        return None
    message = json.loads(stored, parse_float=Decimal)
    if message["version"] != version:
        return None
    sides = [
        [(Decimal(price), Decimal(size)) for price, size in message[side][:limit]]
        for side in ("bids", "asks")
    ]
    return BookView(symbol, message["ms"], sides[0], sides[1])


def _summed_book(row: MarketRow, limit: int) -> BookView:
    sides = [
        [
            (from_units(price, row.price_precision), from_units(int(size), row.size_precision))
            for price, size in _rows(
                _BOOK_SIDE.format(direction=direction), [row.market_id, side, row.market_id, limit]
            )
        ]
        for side, direction in ((0, "DESC"), (1, "ASC"))
    ]
    return BookView(row.symbol, clock.now_ms(), sides[0], sides[1])


def _rows(query: str, parameters: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)  # type: ignore[arg-type]
        return cursor.fetchall()


def _within_seconds(name: str, read) -> list:  # noqa: ANN001
    """A list read at most once in LIST_SECONDS by each process."""
    stored = _cached.get(name)
    if stored is None or time.monotonic() - stored[0] > LIST_SECONDS:
        stored = _cached[name] = (time.monotonic(), read())
    return stored[1]


def forget_lists() -> None:
    """Read the lists anew at the next call (a market was changed by this process)."""
    _cached.clear()
