"""Tasks: keep the demo's chains moving."""

from __future__ import annotations

from celery import shared_task

from wallets.demo import tend


@shared_task(name="demo.tend_chains", acks_late=True)
def tend_chains() -> int:
    """Mine where something waits, on development chains. Safe to run twice."""
    return tend.tend_all()
