"""Quality: a random share of what was closed is looked at again by somebody else.

Nobody knows beforehand which case it will be. A reviewer upholds the decision or overturns it;
what is overturned is open again. The share overturned is the figure that says how good we are.
"""

from __future__ import annotations

import random

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.cases import clocks, hold
from compliance.cases.models import Case, CaseDecision, CaseReview
from compliance.cases.states import Queue, State
from compliance.monitoring import alerts
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused

SHARE_PERCENT = 10
REVIEW = "compliance.review_case"
Verdict = CaseReview.Verdict
_dice = random.SystemRandom()


class OwnDecision(PermissionRefused):
    """Nobody reviews what they decided."""

    code = "own_decision"


def draw(decision: CaseDecision) -> CaseReview | None:
    """Take a fresh decision into the sample, or not."""
    if _dice.randrange(100) >= SHARE_PERCENT:
        return None
    return CaseReview.objects.create(case=decision.case, decision=decision, drawn_at=clock.now())


def review(*, review_id: int, verdict: str, finding: str, actor: Actor) -> CaseReview:
    """Uphold a decision, or overturn it: then the case is open again.

    Raises NotFound, PermissionRefused, OwnDecision, Invalid (verdict, no finding), Conflict when it
    was reviewed already or can't be opened again.
    """
    actor.require(REVIEW)
    if verdict not in (Verdict.UPHELD, Verdict.OVERTURNED):
        raise Invalid(_("Uphold it or overturn it."), field="verdict", limit=Verdict.values)
    if not finding.strip():
        raise Invalid(_("Say what you found."), field="finding")
    with transaction.atomic():
        row = (
            CaseReview.objects.select_for_update(of=("self",))
            .select_related("decision")
            .filter(pk=review_id)
            .first()
        )
        if row is None:
            raise NotFound(field="review_id")
        if actor.user_id is None or actor.user_id in (
            row.decision.by_id,
            row.decision.approved_by_id,
        ):
            raise OwnDecision(_("Nobody reviews what they decided."))
        if row.verdict != Verdict.WAITING:
            raise Conflict(_("This was reviewed already."), limit=row.verdict)
        row.verdict, row.finding = verdict, finding.strip()[:1000]
        row.reviewer_id, row.reviewed_at = actor.user_id, clock.now()
        row.save()
        record(
            actor=actor,
            verb="cases.review",
            target_type="case",
            target_id=str(row.case_id),
            reason=row.finding,
            after={"verdict": verdict},
        )
        if verdict == Verdict.OVERTURNED:
            CaseDecision.objects.filter(pk=row.decision_id).update(overturned_at=clock.now())
            case = hold.locked(row.case_id)
            if case.state == State.CLOSED:
                refuse_unless_reopenable(case)
                open_again(case, actor=actor, reason=row.finding)
    return row


def refuse_unless_reopenable(case: Case) -> None:
    """Raises Conflict when it is open, or another case of its subject is."""
    if case.state == State.OPEN:
        raise Conflict(_("This case is open."))
    other = Case.objects.filter(subject=case.subject, state=State.OPEN).first()
    if other is not None:
        raise Conflict(
            _("Case %(id)s of the same subject is open: work there.") % {"id": other.pk},
            limit=other.pk,
        )


def open_again(case: Case, *, actor: Actor, reason: str) -> None:
    """A closed case is in investigation again, without an owner, and its clock runs anew."""
    now, before = clock.now(), case.disposition
    case.state, case.disposition, case.closed_at = State.OPEN, "", None
    case.owner, case.claimed_at, case.look_again_at = None, None, None
    case.closed_late = False
    case.queue, case.queued_at = Queue.INVESTIGATION, now
    case.due_at = clocks.due_at(queue=case.queue, since=now, sanctions=case.sanctions)
    case.reopened += 1
    case.save()
    ids = list(case.alerts.values_list("alert_id", flat=True)[:1000])
    alerts.reopen(alert_ids=ids, actor=actor, reason=reason)
    alerts.take_into_case(alert_ids=ids, actor=actor, case_id=case.pk)
    record(
        actor=actor,
        verb="cases.reopen",
        target=case,
        reason=reason,
        before={"disposition": before},
    )


def open_due(*, limit: int) -> int:
    """Open what was closed with a day to look again, when that day has come."""
    actor, opened = system("cases.look_again"), 0
    now = clock.now()
    due = Case.objects.filter(state=State.CLOSED, look_again_at__lte=now).order_by("look_again_at")
    for case_id in due.values_list("pk", flat=True)[:limit]:
        with transaction.atomic():
            case = hold.locked(case_id)
            if case.state == State.OPEN or case.look_again_at is None or case.look_again_at > now:
                continue
            try:
                refuse_unless_reopenable(case)
            except Conflict:  # a newer case of theirs is being worked: that is looking again
                case.look_again_at = None
                case.save(update_fields=["look_again_at"])
                continue
            open_again(case, actor=actor, reason="The day to look again has come.")
            opened += 1
    return opened
