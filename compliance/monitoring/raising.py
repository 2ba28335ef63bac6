"""Findings of scenarios become alerts: with the facts they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from compliance.monitoring import alerts
from compliance.monitoring.engine import Finding
from compliance.monitoring.models import Scenario
from compliance.monitoring.scenarios import scenario_named
from exchange.accounts.models import Customer
from exchange.core import clock
from exchange.core.models import Fact

MOST_FIGURES = 40
OURS = "wallet:"  # how the subject of an alert about something of our own begins
ROUNDED = timedelta(milliseconds=1)  # the engine's moments are whole milliseconds


def raise_all(
    found: Iterable[Finding], rows: Mapping[str, Scenario], *, origin: str
) -> list[alerts.Raised]:
    """Raise an alert for each finding, part of the caller's transaction; `rows` are the versions
    that found them, by name. A finding is about a customer, or about a wallet of ours."""
    found = list(found)
    people = {int(each.user) for each in found if each.user.isdigit()}
    known = set(Customer.objects.filter(pk__in=people).values_list("pk", flat=True))
    raised = []
    for each in found:
        if each.user.startswith(OURS) or (each.user.isdigit() and int(each.user) in known):
            raised.append(_raise_one(each, rows[each.scenario], origin))
    return raised


def _raise_one(each: Finding, row: Scenario, origin: str) -> alerts.Raised:
    customer_id = int(each.user) if each.user.isdigit() else None
    kinds = scenario_named(each.scenario).kinds
    start, end = min(each.window_start, each.window_end), max(each.window_end, each.at)
    about = Fact.objects.filter(customer_id=customer_id)
    if customer_id is None:
        about = Fact.objects.filter(customer_id__isnull=True, extra__subject=each.user)
    facts = list(
        about.filter(kind__in=kinds, at__gte=start - ROUNDED, at__lte=end + ROUNDED)
        .order_by("-at", "-id")
        .values_list("pk", "known_at")[: alerts.MOST_FACTS]
    )
    ring = [int(member) for member in each.ring if member.isdigit()]
    return alerts.raise_alert(
        scenario=each.scenario,
        version=row.version,
        title=row.title,
        explanation=each.explanation,
        severity=row.severity,
        customer_id=customer_id,
        subject="" if customer_id is not None else each.user,
        window_start=start,
        window_end=end,
        at=each.at,
        facts_known_at=max((known for _pk, known in facts), default=clock.now()),
        evidence={
            "facts": sorted(pk for pk, _known in facts),
            "figures": {
                name: _plain(value)
                for name, value in list(each.figures.items())[:MOST_FIGURES]
                if value is not None
            },
        },
        ring=ring,
        cooldown=timedelta(hours=row.cooldown_hours),
        origin=origin,
    )


def _plain(value: Any) -> Any:
    """As JSON keeps it. Figures are for reading; nothing is booked by them."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int | str | bool):
        return value
    if isinstance(value, list | tuple | set):
        return [_plain(each) for each in list(value)[:100]]
    try:
        return round(float(value), 4)
    except (TypeError, ValueError):
        return str(value)
