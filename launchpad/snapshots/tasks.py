"""Tasks: take the snapshots whose moment is over."""

from __future__ import annotations

from celery import shared_task

from launchpad.snapshots import take as taking


@shared_task(name="snapshots.take", acks_late=True, time_limit=600)
def take(snapshot_id: int) -> int:
    """Take one, if its moment is over. Safe to run twice and alongside itself."""
    return int(taking.take(snapshot_id=snapshot_id))


@shared_task(name="snapshots.sweep", acks_late=True, time_limit=600)
def sweep() -> int:
    """Take every planned snapshot whose moment is over, oldest first."""
    return sum(taking.take(snapshot_id=snapshot_id) for snapshot_id in taking.due())
