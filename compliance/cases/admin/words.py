"""How a case's states look: badges of queue, clock, priority and ending."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from compliance.cases import clocks, priority
from compliance.cases.models import Case
from compliance.cases.states import Disposition, State
from exchange.core import clock
from exchange.portal import columns

ENDINGS: dict[str, str] = {
    Disposition.FALSE_POSITIVE: columns.QUIET,
    Disposition.EXPLAINED: columns.OK,
    Disposition.MONITOR: columns.INFO,
    Disposition.EXIT: columns.BAD,
    Disposition.REPORT: columns.BAD,
}
CLOCKS = {clocks.IN_TIME: columns.OK, clocks.DUE: columns.WATCH, clocks.BREACHED: columns.BAD}


def due(case: Case) -> Any:
    """When our own clock runs out, with its colour in words too."""
    if case.state == State.CLOSED:
        return columns.badge(columns.QUIET, _("late") if case.closed_late else _("in time"))
    standing = clocks.standing(due=case.due_at, since=case.queued_at, now=clock.now())
    words = {
        clocks.IN_TIME: _("due %(when)s"),
        clocks.DUE: _("due soon: %(when)s"),
        clocks.BREACHED: _("breached %(when)s"),
    }[standing]
    return columns.badge(CLOCKS[standing], words % {"when": columns.ago(case.due_at)})


def state(case: Case) -> Any:
    if case.state == State.CLOSED:
        return columns.badge(
            ENDINGS.get(case.disposition, columns.QUIET),
            case.get_disposition_display(),
        )
    return columns.badge(columns.INFO, case.get_queue_display())


def urgency(case: Case) -> Any:
    """The priority, and how it comes about."""
    return columns.whole(priority.priority_of(case, clock.now()))


def made_of(case: Case) -> str:
    """The weight in its factors; each day of waiting adds it once more."""
    told = _("severity %(severity)s × risk %(risk)s × exposure %(band)s (%(usd)s USD)") % {
        "severity": case.severity,
        "risk": case.risk,
        "band": priority.band_of(case.exposure_usd),
        "usd": f"{case.exposure_usd:,.2f}",
    }
    if case.sanctions:
        told = _("%(told)s × %(n)s for sanctions") % {
            "told": told,
            "n": priority.SANCTIONS_FACTOR,
        }
    return _("%(told)s = %(weight)s, and as much again each day") % {
        "told": told,
        "weight": columns.whole(case.weight),
    }


def whose(case: Case) -> Any:
    return case.owner or columns.NOTHING


def whose_name(case: Case) -> Any:
    """Where there is little room: without our own domain."""
    return str(case.owner).partition("@")[0] if case.owner else columns.NOTHING


def about(case: Case) -> Any:
    if case.customer_id is None:
        return columns.mono(case.subject)
    return columns.link("customer", case.customer_id, f"#{case.customer_id} {case.customer}")


def size(number: int) -> str:
    return f"{number / 1000:,.1f} kB" if number < 1_000_000 else f"{number / 1_000_000:,.1f} MB"
