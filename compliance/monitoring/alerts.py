"""Raise an alert, say what became of it, and say what it turned out to be.

Whoever raises the same alert again gets the one that stands: by its window, and within the
cooldown of its scenario as long as the first is not closed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction

from compliance.monitoring.models import Alert, AlertLabel
from exchange.accounts.models import Customer
from exchange.audit.record import record
from exchange.core import clock, locks, outbox
from exchange.core.actors import Actor
from exchange.core.errors import Invalid, NotFound

RAISED = "monitoring.alert"  # the outbox topic: {alert_id}
State = Alert.State
Origin = Alert.Origin
MOST_FACTS = 500
MOST_IN_RING = 500


class Raised(NamedTuple):
    """The alert that stands, and whether this call made it."""

    alert: Alert
    is_new: bool


def raise_alert(
    *,
    scenario: str,
    title: str,
    explanation: str,
    severity: int,
    window_start: datetime,
    window_end: datetime,
    customer_id: int | None = None,
    subject: str = "",
    version: int = 1,
    at: datetime | None = None,
    facts_known_at: datetime | None = None,
    evidence: dict[str, Any] | None = None,
    ring: list[int] | None = None,
    cooldown: timedelta = timedelta(0),
    origin: str = Origin.ROOM,
) -> Raised:
    """Put something before an officer. Part of the caller's transaction.

    Of the same subject, scenario and window there is one alert, and within `cooldown` of the
    window of one that is not closed there is no second. `explanation` is a sentence with numbers.
    Raises Invalid (severity, explanation, window), NotFound for an unknown customer.
    """
    _refuse_malformed(severity, explanation, window_start, window_end)
    subject = subject or f"customer:{customer_id}"
    if subject == "customer:None":
        raise Invalid("An alert is about somebody or something.", field="subject")
    if customer_id is not None and not Customer.objects.filter(pk=customer_id).exists():
        raise NotFound(f"There is no customer {customer_id}.", field="customer_id")
    with transaction.atomic():
        # Two that find the same at once take turns; the second sees what the first raised.
        locks.hold(locks.Lock.ALERTS, locks.key_of(f"{subject} {scenario}"))
        if standing := _standing(subject, scenario, window_start, window_end, cooldown):
            return Raised(standing, False)
        alert = Alert.objects.create(
            subject=subject,
            customer_id=customer_id,
            scenario=scenario,
            version=version,
            title=title,
            origin=origin,
            window_start=window_start,
            window_end=window_end,
            at=at or window_end,
            facts_known_at=facts_known_at or clock.now(),
            raised_at=clock.now(),
            severity=severity,
            explanation=explanation,
            evidence=_bounded(evidence or {}),
            ring=sorted(set(ring or ([customer_id] if customer_id else [])))[:MOST_IN_RING],
        )
        outbox.announce(RAISED, alert_id=alert.pk)
    return Raised(alert, True)


def take_into_case(*, alert_ids: list[int], actor: Actor, case_id: int) -> int:
    """Mark alerts as being worked in a case. Returns how many were open until now."""
    with transaction.atomic():
        rows = _locked(alert_ids)
        moved = [row for row in rows if row.state == State.OPEN]
        for row in moved:
            row.state = State.IN_CASE
        Alert.objects.bulk_update(moved, ["state"])
        for row in moved:
            record(actor=actor, verb="monitoring.take_alert", target=row, after={"case": case_id})
    return len(moved)


def close(*, alert_ids: list[int], actor: Actor, reason: str) -> int:
    """Close alerts: somebody decided. Returns how many were not closed until now.

    Only a person's decision does this; no score ever does. Raises Invalid without a reason.
    """
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        moved = [row for row in _locked(alert_ids) if row.state != State.CLOSED]
        for row in moved:
            row.state, row.closed_at = State.CLOSED, clock.now()
        Alert.objects.bulk_update(moved, ["state", "closed_at"])
        for row in moved:
            record(actor=actor, verb="monitoring.close_alert", target=row, reason=reason)
    return len(moved)


def reopen(*, alert_ids: list[int], actor: Actor, reason: str) -> int:
    """Take back that alerts were closed or in a case: they wait in the queue again."""
    with transaction.atomic():
        moved = [row for row in _locked(alert_ids) if row.state != State.OPEN]
        for row in moved:
            row.state, row.closed_at = State.OPEN, None
        Alert.objects.bulk_update(moved, ["state", "closed_at"])
        for row in moved:
            record(actor=actor, verb="monitoring.reopen_alert", target=row, reason=reason)
    return len(moved)


def label(*, alert_ids: list[int], outcome: str, actor: Actor, reason: str = "") -> int:
    """Say what alerts turned out to be. The latest word counts; saying it again is no new word.

    Raises PermissionRefused, Invalid (outcome).
    """
    actor.require("compliance.label_alert")
    if outcome not in AlertLabel.Outcome.values:
        raise Invalid(
            f"There is no outcome {outcome}.", field="outcome", limit=AlertLabel.Outcome.values
        )
    with transaction.atomic():
        said = 0
        for row in _locked(alert_ids):
            before = row.labels.order_by("-id").first()
            if before is not None and before.outcome == outcome:
                continue
            AlertLabel.objects.create(
                alert=row,
                outcome=outcome,
                reason=reason[:500],
                labelled_by=actor.label,
                at=clock.now(),
            )
            record(
                actor=actor,
                verb="monitoring.label_alert",
                target=row,
                reason=reason,
                before={"outcome": before.outcome} if before else None,
                after={"outcome": outcome},
            )
            said += 1
    return said


def _refuse_malformed(severity: int, explanation: str, start: datetime, end: datetime) -> None:
    if not 1 <= severity <= 5:
        raise Invalid("Severity goes from 1 to 5.", field="severity", limit=5)
    if not explanation.strip():
        raise Invalid("An alert explains itself.", field="explanation")
    if start > end:
        raise Invalid("The window ends before it starts.", field="window")


def _standing(
    subject: str, scenario: str, start: datetime, end: datetime, cooldown: timedelta
) -> Alert | None:
    same = Alert.objects.filter(subject=subject, scenario=scenario)
    found = same.filter(window_start=start, window_end=end).first()
    if found is None and cooldown:
        # In both directions, since a look-back may come upon an earlier window later.
        found = (
            same.filter(window_end__gt=end - cooldown, window_end__lt=end + cooldown)
            .exclude(state=State.CLOSED)
            .order_by("-window_end")
            .first()
        )
    return found


def _bounded(evidence: dict[str, Any]) -> dict[str, Any]:
    """An alert over a busy month names so many facts and says how many there are."""
    facts = evidence.get("facts") or []
    if len(facts) <= MOST_FACTS:
        return evidence
    return {**evidence, "facts": facts[-MOST_FACTS:], "facts_in_all": len(facts)}


def _locked(alert_ids: list[int]) -> list[Alert]:
    return list(
        Alert.objects.select_for_update(of=("self",)).filter(pk__in=alert_ids).order_by("pk")
    )
