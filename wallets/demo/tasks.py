"""Tasks: keep the demo's chains moving."""

from __future__ import annotations

from celery import shared_task

from wallets.demo import first_snapshot, tend, travel


@shared_task(name="demo.tend_chains", acks_late=True)
def tend_chains() -> int:
    """Mine where something waits, on development chains. Safe to run twice."""
    return tend.tend_all()


@shared_task(name="demo.introduce_peer", acks_late=True)
def introduce_peer() -> int:
    """Enter the demo's other provider once it runs. Safe to run twice."""
    return travel.introduce()


@shared_task(name="demo.first_snapshot", acks_late=True)
def take_first_snapshot() -> int:
    """The next step to the demo's first proof of reserves. Safe to run twice."""
    return first_snapshot.go_on()
