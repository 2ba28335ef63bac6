"""The demo's officer has worked before you came: some cases are ended, some are under way.

Once, as soon as the demo's history has raised enough alerts. The most urgent cases are left for
whoever looks at the demo.
"""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.db import transaction

from compliance.cases import dispose, hold, neutral, notes, priority, questions
from compliance.cases.models import Case, CaseDecision
from compliance.cases.states import Queue, State
from exchange.accounts.models import User
from exchange.core import clock
from exchange.core.actors import STAFF, Actor
from exchange.core.errors import Refused

OFFICER = "officer@holdfast.example"
ENDINGS = [
    ("explained", "documents", "Salary and a car sold, as payslips and the contract show."),
    ("false_positive", "own_accounts", "Both sides are accounts of the same person."),
    ("explained", "known_business", "A florist: takings follow the season, as every year."),
    ("monitor", "new_customer", "New here, and no pattern yet: look again in a month."),
]
WORKED = 8  # this many cases; as many more are left alone before it begins


@shared_task(name="demo.work_cases", acks_late=True)
def work_cases() -> int:
    """Work some of the demo's cases, once; none where there is no demo. Returns how many."""
    return work() if settings.DEMO_BOTS else 0


def work() -> int:
    """Every step is a verb of the room, done by the demo's officer."""
    person = User.objects.filter(email=OFFICER, is_staff=True).first()
    if person is None or CaseDecision.objects.exists():
        return 0
    plain = Case.objects.filter(state=State.OPEN, queue=Queue.TRIAGE, owner=None, sanctions=False)
    about_people = plain.exclude(customer=None)
    if about_people.count() < 2 * WORKED:
        return 0
    actor = Actor(kind=STAFF, label=person.email, user_id=person.pk, may=person.has_perm)
    urgent_last = list(priority.first_things_first(about_people, clock.now()))[::-1]
    done = 0
    for case, step in zip(urgent_last, [*range(len(ENDINGS)), "hand", "ask", "look", "report"],
                          strict=False):  # fmt: skip
        try:
            with transaction.atomic():
                _step(case, step, actor)
            done += 1
        except Refused:  # somebody at the demo was quicker
            continue
    return done


def _step(case: Case, step: int | str, actor: Actor) -> None:
    hold.claim(case_id=case.pk, actor=actor)
    if isinstance(step, int):
        disposition, code, why = ENDINGS[step]
        notes.note(case_id=case.pk, text=why, actor=actor)
        dispose.dispose(
            case_id=case.pk, disposition=disposition, reason_code=code, rationale=why, actor=actor
        )
        return
    notes.note(case_id=case.pk, text="Looked at two weeks around the alert.", actor=actor)
    hold.hand_on(
        case_id=case.pk,
        queue=Queue.INVESTIGATION,
        actor=actor,
        reason="The deposits do not fit what they told us.",
    )
    if step == "hand":
        return
    hold.claim(case_id=case.pk, actor=actor)
    if step == "ask" and case.customer_id is not None:
        questions.ask(
            case_id=case.pk,
            customer_id=case.customer_id,
            text=str(neutral.QUESTIONS["source"]),
            actor=actor,
        )
    if step == "report":
        dispose.dispose(
            case_id=case.pk,
            disposition="report",
            reason_code="structuring",
            rationale="Deposits stay just below the threshold and leave within hours.",
            actor=actor,
        )
