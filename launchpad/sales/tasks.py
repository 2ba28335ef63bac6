"""Sales: what runs in workers."""

from __future__ import annotations

from celery import shared_task

from launchpad.sales import sweep as sweeping


@shared_task(name="sales.sweep", acks_late=True)
def sweep() -> int:
    """Open, close, allocate, distribute, release and refund what is due. Safe to run twice."""
    return sweeping.sweep()


@shared_task(name="sales.allocate", acks_late=True)
def allocate(sale_id: int) -> int:
    """Go on with a sale that was closed. Safe to run twice."""
    return sweeping.go_on(sale_id)


@shared_task(name="sales.distribute", acks_late=True)
def distribute(sale_id: int) -> int:
    """Go on with a sale that was allocated. Safe to run twice."""
    return sweeping.go_on(sale_id)


@shared_task(name="sales.refund", acks_late=True)
def refund(sale_id: int) -> int:
    """Go on with a sale that was cancelled. Safe to run twice."""
    return sweeping.go_on(sale_id)
