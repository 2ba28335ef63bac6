"""What a market did last, read back from the database when a process starts to publish it."""

from __future__ import annotations

from django.db import connection

from exchange.core import clock
from exchange.markets.candles import STEPS, Step
from exchange.markets.publish import RECENT_TRADES, Memory, text

_TRADES = """
SELECT id, price, size, taker_side, executed_at FROM exchange_trade
 WHERE market_id = %s ORDER BY id DESC LIMIT %s
"""
_CANDLES = """
SELECT c.* FROM unnest(%s::int[]) AS s(minutes)
 CROSS JOIN LATERAL (
       SELECT minutes, opened_at, open, high, low, close, base_volume, quote_volume
         FROM exchange_candle WHERE market_id = %s AND minutes = s.minutes
        ORDER BY opened_at DESC LIMIT 1) c
"""


def memory_of(market_id: int) -> Memory:
    """The latest trades, oldest first, and the latest candle of every step."""
    memory = Memory()
    with connection.cursor() as cursor:
        cursor.execute(_TRADES, [market_id, RECENT_TRADES])
        trades = [
            [i, text(price), text(size), "sell" if side else "buy", clock.to_ms(at)]
            for i, price, size, side, at in reversed(cursor.fetchall())
        ]
        cursor.execute(_CANDLES, [list(STEPS), market_id])
        memory.take_in(trades, {STEPS[row[0]]: Step(*row) for row in cursor.fetchall()})
    return memory
