"""Tasks: keep the demo's chains moving."""

from __future__ import annotations

from celery import shared_task

from wallets.demo import tend, travel


@shared_task(name="demo.tend_chains", acks_late=True)
def tend_chains() -> int:
    """Mine where something waits, on development chains. Safe to run twice."""
    return tend.tend_all()


@shared_task(name="demo.introduce_peer", acks_late=True)
def introduce_peer() -> int:
    """Enter the demo's other provider once it runs. Safe to run twice."""
    return travel.introduce()
