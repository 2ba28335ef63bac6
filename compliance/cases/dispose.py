"""End a case, with a reason code and a sentence; open it again.

To report, to end a relationship, and to clear somebody whom a sanctions list named takes two
people: the owner proposes, somebody else approves (`audit.proposals`), and only then is the case
closed. Every ending labels the case's alerts, so that scenarios learn from it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.cases import hold, quality
from compliance.cases.models import Case, CaseDecision, CaseQuestion
from compliance.cases.reasons import OUTCOMES, REASONS
from compliance.cases.states import Disposition, State
from compliance.monitoring import alerts
from compliance.screening.queries import open_hits
from exchange.accounts import restrictions
from exchange.accounts.models import Restriction
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock, outbox
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid

DECIDED = "cases.decided"  # the outbox topic: {case_id, decision_id, disposition}
APPROVE = "compliance.approve_case"
PROPOSE = "compliance.investigate_case"
SHORTEST_RATIONALE = 10
LOOK_AGAIN_DAYS = (30, 60, 90)
LONGEST_LOOK = 365
EXIT_KINDS = (Restriction.Kind.TRADING, Restriction.Kind.DEPOSIT)
# What the customer is told when we part: true of anybody whom we part with.
EXIT_WORDS = "We no longer offer you this service. You can withdraw what is yours."

KINDS: dict[str, str] = {
    Disposition.REPORT: "cases.report",
    Disposition.EXIT: "cases.exit",
}
CLEAR_SANCTIONS = "cases.clear_sanctions"


class HitsWait(Conflict):
    """Screening still waits for a person's word. `limit` is the hit."""

    code = "hits_wait"


class WaitsForSecond(Conflict):
    """A disposition was proposed already. `limit` is the proposal's id."""

    code = "case_waits_for_second_person"


def dispose(
    *,
    case_id: int,
    disposition: str,
    reason_code: str,
    rationale: str,
    actor: Actor,
    look_again_days: int = LOOK_AGAIN_DAYS[0],
) -> CaseDecision | Proposal:
    """End a case of one's own; or, where it takes two people, propose to.

    Raises NotYours, CaseClosed, WaitsForSecond, HitsWait, PermissionRefused, Invalid (disposition,
    reason code, a rationale of less than ten characters, days).
    """
    rationale = rationale.strip()
    _refuse_malformed(disposition, reason_code, rationale, look_again_days)
    with transaction.atomic():
        case = hold.locked(case_id)
        worker = hold.refuse_unless_owner(case, actor)
        if waiting := pending(case.pk):
            raise WaitsForSecond(_("A disposition waits for a second person."), limit=waiting.pk)
        _refuse_open_hits(case)
        if kind := takes_two(case, disposition):
            return proposals.propose(
                kind=kind,
                payload={
                    "case_id": case.pk,
                    "disposition": disposition,
                    "reason_code": reason_code,
                    "rationale": rationale,
                    "by": worker,
                },
                summary=_summary(case, disposition, reason_code),
                reason=rationale,
                actor=actor,
                target=case,
            )
        if disposition == Disposition.MONITOR:
            case.look_again_at = clock.now() + timedelta(days=look_again_days)
        return _close(case, disposition, reason_code, rationale, by=worker, actor=actor)


def takes_two(case: Case, disposition: str) -> str:
    """The kind of proposal that this ending takes; empty when one person may."""
    if disposition in KINDS:
        return KINDS[disposition]
    return CLEAR_SANCTIONS if case.sanctions else ""


def pending(case_id: int) -> Proposal | None:
    """The disposition that waits for a second person. One indexed query or so."""
    kinds = [*KINDS.values(), CLEAR_SANCTIONS]
    return (
        Proposal.objects.filter(
            state=Proposal.State.OPEN,
            expires_at__gt=clock.now(),
            kind__in=kinds,
            target_type="case",
            target_id=str(case_id),
        )
        .select_related("proposed_by")
        .first()
    )


def reopen(*, case_id: int, actor: Actor, reason: str) -> Case:
    """Open a closed case again, for investigation. Its alerts come back with it.

    Raises NotFound, PermissionRefused, Invalid without a reason, Conflict when it is open, or
    another case of the same subject is.
    """
    actor.require(PROPOSE)
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    with transaction.atomic():
        case = hold.locked(case_id)
        quality.refuse_unless_reopenable(case)
        quality.open_again(case, actor=actor, reason=reason)
    return case


@proposals.proposal_kind(
    "cases.report", permission_to_propose=PROPOSE, permission_to_approve=APPROVE
)
def _report(*, payload: dict[str, Any], actor: Actor) -> str:
    return _carry_out(payload, actor)


@proposals.proposal_kind("cases.exit", permission_to_propose=PROPOSE, permission_to_approve=APPROVE)
def _exit(*, payload: dict[str, Any], actor: Actor) -> str:
    """They may not trade or deposit any more; what is theirs they can take along."""
    words = _carry_out(payload, actor)
    case = Case.objects.get(pk=payload["case_id"])
    if case.customer_id is not None:
        for kind in EXIT_KINDS:
            restrictions.restrict(
                customer_id=case.customer_id,
                kind=kind,
                actor=actor,
                reason="The relationship ends.",
                customer_message=EXIT_WORDS,
            )
    return words


@proposals.proposal_kind(
    CLEAR_SANCTIONS, permission_to_propose=PROPOSE, permission_to_approve=APPROVE
)
def _clear_sanctions(*, payload: dict[str, Any], actor: Actor) -> str:
    return _carry_out(payload, actor)


def _carry_out(payload: dict[str, Any], actor: Actor) -> str:
    case = hold.locked(payload["case_id"])
    hold.refuse_closed(case)
    _refuse_open_hits(case)
    _close(
        case,
        payload["disposition"],
        payload["reason_code"],
        payload["rationale"],
        by=payload["by"],
        actor=actor,
    )
    return f"Case {case.pk} is closed."


def _close(
    case: Case, disposition: str, reason_code: str, rationale: str, *, by: int, actor: Actor
) -> CaseDecision:
    """One transaction: the decision, the case, its alerts, its open questions, who must know."""
    now = clock.now()
    decision = CaseDecision.objects.create(
        case=case,
        disposition=disposition,
        reason_code=reason_code,
        rationale=rationale,
        by_id=by,
        approved_by_id=actor.user_id if actor.user_id != by else None,
        at=now,
    )
    case.state, case.disposition, case.closed_at = State.CLOSED, disposition, now
    case.closed_late = now > case.due_at
    case.save()
    ids = list(case.alerts.values_list("alert_id", flat=True)[:1000])
    alerts.close(alert_ids=ids, actor=actor, reason=rationale)
    alerts.label(
        alert_ids=ids, outcome=OUTCOMES[disposition], actor=actor, reason=f"case {case.pk}"
    )
    case.questions.filter(state=CaseQuestion.State.OPEN).update(state=CaseQuestion.State.WITHDRAWN)
    quality.draw(decision)
    record(
        actor=actor,
        verb="cases.close",
        target=case,
        reason=rationale,
        after={"disposition": disposition, "reason_code": reason_code, "late": case.closed_late},
    )
    outbox.announce(DECIDED, case_id=case.pk, decision_id=decision.pk, disposition=disposition)
    return decision


def look_again(*, limit: int = 100) -> int:
    """Open what was closed to be looked at again by now. Returns how many. Safe to run twice."""
    return quality.open_due(limit=limit)


def _refuse_malformed(disposition: str, reason_code: str, rationale: str, days: int) -> None:
    if disposition not in Disposition.values:
        raise Invalid(
            _("A case can't end like that."), field="disposition", limit=Disposition.values
        )
    if reason_code not in REASONS[disposition]:
        raise Invalid(
            _("Choose the reason."), field="reason_code", limit=list(REASONS[disposition])
        )
    if len(rationale) < SHORTEST_RATIONALE:
        raise Invalid(_("Say why, in a sentence."), field="rationale", limit=SHORTEST_RATIONALE)
    if len(rationale) > 1000:
        raise Invalid(_("At most 1,000 characters."), field="rationale", limit=1000)
    if not 1 <= days <= LONGEST_LOOK:
        raise Invalid(_("Between a day and a year."), field="look_again_days", limit=LONGEST_LOOK)


def _refuse_open_hits(case: Case) -> None:
    """Nobody says what a case comes to while it is open who its people are."""
    if not case.sanctions:
        return
    for customer_id in case.people.values_list("customer_id", flat=True)[:200]:
        hit = open_hits(customer_id).first()
        if hit is not None:
            raise HitsWait(
                _("Screening hit %(id)s of customer %(who)s waits: decide it first.")
                % {"id": hit.pk, "who": customer_id},
                limit=hit.pk,
            )


def _summary(case: Case, disposition: str, reason_code: str) -> str:
    ending = Disposition(disposition).label
    return f"Case {case.pk} ({case.subject}): {ending}, {reason_code}"[:300]
