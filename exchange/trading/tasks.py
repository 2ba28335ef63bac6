"""Tasks: wake a matcher, and find the markets whose wake-up was lost."""

from __future__ import annotations

from celery import shared_task

from exchange.trading import match as matcher
from exchange.trading import wake
from exchange.trading.republish import republish_missing


@shared_task(name="trading.match", acks_late=True)
def match(market_id: int) -> int:
    """Apply a market's waiting commands. Safe to run twice and alongside itself."""
    return matcher.match(market_id=market_id)


@shared_task(name="trading.sweep", acks_late=True)
def sweep() -> int:
    """Wake every market whose commands have waited longer than a wake-up takes."""
    return wake.sweep()


@shared_task(name="trading.republish", acks_late=True)
def republish() -> int:
    """Give Valkey back the market data it lost. Safe to run twice."""
    return republish_missing()
