"""Our own clocks: by when a queue should be done with a case. The law's clocks are reporting's.

Triage within a day, investigation within ten business days, the MLRO within two; a sanctions hit
within four hours, wherever it lies. Business days are Monday to Friday, in UTC.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from compliance.cases.states import Queue

TRIAGE = timedelta(hours=24)
SANCTIONS = timedelta(hours=4)
BUSINESS_DAYS: dict[str, int] = {Queue.INVESTIGATION: 10, Queue.MLRO: 2}
# The last quarter of the time is when somebody should see to it.
DUE_SHARE = 4

IN_TIME, DUE, BREACHED = "in_time", "due", "breached"


def due_at(*, queue: str, since: datetime, sanctions: bool) -> datetime:
    """When a queue that got a case at `since` should be done with it."""
    if sanctions:
        return since + SANCTIONS
    if queue == Queue.TRIAGE:
        return since + TRIAGE
    return business_days_after(since, BUSINESS_DAYS[queue])


def business_days_after(moment: datetime, days: int) -> datetime:
    """The same time of day, so many working days later; of a weekend, counted from its Monday."""
    while moment.weekday() >= 5:
        moment = (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(days):
        moment += timedelta(days=1)
        while moment.weekday() >= 5:
            moment += timedelta(days=1)
    return moment


def standing(*, due: datetime, since: datetime, now: datetime) -> str:
    """In time, due (the last quarter), or breached."""
    if now >= due:
        return BREACHED
    return DUE if (due - now) * DUE_SHARE <= due - since else IN_TIME
