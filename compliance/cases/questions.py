"""Ask a customer something for a case, in words that tell them nothing; take their answer.

To the customer it is a question about their account, like any other: neither the page nor the
letter says that there is a case.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from compliance.cases import evidence, hold
from compliance.cases.models import CaseQuestion
from exchange.accounts import mail, neutral
from exchange.accounts.models import Customer
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused

State = CaseQuestion.State
LONGEST, LONGEST_ANSWER = 2000, 5000
MOST_OPEN = 5  # of one customer
MOST_FILES = 5
DAYS, MOST_DAYS = 7, 60


class Closed(Conflict):
    """The question was answered, or is not asked any more."""

    code = "question_closed"


def ask(
    *, case_id: int, customer_id: int, text: str, actor: Actor, days: int = DAYS
) -> CaseQuestion:
    """Ask one of the case's people; they get a letter.

    Raises NotYours, CaseClosed, TipsOff, Invalid (empty, too long, days, nobody of this case, a
    customer without a login), Conflict when five questions wait for them.
    """
    text = text.strip()
    if not text:
        raise Invalid(_("Write what you want to know."), field="text")
    if len(text) > LONGEST:
        raise Invalid(_("At most 2,000 characters."), field="text", limit=LONGEST)
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(_("Between 1 and 60 days."), field="days", limit=MOST_DAYS)
    neutral.refuse_tipping_off(text, field="text")
    with transaction.atomic():
        case = hold.locked(case_id)
        by = hold.refuse_unless_owner(case, actor)
        if not case.people.filter(customer_id=customer_id).exists():
            raise Invalid(_("This case is not about them."), field="customer_id")
        person = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
        if person.user_id is None:
            raise Invalid(_("They have no login of their own."), field="customer_id")
        if open_for(customer_id).count() >= MOST_OPEN:
            raise Conflict(_("Five questions wait for them already."), limit=MOST_OPEN)
        now = clock.now()
        asked = CaseQuestion.objects.create(
            case=case,
            customer=person,
            text=text,
            asked_by_id=by,
            asked_at=now,
            due_at=now + timedelta(days=days),
        )
        record(actor=actor, verb="cases.ask", target=case, after={"question": asked.pk})
        mail.tell(person.user_id, "account_question", due=f"{asked.due_at:%Y-%m-%d}")
    return asked


def answer(
    *,
    question_id: int,
    text: str,
    actor: Actor,
    files: Sequence[tuple[str, bytes]] = (),
) -> CaseQuestion:
    """The customer answers, with files or without. Once.

    Raises NotFound (also for another's question), Closed, Invalid (empty, too long, files).
    """
    text = text.strip()
    if not text:
        raise Invalid(_("Write your answer."), field="text")
    if len(text) > LONGEST_ANSWER:
        raise Invalid(_("At most 5,000 characters."), field="text", limit=LONGEST_ANSWER)
    if len(files) > MOST_FILES:
        raise Invalid(_("At most five files."), field="documents", limit=MOST_FILES)
    kinds = [_kind(content) for _name, content in files]
    if actor.user_id is None or actor.customer_id is None:
        raise PermissionRefused
    with transaction.atomic():
        found = CaseQuestion.objects.filter(pk=question_id, customer_id=actor.customer_id).first()
        if found is None:
            raise NotFound(_("There is no such question."), field="question_id")
        case = hold.locked(found.case_id)
        row = CaseQuestion.objects.select_for_update().get(pk=question_id)
        if row.state != State.OPEN:
            raise Closed(_("This question is closed."), limit=row.state)
        for (name, content), kind in zip(files, kinds, strict=True):
            evidence.keep(
                case,
                name=name,
                kind=kind,
                content=content,
                by=actor.user_id,
                actor=actor,
                question=row,
            )
        row.state, row.answer, row.answered_at = State.ANSWERED, text, clock.now()
        row.save(update_fields=["state", "answer", "answered_at"])
        record(actor=actor, verb="cases.answer", target=case, after={"question": row.pk})
    return row


def withdraw(*, question_id: int, actor: Actor) -> CaseQuestion:
    """Not ask any more. Raises NotFound, NotYours, Closed."""
    with transaction.atomic():
        found = CaseQuestion.objects.filter(pk=question_id).first()
        if found is None:
            raise NotFound(field="question_id")
        case = hold.locked(found.case_id)
        hold.refuse_unless_owner(case, actor)
        row = CaseQuestion.objects.select_for_update().get(pk=question_id)
        if row.state != State.OPEN:
            raise Closed(_("This question is closed."), limit=row.state)
        row.state = State.WITHDRAWN
        row.save(update_fields=["state"])
        record(actor=actor, verb="cases.withdraw_question", target=case, after={"question": row.pk})
    return row


def open_for(customer_id: int) -> QuerySet[CaseQuestion]:
    """What waits for a customer's answer, the most urgent first. One indexed query."""
    return CaseQuestion.objects.filter(customer_id=customer_id, state=State.OPEN).order_by(
        "due_at", "id"
    )


def of_customer(customer_id: int) -> QuerySet[CaseQuestion]:
    """Every question a customer was asked, newest first; withdrawn ones are not theirs to see."""
    return (
        CaseQuestion.objects.filter(customer_id=customer_id)
        .exclude(state=State.WITHDRAWN)
        .order_by("-id")
    )


def _kind(content: bytes) -> str:
    try:
        return evidence.kind_of(content)
    except Invalid as refused:
        raise Invalid(str(refused), field="documents", limit=refused.limit) from refused
