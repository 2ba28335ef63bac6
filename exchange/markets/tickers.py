"""24-hour tickers: moved by every batch, and rolled forward from minute candles on a schedule.

A batch can only raise the high and add volume; what falls out of the window leaves with the next
roll. So a ticker is exact at each roll and at most one roll's interval generous between them.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from exchange.core import locks
from exchange.core.money import ZERO, from_units
from exchange.markets.candles import Fold
from exchange.markets.models import Market

COLUMNS = (
    "last, open_24h, high_24h, low_24h, base_volume_24h, quote_volume_24h,"
    " bid_price, bid_size, ask_price, ask_size"
)

_UPDATE = f"""
INSERT INTO exchange_ticker AS t (market_id, {COLUMNS}, updated_at)
VALUES (%(market)s, %(close)s, %(open)s, %(high)s, %(low)s, %(base)s, %(quote)s,
        %(bid)s, %(bid_size)s, %(ask)s, %(ask_size)s, %(at)s)
ON CONFLICT (market_id) DO UPDATE
   SET last = coalesce(excluded.last, t.last),
       open_24h = coalesce(t.open_24h, excluded.open_24h),
       high_24h = greatest(t.high_24h, excluded.high_24h),
       low_24h = least(t.low_24h, excluded.low_24h),
       base_volume_24h = t.base_volume_24h + excluded.base_volume_24h,
       quote_volume_24h = t.quote_volume_24h + excluded.quote_volume_24h,
       bid_price = excluded.bid_price, bid_size = excluded.bid_size,
       ask_price = excluded.ask_price, ask_size = excluded.ask_size,
       updated_at = excluded.updated_at
RETURNING {COLUMNS}
"""  # noqa: S608  constants only

# Only markets that have something in their window, or had: the rest cannot change.
_ROLL = """
WITH window_24h AS (
    SELECT market_id, min(low) AS low, max(high) AS high, sum(base_volume) AS base,
           sum(quote_volume) AS quote, (array_agg(open ORDER BY opened_at))[1] AS open
      FROM exchange_candle
     WHERE minutes = 1 AND opened_at > %(at)s - interval '24 hours'
       AND market_id IN (SELECT market_id FROM exchange_ticker WHERE base_volume_24h > 0)
     GROUP BY market_id
)
UPDATE exchange_ticker t
   SET open_24h = coalesce(w.open, t.last), high_24h = coalesce(w.high, t.last),
       low_24h = coalesce(w.low, t.last), base_volume_24h = coalesce(w.base, 0),
       quote_volume_24h = coalesce(w.quote, 0)
  FROM exchange_ticker s LEFT JOIN window_24h w USING (market_id)
 WHERE t.market_id = s.market_id AND s.base_volume_24h > 0 AND t.market_id = %(market)s
"""


class Live(NamedTuple):
    """A market's last 24 hours. None where nothing has happened yet."""

    last: Decimal | None
    open_24h: Decimal | None
    high_24h: Decimal | None
    low_24h: Decimal | None
    base_volume_24h: Decimal
    quote_volume_24h: Decimal
    bid_price: Decimal | None
    bid_size: Decimal | None
    ask_price: Decimal | None
    ask_size: Decimal | None

    @property
    def fluctuation(self) -> Decimal:
        """The change over 24 hours as a fraction of the opening price, to four places."""
        if not self.last or not self.open_24h:
            return ZERO
        return ((self.last - self.open_24h) / self.open_24h).quantize(Decimal("0.0001"))


def update(
    *,
    market: Market,
    fold: Fold | None,
    bid: tuple[int, int] | None,
    ask: tuple[int, int] | None,
    at: datetime,
) -> Live:
    """Take in a batch: its trades, and the best prices after it (ticks, lots)."""
    bid_price, bid_size = _best(bid, market)
    ask_price, ask_size = _best(ask, market)
    with connection.cursor() as cursor:
        cursor.execute(
            _UPDATE,
            {
                "market": market.pk,
                "open": fold.open if fold else None,
                "high": fold.high if fold else None,
                "low": fold.low if fold else None,
                "close": fold.close if fold else None,
                "base": fold.base_volume if fold else 0,
                "quote": fold.quote_volume if fold else 0,
                "bid": bid_price,
                "bid_size": bid_size,
                "ask": ask_price,
                "ask_size": ask_size,
                "at": at,
            },
        )
        return Live(*cursor.fetchone())


def _best(level: tuple[int, int] | None, market: Market) -> tuple[Decimal | None, Decimal | None]:
    if level is None:
        return None, None
    price, size = level
    return from_units(price, market.price_precision), from_units(size, market.size_precision)


def roll(*, at: datetime) -> int:
    """Drop what is older than 24 hours from every ticker. Returns how many were rolled.

    One market a transaction, under its market's lock, so that no batch falls between the reading
    of the candles and the writing of the ticker.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT market_id FROM exchange_ticker WHERE base_volume_24h > 0")
        markets = [row[0] for row in cursor.fetchall()]
    for market_id in markets:
        with transaction.atomic():
            locks.hold(locks.Lock.MARKET, market_id)
            with connection.cursor() as cursor:
                cursor.execute(_ROLL, {"at": at, "market": market_id})
    return len(markets)
