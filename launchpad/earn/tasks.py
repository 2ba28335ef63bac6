"""Tasks: accrue days that are over, let go what has come to its date."""

from __future__ import annotations

from celery import shared_task

from launchpad.earn import accrue as accruing
from launchpad.earn import depth, redeem


@shared_task(name="earn.accrue", acks_late=True)
def accrue() -> int:
    """Accrue every day that is over and was not. Safe to kill, to run twice and alongside itself.

    Returns how many days of products.
    """
    return accruing.accrue_all()


@shared_task(name="earn.let_go", acks_late=True)
def let_go() -> int:
    """Pay back what has come to its date. Returns how many positions."""
    return redeem.let_go_due()


@shared_task(name="earn.sample_depth", acks_late=True)
def sample_depth() -> int:
    """Look at every mined pair for this minute. Returns how many were looked at."""
    return depth.sample_all()
