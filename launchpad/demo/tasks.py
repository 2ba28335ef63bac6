"""Tasks of the demo's launchpad."""

from __future__ import annotations

from celery import shared_task

from launchpad.demo import seed


@shared_task(name="demo.seed_launchpad", acks_late=True)
def seed_launchpad() -> int:
    """Make what the launchpad's rooms need to look alive. Returns how many things were new."""
    return seed.seed_all()
