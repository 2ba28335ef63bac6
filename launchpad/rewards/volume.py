"""Add up what customers trade with whom, market by market, as trades are written.

Reads what matchers wrote and does not slow them. A cursor a market moves in the transaction that
adds, so killed anywhere nothing counts twice and nothing is left out. Worth in USD is measured at
the last price of the quote asset when a trade is added up, and so within seconds of it: for tiers,
boards and commissions, never for anybody's balance.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from exchange.core.money import ZERO
from exchange.markets.models import Market
from launchpad.rewards.models import VolumePlace
from wallets.withdrawals import values

A_PART = 20_000

_BEHIND = """
SELECT m.id FROM exchange_market m
  LEFT JOIN launchpad_volumeplace p ON p.market_id = m.id
 WHERE EXISTS (SELECT FROM exchange_trade t
                WHERE t.market_id = m.id AND t.id > coalesce(p.trade_id, 0))
 ORDER BY m.id
"""
_ADD = """
WITH part AS MATERIALIZED (
    SELECT id, taker_id, maker_id, price * size AS notional, taker_fee, maker_fee, executed_at
      FROM exchange_trade WHERE market_id = %(market)s AND id > %(after)s
     ORDER BY id LIMIT %(limit)s
), sides AS (
    SELECT (executed_at AT TIME ZONE 'UTC')::date AS day, notional, taker_fee, maker_fee,
           coalesce(t.parent_id, t.id) AS taker, coalesce(m.parent_id, m.id) AS maker
      FROM part JOIN exchange_customer t ON t.id = taker_id
      JOIN exchange_customer m ON m.id = maker_id
), added AS (
    INSERT INTO launchpad_tradedday
        (day, market_id, one_id, other_id, usd, one_fees_usd, other_fees_usd, trades)
    SELECT day, %(market)s, least(taker, maker), greatest(taker, maker), sum(notional) * %(usd)s,
           sum(CASE WHEN taker <= maker THEN taker_fee ELSE maker_fee END) * %(usd)s,
           sum(CASE WHEN taker <= maker THEN maker_fee ELSE taker_fee END) * %(usd)s, count(*)
      FROM sides GROUP BY 1, 3, 4 ORDER BY 1, 3, 4
    ON CONFLICT (day, market_id, one_id, other_id) DO UPDATE SET
        usd = launchpad_tradedday.usd + EXCLUDED.usd,
        one_fees_usd = launchpad_tradedday.one_fees_usd + EXCLUDED.one_fees_usd,
        other_fees_usd = launchpad_tradedday.other_fees_usd + EXCLUDED.other_fees_usd,
        trades = launchpad_tradedday.trades + EXCLUDED.trades
)
SELECT coalesce(max(id), 0), count(*) FROM part
"""
_MISSING = """
SELECT EXISTS (
    SELECT FROM exchange_market m LEFT JOIN launchpad_volumeplace p ON p.market_id = m.id
      JOIN LATERAL (SELECT executed_at FROM exchange_trade t
                     WHERE t.market_id = m.id AND t.id > coalesce(p.trade_id, 0)
                     ORDER BY t.id LIMIT 1) next ON next.executed_at < %s)
"""


def follow() -> int:
    """Add up a bounded part of every market's new trades. Returns how many trades.

    Safe to run twice and beside itself: of a market one adds at a time.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND)
        behind = [row[0] for row in cursor.fetchall()]
    return sum(follow_market(market_id=market_id) for market_id in behind)


def follow_market(*, market_id: int, limit: int = A_PART) -> int:
    """Add up the next trades of one market. Returns how many; 0 when another one is at it."""
    with transaction.atomic():
        VolumePlace.objects.get_or_create(market_id=market_id)
        place = (
            VolumePlace.objects.select_for_update(skip_locked=True)
            .filter(market_id=market_id)
            .first()
        )
        if place is None:
            return 0
        quote = Market.objects.values_list("quote__code", flat=True).get(pk=market_id)
        with connection.cursor() as cursor:
            cursor.execute(
                _ADD,
                {
                    "market": market_id,
                    "after": place.trade_id,
                    "limit": limit,
                    "usd": values.price_of(quote) or ZERO,
                },
            )
            last, count = cursor.fetchone()
        if count:
            VolumePlace.objects.filter(pk=market_id).update(trade_id=last)
    return int(count)


def is_whole_until(moment: datetime) -> bool:
    """Whether every trade before this moment is added up."""
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, [moment])
        return not cursor.fetchone()[0]
