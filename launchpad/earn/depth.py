"""Liquidity mining: who stood close to the middle of the book, minute by minute.

A maker's points of a minute are what the smaller of their two sides is worth in the quote asset, in
hundredths: standing on one side only counts nothing. Each minute is looked at once; one that nobody
could look at (a halt, workers down) counts for nobody. A day's points share the day's budget.

At which of its seconds a minute is looked at nobody outside can know: who flashes orders for the
moment of the look would have to keep them all the minute, and then they are depth.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction

from exchange.core import clock, locks
from exchange.markets.models import Market
from exchange.matching.commands import Side
from launchpad.earn.models import DepthSample, Product
from launchpad.earn.terms import terms_on

POINTS_A_UNIT = 100
SPAN_SECONDS = 45  # the look may come at any of them; the rest is for a worker that is late

# Open orders of those who take part, within the band of the middle. The middle is between the best
# bid and the best ask of everybody; a book that is crossed (the matcher is behind) has none.
_NEAR = """
WITH live AS (
    SELECT customer_id, side, price, size - filled_size AS lots FROM exchange_spotorder
     WHERE market_id = %s AND state IN ('new', 'partially_filled') AND price > 0
), best AS (
    SELECT max(price) FILTER (WHERE side = %s) AS bid, min(price) FILTER (WHERE side = %s) AS ask
      FROM live
), near AS (
    SELECT l.customer_id,
           sum(l.price::numeric * l.lots) FILTER (WHERE l.side = %s) AS bids,
           sum(l.price::numeric * l.lots) FILTER (WHERE l.side = %s) AS asks
      FROM live l, best b
     WHERE b.bid < b.ask
       AND abs(2 * l.price - b.bid - b.ask)::numeric * 10000 <= (b.bid + b.ask)::numeric * %s
       AND EXISTS (SELECT FROM launchpad_position p WHERE p.product_id = %s
                      AND p.customer_id = l.customer_id AND p.state = 'open' AND p.opened_at <= %s)
     GROUP BY l.customer_id
)
"""
_LOOK = (
    _NEAR
    + """
SELECT b.bid, b.ask, coalesce(sum(n.bids), 0), coalesce(sum(n.asks), 0),
       count(*) FILTER (WHERE least(n.bids, n.asks) > 0),
       coalesce(sum(trunc(least(n.bids, n.asks) * %s)) FILTER (WHERE n.bids > 0 AND n.asks > 0), 0)
  FROM best b LEFT JOIN near n ON true GROUP BY b.bid, b.ask
"""
)
_WRITE = (
    _NEAR
    + """
INSERT INTO launchpad_depthpoints (product_id, day, customer_id, points, samples)
SELECT %s, %s, customer_id, trunc(least(bids, asks) * %s), 1
  FROM near WHERE bids > 0 AND asks > 0 AND trunc(least(bids, asks) * %s) > 0
ON CONFLICT ON CONSTRAINT one_points_a_day DO UPDATE
   SET points = launchpad_depthpoints.points + excluded.points,
       samples = launchpad_depthpoints.samples + 1
"""
)


class Looked(NamedTuple):
    """The book at one moment, in ticks and ticks times lots."""

    bid: int | None
    ask: int | None
    bids: Decimal
    asks: Decimal
    makers: int
    points: Decimal


def sample_if_time() -> int:
    """Look at every mined pair once the minute's second has come. Returns how many."""
    return sample_all() if clock.now() >= look_at(clock.now()) else 0


def sample_all() -> int:
    """Look at every mined pair for this minute. Returns how many were looked at."""
    ids = Product.objects.filter(earns=Product.Earns.POINTS, state__in=("open", "paused")).order_by(
        "pk"
    )
    return sum(sample(product_id=pk) for pk in ids.values_list("pk", flat=True)[:200])


def sample(*, product_id: int) -> bool:
    """Look at one pair for this minute: once, whoever asks how often. False when there is nothing
    to see, or this minute was looked at already."""
    with transaction.atomic():
        locks.hold(locks.Lock.EARN_PRODUCT, product_id)
        product = Product.objects.get(pk=product_id)
        now = clock.now()
        minute = now.replace(second=0, microsecond=0)
        market = Market.objects.filter(symbol=product.market, status=Market.Status.TRADING).first()
        if market is None or _was_looked_at(product, minute):
            return False
        band = terms_on(product, now.date()).band_bps
        sides = [int(Side.BUY), int(Side.SELL)]
        near: list[Any] = [market.pk, *sides, *sides, band, product_id, minute]
        worth = Decimal(1).scaleb(-market.price_precision - market.size_precision)
        scale = worth * POINTS_A_UNIT
        with connection.cursor() as cursor:
            cursor.execute(_LOOK, [*near, scale])
            seen = Looked(*cursor.fetchone())
            if seen.bid is None or seen.ask is None or seen.bid >= seen.ask:
                return False
            cursor.execute(_WRITE, [*near, product_id, now.date(), scale, scale])
        DepthSample.objects.create(
            product=product,
            minute=minute,
            mid=Decimal(seen.bid + seen.ask).scaleb(-market.price_precision) / 2,
            bids=(seen.bids * worth).quantize(Decimal("1e-18")),
            asks=(seen.asks * worth).quantize(Decimal("1e-18")),
            makers=seen.makers,
            points=seen.points,
        )
    return True


def look_at(moment: datetime) -> datetime:
    """When the minute of a moment is looked at: known to whoever has the server's secret only, and
    the same for every worker."""
    minute = moment.replace(second=0, microsecond=0)
    text = f"earn depth {minute.isoformat()}"
    drawn = hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).digest()
    return minute + timedelta(seconds=int.from_bytes(drawn[:8]) % SPAN_SECONDS)


def _was_looked_at(product: Product, minute: datetime) -> bool:
    return DepthSample.objects.filter(product=product, minute=minute).exists()
