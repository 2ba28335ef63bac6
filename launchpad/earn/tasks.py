"""Tasks: accrue days that are over, let go what has come to its date."""

from __future__ import annotations

from celery import shared_task

from launchpad.earn import accrue as accruing
from launchpad.earn import depth, redeem, vaults, watching


@shared_task(name="earn.accrue", acks_late=True)
def accrue() -> int:
    """Accrue every day that is over and was not. Safe to kill, to run twice and alongside itself.

    Returns how many days of products.
    """
    return accruing.accrue_all()


@shared_task(name="earn.let_go", acks_late=True)
def let_go() -> int:
    """Pay back what has come to its date, see that what was redeemed is at hand, and book what
    arrived at addresses that book by themselves.

    Returns how many positions.
    """
    done = redeem.let_go_due()
    vaults.keep_liquid()
    watching.book_seen()
    return done


@shared_task(name="earn.sample_depth", acks_late=True)
def sample_depth() -> int:
    """Look at every mined pair for this minute. Returns how many were looked at."""
    return depth.sample_if_time()
