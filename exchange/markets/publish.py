"""Tell the streams process what a batch did to a market. Rows are the truth; this is a courtesy.

The message is stored under a key before it is published, so that whoever subscribes later can be
given the last state at once. Valkey being down costs subscribers some seconds, never a trade.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

import redis
from django.conf import settings

from exchange.core import clock
from exchange.core.money import ZERO, from_units
from exchange.markets.candles import Step
from exchange.markets.models import Market
from exchange.markets.tickers import Live

log = logging.getLogger(__name__)

DEPTH = 50
RECENT_TRADES = 50
Levels = Sequence[tuple[int, int]]


@dataclass(slots=True)
class Memory:
    """The latest trades and candles of a market, for those who start watching between batches."""

    trades: deque[list[Any]] = field(default_factory=lambda: deque(maxlen=RECENT_TRADES))
    candles: dict[str, Step] = field(default_factory=dict)

    def take_in(self, trades: list[list[Any]], candles: dict[str, Step]) -> None:
        self.trades.extend(trades)
        self.candles |= candles


@cache
def valkey() -> redis.Redis:
    """This process's connection, which reconnects by itself."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def batch(
    *,
    market: Market,
    version: int,
    at: datetime,
    trades: list[list[Any]],
    depth: tuple[Levels, Levels],
    ticker: Live,
    candles: dict[str, Step],
    memory: Memory,
) -> None:
    """Publish one market's state after a batch. See the streams room for who reads it.

    Subscribers get what the batch did; the key keeps the latest trades and candles besides.
    """
    memory.take_in(trades, candles)
    bids, asks = depth
    message = {
        "symbol": market.symbol,
        "version": version,
        "ms": clock.to_ms(at),
        "trades": trades,
        "bids": _levels(bids, market),
        "asks": _levels(asks, market),
        "ticker": ticker_fields(ticker),
        "candles": {name: _candle(step) for name, step in candles.items()},
    }
    last = {
        **message,
        "trades": list(memory.trades),
        "candles": {name: _candle(step) for name, step in memory.candles.items()},
    }
    try:
        pipe = valkey().pipeline(transaction=False)
        pipe.set(f"md:last:{market.symbol}", _json(last))
        pipe.publish(f"md:{market.symbol}", _json(message))
        pipe.execute()
    except (redis.RedisError, OSError) as error:
        log.warning("market data of %s not published: %s", market.symbol, error)


# Two workers may carry two changes in the wrong order; the later change wins whoever comes last.
_KEEP_NEWEST = """
local kept = redis.call('GET', KEYS[1])
if kept and cjson.decode(kept).ms > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('PUBLISH', ARGV[3], ARGV[1])
return 1
"""


def status(*, symbol: str, status: str, reason: str, ms: int) -> bool:
    """Tell open pages whether a market trades, and why not. False when they know better already.

    Raises RedisError or OSError: a halt that pages must show is told again until it was.
    """
    message = _json({"symbol": symbol, "status": status, "reason": reason, "ms": ms})
    tell = valkey().register_script(_KEEP_NEWEST)
    return bool(tell(keys=[f"md:status:{symbol}"], args=[message, ms, f"md:{symbol}"]))


def statuses_missing(symbols: Sequence[str]) -> list[str]:
    """Those of the markets whose status Valkey does not have (it lost its data)."""
    if not symbols:
        return []
    known = valkey().mget([f"md:status:{symbol}" for symbol in symbols])
    return [symbol for symbol, kept in zip(symbols, known, strict=True) if kept is None]


def missing(symbols: Sequence[str]) -> list[str]:
    """Those of the markets whose last state Valkey does not have (it lost its data)."""
    if not symbols:
        return []
    known = valkey().mget([f"md:last:{symbol}" for symbol in symbols])
    return [symbol for symbol, state in zip(symbols, known, strict=True) if state is None]


def announce_symbols(symbols: Sequence[str]) -> None:
    """Tell streams which markets there are."""
    pipe = valkey().pipeline()
    pipe.delete("md:symbols")
    if symbols:
        pipe.sadd("md:symbols", *symbols)
    pipe.execute()


def _json(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))


def ticker_fields(ticker: Live) -> dict[str, str]:
    """A ticker in the words of the wire format."""
    return {
        "last_price": text(ticker.last),
        "open_24h": text(ticker.open_24h),
        "high_24h": text(ticker.high_24h),
        "low_24h": text(ticker.low_24h),
        "base_volume_24h": text(ticker.base_volume_24h),
        "quote_volume_24h": text(ticker.quote_volume_24h),
        "fluctuation": text(ticker.fluctuation),
        "bid_px": text(ticker.bid_price),
        "bid_sz": text(ticker.bid_size),
        "ask_px": text(ticker.ask_price),
        "ask_sz": text(ticker.ask_size),
    }


def text(amount: Decimal | None) -> str:
    """Plain notation without needless zeros; nothing is written as 0."""
    written = format(amount or ZERO, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _levels(levels: Levels, market: Market) -> list[list[str]]:
    return [
        [
            format(from_units(price, market.price_precision), "f"),
            format(from_units(size, market.size_precision), "f"),
        ]
        for price, size in levels
    ]


def _candle(step: Step) -> list[Any]:
    return [
        int(step.opened_at.timestamp()),
        text(step.open),
        text(step.high),
        text(step.low),
        text(step.close),
        text(step.base_volume),
        text(step.quote_volume),
    ]
