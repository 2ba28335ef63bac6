"""Tell the streams process what a batch did to a market. Rows are the truth; this is a courtesy.

The message is stored under a key before it is published, so that whoever subscribes later can be
given the last state at once. Valkey being down costs subscribers some seconds, never a trade.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
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
Levels = Sequence[tuple[int, int]]


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
) -> None:
    """Publish one market's state after a batch. See the streams room for who reads it."""
    bids, asks = depth
    message = json.dumps(
        {
            "symbol": market.symbol,
            "version": version,
            "ms": clock.to_ms(at),
            "trades": trades,
            "bids": _levels(bids, market),
            "asks": _levels(asks, market),
            "ticker": ticker_fields(ticker),
            "candles": {name: _candle(step) for name, step in candles.items()},
        },
        separators=(",", ":"),
    )
    try:
        pipe = valkey().pipeline(transaction=False)
        pipe.set(f"md:last:{market.symbol}", message)
        pipe.publish(f"md:{market.symbol}", message)
        pipe.execute()
    except (redis.RedisError, OSError) as error:
        log.warning("market data of %s not published: %s", market.symbol, error)


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
