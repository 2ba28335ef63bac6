"""Reads of cases: what waits, whose it is, what came before."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from compliance.cases import priority
from compliance.cases.models import Case, CaseQuestion
from compliance.cases.states import PERMISSIONS, Queue, State
from exchange.audit.models import Proposal
from exchange.audit.queries import waiting_for as proposals_for
from exchange.core import clock
from exchange.core.actors import Actor


class Waiting(NamedTuple):
    """One queue in figures."""

    queue: str
    open: int
    free: int
    breached: int


def waiting() -> list[Waiting]:
    """How much lies on each desk. One query over open cases."""
    now = clock.now()
    rows = (
        Case.objects.filter(state=State.OPEN)
        .values("queue")
        .annotate(
            open=Count("id"),
            free=Count("id", filter=Q(owner__isnull=True)),
            breached=Count("id", filter=Q(due_at__lte=now)),
        )
    )
    found = {row["queue"]: row for row in rows}
    empty = {"open": 0, "free": 0, "breached": 0}
    return [
        Waiting(queue, *(found.get(queue, empty)[name] for name in ("open", "free", "breached")))
        for queue in Queue.values
    ]


def in_order(*, queue: str = "", owner_id: int | None = None, limit: int = 50) -> list[Case]:
    """Open cases, the most urgent first; of one queue, or of one owner."""
    rows = Case.objects.filter(state=State.OPEN).select_related("owner", "customer__user")
    if queue:
        rows = rows.filter(queue=queue)
    if owner_id is not None:
        rows = rows.filter(owner_id=owner_id)
    return list(priority.first_things_first(rows, clock.now())[:limit])


def waiting_for(actor: Actor) -> QuerySet[Case]:
    """Open cases of this person's queues that nobody has, and their own."""
    queues = [queue for queue, permission in PERMISSIONS.items() if actor.may(permission)]
    return Case.objects.filter(
        Q(owner__isnull=True) | Q(owner_id=actor.user_id), state=State.OPEN, queue__in=queues
    )


def seconds_for(actor: Actor, limit: int = 50) -> list[tuple[Case, Proposal]]:
    """Cases whose ending waits for this person as the second one, the most urgent first."""
    waits = {
        int(row.target_id): row
        for row in proposals_for(actor=actor).filter(target_type="case")[:limit]
    }
    cases = {case.pk: case for case in Case.objects.filter(pk__in=waits, state=State.OPEN)}
    return [(cases[key], row) for key, row in waits.items() if key in cases]


def answers_of(case_ids: list[int]) -> dict[int, str]:
    """The state of the newest question of each case that asked one. One query."""
    rows = CaseQuestion.objects.filter(case_id__in=case_ids).order_by("id")
    return dict(rows.values_list("case_id", "state"))


def people_of(case: Case) -> list[int]:
    """Whom it is about, the subject first."""
    ids = list(case.people.order_by("id").values_list("customer_id", flat=True)[:200])
    if case.customer_id in ids:
        ids.remove(case.customer_id)
        ids.insert(0, case.customer_id)
    return ids


def earlier_of(case: Case, people: list[int], limit: int = 20) -> list[Case]:
    """Other cases about any of these people, newest first."""
    about = Case.objects.filter(people__customer_id__in=people).exclude(pk=case.pk).values("pk")
    return list(Case.objects.filter(pk__in=about).order_by("-id")[:limit])
