"""Lock what the regulator has taken: from then on PostgreSQL refuses every change."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from compliance.reporting import deadlines
from compliance.reporting.draft import FILE, locked
from compliance.reporting.models import Report
from compliance.reporting.states import State, refuse_move
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor, system

AFTER = timedelta(days=7)  # for whoever forgets


def lock(*, report_id: int, actor: Actor, reason: str = "") -> Report:
    """Close an acknowledged report for good. A mistake in it is corrected by another report."""
    actor.require(FILE)
    with transaction.atomic():
        report = locked(report_id)
        refuse_move(report.state, State.LOCKED)
        now = clock.now()
        report.state = State.LOCKED
        report.locked_at = report.changed_at = now
        report.retain_until = deadlines.retain_until(report.kind, now.date())
        report.save(update_fields=["state", "locked_at", "changed_at", "retain_until"])
        record(
            actor=actor,
            verb="reporting.lock",
            target=report,
            reason=reason,
            after={"retain_until": report.retain_until},
        )
    return report


def lock_old(*, limit: int = 200) -> int:
    """Lock what was acknowledged a week ago. Returns how many. Safe to run twice."""
    old = Report.objects.filter(
        state=State.ACKNOWLEDGED, acknowledged_at__lte=clock.now() - AFTER
    ).order_by("pk")
    ids = list(old.values_list("pk", flat=True)[:limit])
    for report_id in ids:
        lock(report_id=report_id, actor=system("reporting.lock"))
    return len(ids)
