"""Tasks: keep the demo's markets moving."""

from __future__ import annotations

from celery import shared_task

from exchange.demo import bots


@shared_task(name="demo.tick", acks_late=True, time_limit=60)
def tick() -> int:
    """One round of the market makers. Does nothing where there is no demo."""
    return bots.tick()
