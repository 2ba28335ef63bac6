"""Tasks: thin, killable, safe to run twice."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from compliance.reporting import (  # noqa: F401  some register what can be proposed
    approve,
    blocked,
    candidates,
    consume,
    holds,
    lock,
    retention,
)
from compliance.reporting.models import BlockedProperty
from exchange.core import clock
from exchange.core.actors import system

LOOK_BACK = timedelta(days=3)  # rates and late credits may come after a window has closed


@shared_task(name="reporting.find_candidates", acks_late=True)
def find_candidates() -> int:
    """Find what the last closed windows call for. Returns how many drafts are new."""
    yesterday = clock.now().date() - timedelta(days=1)
    found = candidates.search(
        first=yesterday - LOOK_BACK, last=yesterday, actor=system("reporting.find_candidates")
    )
    return found.new


@shared_task(name="reporting.keep_house", acks_late=True)
def keep_house() -> int:
    """Lock what was acknowledged, begin the annual report in time, purge what is over."""
    today = clock.now().date()
    if (today.month, today.day) >= (7, 1) and BlockedProperty.objects.exists():
        blocked.annual(year=today.year, actor=system("reporting.annual"))
    return lock.lock_old() + retention.purge()
