"""How well we work: the figures of the board, over thirty days, and by week.

Rooms above add figures of their own (`register`): how many reports were filed in time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, Min, Q

from compliance.cases.models import Case, CaseAlert, CaseReview
from compliance.cases.reasons import PRODUCTIVE
from compliance.cases.states import State
from compliance.monitoring.models import Alert
from exchange.accounts.models import Customer
from exchange.audit.models import AuditEvent
from exchange.core import clock

DAYS = 30
WEEKS = 12
Verdict = CaseReview.Verdict

_HOURS = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY spent),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY spent)
  FROM (SELECT extract(epoch FROM closed_at - raised_at) / 3600 AS spent
          FROM compliance_case WHERE state = 'closed' AND closed_at >= %s) closed
"""
_WEEKS = """
SELECT week::date,
       (SELECT count(*) FROM compliance_case c
         WHERE c.opened_at >= week AND c.opened_at < week + interval '7 days'),
       (SELECT count(*) FROM compliance_case c
         WHERE c.closed_at >= week AND c.closed_at < week + interval '7 days')
  FROM generate_series(%s::timestamptz, %s::timestamptz, interval '7 days') week
"""


@dataclass(slots=True, kw_only=True)
class Figures:
    """None where there is nothing to divide by yet. Shares are parts of 1,000."""

    alerts: int
    customers: int
    alerts_per_thousand: int | None  # in tenths
    decided_alerts: int
    precision: int | None
    closed: int
    in_time: int | None
    median_hours: float | None
    slow_hours: float | None
    open: int
    breached: int
    oldest_open: datetime | None
    reopened: int
    reviewed: int
    overturned: int | None
    to_review: int


class Week(NamedTuple):
    starts: date
    opened: int
    closed: int


class Figure(NamedTuple):
    """A figure of a room above: its name, its value in words, and what it counts."""

    name: Any
    value: Any
    says: Any


_more: dict[str, tuple[str, Callable[[datetime], Figure]]] = {}


def register(
    key: str, *, permission: str
) -> Callable[[Callable[[datetime], Figure]], Callable[[datetime], Figure]]:
    """Add a function (since) -> Figure to the board, for readers with the permission."""

    def add(read: Callable[[datetime], Figure]) -> Callable[[datetime], Figure]:
        if key in _more:
            raise RuntimeError(f"there are two figures called {key}")
        _more[key] = (permission, read)
        return read

    return add


def more_figures(may: Callable[[str], bool]) -> list[Figure]:
    """The figures of rooms above that this reader may see."""
    since = clock.now() - timedelta(days=DAYS)
    return [read(since) for permission, read in _more.values() if may(permission)]


def figures() -> Figures:
    """Everything on the board, in a dozen queries over what thirty days brought."""
    now = clock.now()
    since = now - timedelta(days=DAYS)
    alerts = Alert.objects.filter(raised_at__gte=since).count()
    customers = Customer.objects.filter(parent=None).count()
    decided = CaseAlert.objects.filter(case__state=State.CLOSED, case__closed_at__gte=since)
    of_alerts = decided.aggregate(
        all=Count("id"), good=Count("id", filter=Q(case__disposition__in=PRODUCTIVE))
    )
    closed = Case.objects.filter(state=State.CLOSED, closed_at__gte=since).aggregate(
        all=Count("id"), late=Count("id", filter=Q(closed_late=True))
    )
    standing = Case.objects.filter(state=State.OPEN).aggregate(
        all=Count("id"), breached=Count("id", filter=Q(due_at__lte=now)), oldest=Min("raised_at")
    )
    reviews = CaseReview.objects.aggregate(
        done=Count("id", filter=Q(reviewed_at__gte=since)),
        overturned=Count("id", filter=Q(reviewed_at__gte=since, verdict=Verdict.OVERTURNED)),
        waiting=Count("id", filter=Q(verdict=Verdict.WAITING)),
    )
    median, slow = _hours(since)
    return Figures(
        alerts=alerts,
        customers=customers,
        alerts_per_thousand=alerts * 10_000 // customers if customers else None,
        decided_alerts=of_alerts["all"],
        precision=_share(of_alerts["good"], of_alerts["all"]),
        closed=closed["all"],
        in_time=_share(closed["all"] - closed["late"], closed["all"]),
        median_hours=median,
        slow_hours=slow,
        open=standing["all"],
        breached=standing["breached"],
        oldest_open=standing["oldest"],
        reopened=AuditEvent.objects.filter(verb="cases.reopen", at__gte=since).count(),
        reviewed=reviews["done"],
        overturned=_share(reviews["overturned"], reviews["done"]),
        to_review=reviews["waiting"],
    )


def weeks() -> list[Week]:
    """Opened and closed by week, the last twelve, oldest first. One query."""
    now = clock.now()
    monday = (now - timedelta(days=now.weekday())).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    with connection.cursor() as cursor:
        cursor.execute(_WEEKS, [monday - timedelta(weeks=WEEKS - 1), monday])
        return [Week(*row) for row in cursor.fetchall()]


def _hours(since: datetime) -> tuple[float | None, float | None]:
    with connection.cursor() as cursor:
        cursor.execute(_HOURS, [since])
        median, slow = cursor.fetchone()
    return median, slow


def _share(part: int, whole: int) -> int | None:
    return part * 1000 // whole if whole else None
