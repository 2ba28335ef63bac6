"""What each public table says about a market, given what was said before.

Pure functions on two pictures: `before` is what subscribers already hold (None: nothing), `now` is
the latest. Each returns the rows of one push, or none when nothing that the table shows
has changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from exchange.streams import topics

Level = list[str]
TICKER_FIELDS = (
    "last_price", "open_24h", "high_24h", "low_24h", "base_volume_24h", "quote_volume_24h",
    "fluctuation", "bid_px", "bid_sz", "ask_px", "ask_sz",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A market at one moment, as its writer published it.

    Prices and sizes are decimal text, best level first. `candles` holds the newest candle of each
    step, `closed` those that were finished since the last push.
    """

    symbol: str
    version: int
    ms: int
    bids: list[Level]
    asks: list[Level]
    ticker: dict[str, str]
    candles: dict[str, list[Any]]
    closed: dict[str, list[list[Any]]]


def ticker(before: Picture | None, now: Picture) -> list[dict[str, Any]]:
    if before is not None and before.ticker == now.ticker:
        return []
    told = {field: now.ticker.get(field, "") for field in TICKER_FIELDS}
    return [{"symbol": now.symbol, **told, "s_t": now.ms // 1000, "ms_t": now.ms}]


def book_ticker(before: Picture | None, now: Picture) -> list[dict[str, Any]]:
    told = _best(now)
    if before is not None and _best(before) == told:
        return []
    return [{"symbol": now.symbol, **told, "ms_t": now.ms}]


def _best(picture: Picture) -> dict[str, str]:
    bid = picture.bids[0] if picture.bids else ["", ""]
    ask = picture.asks[0] if picture.asks else ["", ""]
    return {"bid_px": bid[0], "bid_sz": bid[1], "ask_px": ask[0], "ask_sz": ask[1]}


def depth(before: Picture | None, now: Picture, *, levels: int) -> list[dict[str, Any]]:
    bids, asks = now.bids[:levels], now.asks[:levels]
    if before is not None and before.bids[:levels] == bids and before.asks[:levels] == asks:
        return []
    return [{"symbol": now.symbol, "asks": asks, "bids": bids, "ms_t": now.ms}]


def candle(before: Picture | None, now: Picture, *, step: str) -> list[dict[str, Any]]:
    """The candle as [open time in s, open, high, low, close, base volume], finished ones first."""
    newest = now.candles.get(step)
    if newest is None or (before is not None and before.candles.get(step) == newest):
        return []
    return [
        {"symbol": now.symbol, "candle": told[:6]} for told in [*now.closed.get(step, []), newest]
    ]


def book_changes(before: Picture, now: Picture) -> tuple[list[Level], list[Level]]:
    """Bids and asks that turn the book of `before` into that of `now`; size "0" deletes a price."""
    return _side_changes(before.bids, now.bids), _side_changes(before.asks, now.asks)


def _side_changes(before: list[Level], now: list[Level]) -> list[Level]:
    if before == now:
        return []
    held, kept = dict(before), dict(now)
    gone = [[price, "0"] for price in held if price not in kept]
    return gone + [[price, size] for price, size in now if held.get(price) != size]


def trades(symbol: str, executed: list[list[Any]]) -> list[dict[str, Any]]:
    """Rows of [[id, price, size, taker side, ms], ...], oldest first.

    `m` (the buyer was the maker) and `trade_id` go beyond BitMart: ccxt can't parse a trade without
    the first, nor tell equal trades apart without the second.
    """
    return [
        {
            "symbol": symbol,
            "price": price,
            "size": size,
            "side": side,
            "s_t": ms // 1000,
            "ms_t": ms,
            "m": side == "sell",
            "trade_id": str(trade_id),
        }
        for trade_id, price, size, side, ms in executed
    ]


def rows(table: str, before: Picture | None, now: Picture) -> list[dict[str, Any]]:
    """Every table that two pictures determine: all but trades and the incremental book."""
    if table == topics.TICKER:
        return ticker(before, now)
    if table == topics.BOOK_TICKER:
        return book_ticker(before, now)
    if table in topics.DEPTH_TABLES:
        return depth(before, now, levels=topics.DEPTH_TABLES[table])
    return candle(before, now, step=topics.CANDLE_TABLES[table])
