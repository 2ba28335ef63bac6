"""Candles: folded from each batch of trades in the transaction that settles it.

So they can be neither behind the trades nor ahead of them, whatever dies when. A batch has one
time, so it touches one candle a step, and one statement updates them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from exchange.core.money import from_units

# BitMart's steps: minutes, and the name on the WebSocket. The last is the calendar month.
STEPS = {
    1: "1m",
    3: "3m",
    5: "5m",
    15: "15m",
    30: "30m",
    45: "45m",
    60: "1H",
    120: "2H",
    180: "3H",
    240: "4H",
    1440: "1D",
    10080: "1W",
    43200: "1M",
}
WEEK, MONTH = 10080, 43200
# 1970 began on a Thursday; weeks begin on Monday.
FIRST_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_UPSERT = """
INSERT INTO exchange_candle AS c (market_id, minutes, opened_at, open, high, low, close,
                                  base_volume, quote_volume, trades)
SELECT %s, minutes, opened_at, %s, %s, %s, %s, %s, %s, %s
  FROM unnest(%s::int[], %s::timestamptz[]) AS s(minutes, opened_at)
ON CONFLICT (market_id, minutes, opened_at) DO UPDATE
   SET high = greatest(c.high, excluded.high), low = least(c.low, excluded.low),
       close = excluded.close, base_volume = c.base_volume + excluded.base_volume,
       quote_volume = c.quote_volume + excluded.quote_volume, trades = c.trades + excluded.trades
RETURNING minutes, opened_at, open, high, low, close, base_volume, quote_volume
"""


class Fold(NamedTuple):
    """What a batch of trades adds to a candle. Prices in quote, volumes in base and quote."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    base_volume: Decimal
    quote_volume: Decimal
    trades: int

    @classmethod
    def of(
        cls, trades: Sequence[tuple[int, int]], *, price_precision: int, size_precision: int
    ) -> Fold | None:
        """From (price in ticks, size in lots) in order of execution; None without trades."""
        if not trades:
            return None
        prices = [price for price, _ in trades]
        return cls(
            from_units(prices[0], price_precision),
            from_units(max(prices), price_precision),
            from_units(min(prices), price_precision),
            from_units(prices[-1], price_precision),
            from_units(sum(size for _, size in trades), size_precision),
            from_units(sum(p * s for p, s in trades), price_precision + size_precision),
            len(trades),
        )


class Step(NamedTuple):
    """One candle as it stands after a batch."""

    minutes: int
    opened_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    base_volume: Decimal
    quote_volume: Decimal


def opening(at: datetime, minutes: int) -> datetime:
    """When the candle that holds `at` opened: whole steps since 1970, Mondays, first of month."""
    if minutes == MONTH:
        return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    origin = FIRST_MONDAY if minutes == WEEK else EPOCH
    step = timedelta(minutes=minutes)
    return origin + (at - origin) // step * step


def following(opened_at: datetime, minutes: int) -> datetime:
    """When the next candle opens."""
    if minutes == MONTH:
        return (opened_at + timedelta(days=32)).replace(day=1)
    return opened_at + timedelta(minutes=minutes)


def write(*, market_id: int, fold: Fold, at: datetime) -> dict[str, Step]:
    """Fold a batch into the candle of every step. Returns them by their WebSocket name."""
    with connection.cursor() as cursor:
        cursor.execute(
            _UPSERT,
            [market_id, *fold, list(STEPS), [opening(at, minutes) for minutes in STEPS]],
        )
        return {STEPS[row[0]]: Step(*row) for row in cursor.fetchall()}
