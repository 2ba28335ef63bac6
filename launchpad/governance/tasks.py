"""Tasks: open votes, close them, count them."""

from __future__ import annotations

from celery import shared_task

from launchpad.governance import count as counting
from launchpad.governance import opening


@shared_task(name="governance.count", acks_late=True, time_limit=600)
def count(proposal_id: int) -> int:
    """Count a closed vote to its end. Safe to run twice and alongside itself."""
    return counting.count(proposal_id=proposal_id)


@shared_task(name="governance.sweep", acks_late=True, time_limit=600)
def sweep() -> int:
    """Open what is to be opened, close what has ended, go on counting. Safe to run twice."""
    done = sum(opening.open_vote(proposal_id=each) for each in opening.due())
    done += sum(counting.close_vote(proposal_id=each) for each in counting.due())
    done += sum(counting.count(proposal_id=each) for each in counting.unfinished())
    return done
