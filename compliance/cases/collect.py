"""Collect alerts into cases: all of one person, or of one ring, are looked at together.

An alert goes into the open case of its subject, or of anybody in its ring; if there is none, it
opens one. Alerts take turns for it, so that two that come at once do not open two cases.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from compliance.cases import clocks, links, priority
from compliance.cases.models import Case, CaseAlert, CaseCustomer
from compliance.cases.states import Queue, State
from compliance.monitoring import alerts
from compliance.monitoring.models import Alert
from exchange.accounts.models import Customer
from exchange.audit.record import record
from exchange.core import clock, locks, outbox
from exchange.core.actors import Actor, system

MOST_PEOPLE = 200
# Alerts that a sanctions list is behind: the first part of their scenario's name.
SANCTIONS = ("screening", "sanction")


def collect(*, alert_id: int) -> Case | None:
    """Put an alert into the case it belongs to. Safe to run twice: it stays in its first case.

    None for an alert that is gone or was closed before anybody collected it.
    """
    actor = system("cases.collect")
    with transaction.atomic():
        _take_turns()
        standing = CaseAlert.objects.filter(alert_id=alert_id).select_related("case").first()
        if standing is not None:
            return standing.case
        alert = Alert.objects.filter(pk=alert_id).exclude(state=Alert.State.CLOSED).first()
        if alert is None:
            return None
        people = main_accounts([*filter(None, [alert.customer_id]), *alert.ring])
        case = _case_for(alert, people, actor)
        _add(case, alert, people)
        alerts.take_into_case(alert_ids=[alert.pk], actor=actor, case_id=case.pk)
        record(
            actor=actor,
            verb="cases.collect",
            target=case,
            after={"alert": alert.pk, "priority": case.weight},
        )
    return case


@outbox.consumes(alerts.RAISED)
def on_alert(payload: dict[str, Any]) -> None:
    """Delivered at least once; the alert is in one case however often."""
    collect(alert_id=payload["alert_id"])


@outbox.consumes("identity.changed")
def on_identity(payload: dict[str, Any]) -> None:
    """Whoever became riskier moves up."""
    for case in open_cases_of([payload["customer_id"]]).select_for_update()[:10]:
        priority.weigh(case)
        case.save(update_fields=["severity", "risk", "exposure_usd", "weight"])


def collect_waiting(*, limit: int = 200) -> int:
    """Collect open alerts that no event brought here. Returns how many. Safe to run twice."""
    waiting = Alert.objects.filter(state=Alert.State.OPEN, in_case__isnull=True)
    ids = list(waiting.order_by("id").values_list("pk", flat=True)[:limit])
    return sum(collect(alert_id=alert_id) is not None for alert_id in ids)


def open_cases_of(customer_ids: list[int], subject: str = "") -> Any:
    """Open cases about any of these people, or about this subject; oldest first."""
    about = Case.objects.filter(people__customer_id__in=customer_ids).values("pk")
    return Case.objects.filter(Q(pk__in=about) | Q(subject=subject), state=State.OPEN).order_by(
        "id"
    )


def main_accounts(customer_ids: list[int]) -> list[int]:
    """Sub-accounts are their owner's; in order, each once."""
    rows = Customer.objects.filter(pk__in=customer_ids).values_list(
        "pk", Coalesce(F("parent_id"), F("pk"))
    )
    owner: dict[int, int] = dict(rows)
    return list(dict.fromkeys(owner[each] for each in customer_ids if each in owner))[:MOST_PEOPLE]


def _take_turns() -> None:
    """One at a time finds or opens a case, until its transaction ends."""
    locks.hold(locks.Lock.CASES)


def _case_for(alert: Alert, people: list[int], actor: Actor) -> Case:
    subject = alert.subject
    if alert.customer_id is not None:
        subject = f"customer:{people[0]}"
    standing = list(open_cases_of(people, subject).select_for_update()[:20])
    if not standing:
        return _open(alert, subject, people, actor)
    home = standing[0]
    for other in standing[1:]:
        links.join(home, other, why="An alert names people of both.", by=actor.label)
    return home


def _open(alert: Alert, subject: str, people: list[int], actor: Actor) -> Case:
    now = clock.now()
    before = Case.objects.filter(subject=subject, state=State.CLOSED).order_by("-closed_at").first()
    sanctions = is_sanctions(alert)
    case = Case.objects.create(
        subject=subject,
        customer_id=people[0] if alert.customer_id is not None else None,
        sanctions=sanctions,
        raised_at=alert.raised_at,
        facts_known_at=alert.facts_known_at,
        opened_at=now,
        queued_at=now,
        due_at=clocks.due_at(queue=Queue.TRIAGE, since=now, sanctions=sanctions),
    )
    if before is not None:
        links.join(before, case, why="An earlier case of the same subject.", by=actor.label)
    return case


def _add(case: Case, alert: Alert, people: list[int]) -> None:
    now = clock.now()
    CaseAlert.objects.create(case=case, alert=alert, at=now)
    room = max(MOST_PEOPLE - case.people.count(), 0)
    known = set(case.people.values_list("customer_id", flat=True))
    new = [each for each in people if each not in known][:room]
    CaseCustomer.objects.bulk_create(
        [CaseCustomer(case=case, customer_id=each, since=now) for each in new],
        ignore_conflicts=True,
    )
    if is_sanctions(alert) and not case.sanctions:
        case.sanctions = True
        case.due_at = _sooner(case, now)
    case.raised_at = min(case.raised_at, alert.raised_at)
    case.facts_known_at = min(case.facts_known_at, alert.facts_known_at)
    priority.weigh(case)
    case.save()


def _sooner(case: Case, now: datetime) -> datetime:
    return min(case.due_at, clocks.due_at(queue=case.queue, since=now, sanctions=True))


def is_sanctions(alert: Alert) -> bool:
    """Whether a sanctions list is behind it."""
    return alert.scenario.startswith(SANCTIONS)
