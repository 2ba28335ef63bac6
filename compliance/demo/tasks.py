"""Tasks: the demo's customers and what officers said of older alerts; what its reports need."""

from __future__ import annotations

from celery import shared_task

from compliance.demo import filing, seed


@shared_task(name="demo.file_as_invented", acks_late=True)
def file_as_invented() -> int:
    """Give every day of the demo a rate. Safe to run twice. Returns how many are new."""
    return filing.file_as_invented()


@shared_task(name="demo.seed_compliance", acks_late=True, time_limit=300)
def seed_compliance() -> int:
    """Seed what is missing. Returns how many rows; does nothing when all is there."""
    return seed.seed() or seed.decide_old_ones()
