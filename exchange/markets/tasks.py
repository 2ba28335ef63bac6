"""Tasks: keep 24-hour tickers rolling."""

from __future__ import annotations

from celery import shared_task

from exchange.core import clock
from exchange.markets import tickers


@shared_task(name="markets.roll_tickers", acks_late=True)
def roll_tickers() -> int:
    """Let what is older than 24 hours leave the tickers. Safe to run twice."""
    return tickers.roll(at=clock.now())
