"""The demo's officers have worked before you came: what is old is decided, some is under way.

Once, as soon as the demo's history has been looked through. What happened lately is left for
whoever looks at the demo. Every step is a verb of the cases, done by the demo's own staff, so what
they decided teaches the score that orders the queue like any other decision.
"""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet

from compliance.cases import dispose, hold, neutral, notes, priority, questions
from compliance.cases.models import Case, CaseNote
from compliance.cases.states import Queue, State
from compliance.demo import seed
from compliance.monitoring.models import Alert, LookBack
from exchange.accounts.models import User
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.core import clock
from exchange.core.actors import STAFF, Actor
from exchange.core.errors import Refused

OFFICER, MLRO = "officer@holdfast.example", "mlro@holdfast.example"
HONEST = [
    ("explained", "documents", "Salary and a house sold, as payslips and the contract show."),
    ("explained", "known_business", "A florist: takings follow the season, as every year."),
    ("false_positive", "own_accounts", "Both sides are accounts of the same person."),
    ("explained", "known_counterparty", "An employer who pays newcomers; the contracts are here."),
]
GUILTY = [
    ("exit", "no_answer", "Asked twice where the money comes from, and did not answer."),
    ("exit", "fraud", "The people behind these transfers complained about a scam."),
    ("exit", "outside_appetite", "Coins of this origin are nothing that we take."),
]
REPORTED = ("report", "structuring", "Deposits stay just below the threshold, eight in a row.")
UNDER_WAY = ("hand", "ask", "look", "report")
LOOKED = "Looked at two weeks around the alert."
ACTS = 12  # cases decided at most in one run of the task: the next goes on


@shared_task(name="demo.work_cases", acks_late=True)
def work_cases() -> int:
    """Work some of the demo's cases; none where there is no demo. Returns how many."""
    return work() if settings.DEMO_BOTS else 0


def work(*, limit: int = ACTS) -> int:
    """Decide what is old, then take up a few of the others. Once all is done, nothing more."""
    officer, second = _staff(OFFICER), _staff(MLRO)
    if officer is None or second is None or not _looked_through():
        return 0
    guilty = seed.guilty()
    done = 0
    for case in _old()[:limit]:
        done += _attempted(case, guilty, officer, second)
    if done or CaseNote.objects.filter(text=LOOKED).exists():
        return done
    return _take_up(officer)


def progress() -> tuple[str, int, int]:
    """What is being prepared, how much of it is done, and of how many. ("", 0, 0): all is there."""
    looked = LookBack.objects.filter(reason=seed.REASON).order_by("pk").first()
    if looked is None:
        return ("history", 0, 1)
    if not _looked_through():
        return ("look-back", looked.steps_done, looked.steps + 1)
    waiting = _old().count()
    return ("cases", 0, waiting) if waiting else ("", 0, 0)


def _staff(email: str) -> Actor | None:
    person = User.objects.filter(email=email, is_staff=True).first()
    if person is None:
        return None
    return Actor(kind=STAFF, label=person.email, user_id=person.pk, may=person.has_perm)


def _looked_through() -> bool:
    """The look-back is done, and what it raised has found its case."""
    done = LookBack.objects.filter(reason=seed.REASON, state=LookBack.State.DONE).exists()
    return done and not Alert.objects.filter(state=Alert.State.OPEN, in_case=None).exists()


def _old() -> QuerySet[Case]:
    """Open cases about people, whose latest alert is about what was long ago."""
    plain = Case.objects.filter(state=State.OPEN, queue=Queue.TRIAGE, owner=None, sanctions=False)
    last = plain.exclude(customer=None).annotate(last=Max("alerts__alert__at"))
    return last.filter(last__lt=clock.now() - seed.OLD).order_by("pk")


def _attempted(case: Case, guilty: set[int], officer: Actor, second: Actor) -> int:
    try:
        with transaction.atomic():
            _decide(case, guilty, officer, second)
    except Refused:  # somebody at the demo was quicker
        return 0
    return 1


def _decide(case: Case, guilty: set[int], officer: Actor, second: Actor) -> None:
    """Those whom a pattern is about were worth it; the others could explain it."""
    people = set(case.people.values_list("customer_id", flat=True))
    if not guilty & people:
        ending = HONEST[case.pk % len(HONEST)]
    elif case.alerts.filter(alert__scenario="structuring").exists():
        ending = REPORTED
    else:
        ending = GUILTY[case.pk % len(GUILTY)]
    disposition, code, why = ending
    hold.claim(case_id=case.pk, actor=officer)
    notes.note(case_id=case.pk, text=why, actor=officer)
    done = dispose.dispose(
        case_id=case.pk, disposition=disposition, reason_code=code, rationale=why, actor=officer
    )
    if isinstance(done, Proposal):
        proposals.approve(proposal_id=done.pk, actor=second, reason="Agreed.")


def _take_up(officer: Actor) -> int:
    """The least urgent of what happened lately: one handed on, one asked about, one looked at, and
    one that waits for a second person."""
    lately = Case.objects.filter(state=State.OPEN, queue=Queue.TRIAGE, owner=None, sanctions=False)
    # Large amounts are reported without anybody suspecting anything: nothing to investigate.
    lately = lately.exclude(customer=None).exclude(alerts__alert__scenario="twenty_four_hour_rule")
    urgent_last = list(priority.first_things_first(lately, clock.now())[:500])[::-1]
    if len(urgent_last) < 2 * len(UNDER_WAY):
        return 0
    done = 0
    for case, step in zip(urgent_last, UNDER_WAY, strict=False):
        try:
            with transaction.atomic():
                _step(case, step, officer)
            done += 1
        except Refused:  # somebody at the demo was quicker
            continue
    return done


def _step(case: Case, step: str, actor: Actor) -> None:
    hold.claim(case_id=case.pk, actor=actor)
    notes.note(case_id=case.pk, text=LOOKED, actor=actor)
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
            reason_code="laundering",
            rationale="What comes in leaves again within hours, and nobody says what for.",
            actor=actor,
        )
