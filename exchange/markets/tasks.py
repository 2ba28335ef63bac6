"""Tasks: keep 24-hour tickers rolling, and open pages told which markets are halted."""

from __future__ import annotations

from celery import shared_task

from exchange.core import clock
from exchange.markets import halt, tickers


@shared_task(name="markets.roll_tickers", acks_late=True)
def roll_tickers() -> int:
    """Let what is older than 24 hours leave the tickers. Safe to run twice."""
    return tickers.roll(at=clock.now())


@shared_task(name="markets.tell_missing_halts", acks_late=True)
def tell_missing_halts() -> int:
    """Give Valkey back the halts it lost. Safe to run twice."""
    return halt.tell_missing()
