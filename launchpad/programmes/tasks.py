"""Tasks: pay what is ready; the sweep finds what was not dispatched or died."""

from __future__ import annotations

from celery import shared_task

from launchpad.programmes import payouts


@shared_task(name="programmes.pay", acks_late=True)
def pay(payout_id: int) -> int:
    """Pay what is left of one payout. Safe to kill, to run twice and alongside itself."""
    return payouts.pay(payout_id)


@shared_task(name="programmes.sweep", acks_late=True)
def sweep() -> int:
    """Pay whatever may be paid."""
    return payouts.sweep()
