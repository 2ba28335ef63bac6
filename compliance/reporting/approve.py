"""Check a report, ask a second person, and take their answer.

What is approved are contents: their hash stands in the proposal and in the report's row, and is
recounted before the file is made. Whoever checked a report can't approve it.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.reporting import contents, filers, files
from compliance.reporting.draft import FILE, back_to_draft, locked
from compliance.reporting.models import Report
from compliance.reporting.problems import as_json
from compliance.reporting.states import State, refuse_move, refuse_unless
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, PermissionRefused

APPROVE = "compliance.approve_report"
PROPOSAL = "reporting.approve_report"


class NotValid(Invalid):
    """The report has faults. `limit` is how many; they stand in its row, field by field."""

    code = "report_not_valid"


def validate(*, report_id: int, actor: Actor, reason: str = "") -> Report:
    """Check a draft against its regulator's schema and rules; when it is right, ask a colleague.

    Raises NotValid (with the faults written into the row), WrongState, PermissionRefused.
    """
    actor.require(FILE)
    if actor.user_id is None:
        raise PermissionRefused(_("Only a person can ask for an approval."))
    with transaction.atomic():
        report = locked(report_id)
        refuse_unless(report.state, State.DRAFT, State.VALIDATED)
        if report.state == State.VALIDATED:
            back_to_draft(report)
        report.payload = {**report.payload, "filer": filers.snapshot(report)}
        problems = contents.problems_of(report)
        report.errors = as_json(problems)
        report.changed_at = clock.now()
        fields = ["payload", "errors", "changed_at"]
        if not problems:
            report.state = State.VALIDATED
            report.contents_hash = files.contents_hash(report.kind, report.payload)
            report.validated_at = clock.now()
            report.validated_by_id = actor.user_id
            fields += ["state", "contents_hash", "validated_at", "validated_by"]
        report.save(update_fields=fields)
        record(
            actor=actor,
            verb="reporting.validate",
            target=report,
            reason=reason,
            after={"faults": len(problems), "contents_hash": report.contents_hash},
        )
        if not problems:
            _ask(report, actor, reason)
    if problems:
        raise NotValid(
            _("%(n)s things are not right yet. First: %(first)s")
            % {"n": len(problems), "first": problems[0].says},
            limit=len(problems),
        )
    return report


def _ask(report: Report, actor: Actor, reason: str) -> None:
    """Once for the same contents: asked again, it is the proposal that stands."""
    if open_proposal(report) is not None:
        return
    proposals.propose(
        kind=PROPOSAL,
        payload={"report_id": report.pk, "contents_hash": report.contents_hash},
        summary=_("File %(report)s: %(title)s") % {"report": report, "title": report.title[:200]},
        reason=reason or _("It was checked and is right."),
        actor=actor,
        target=report,
    )


def open_proposal(report: Report) -> Proposal | None:
    """The proposal about exactly these contents that waits for somebody."""
    return Proposal.objects.filter(
        kind=PROPOSAL,
        target_type="report",
        target_id=str(report.pk),
        state=Proposal.State.OPEN,
        expires_at__gt=clock.now(),
        payload__contents_hash=report.contents_hash,
    ).first()


@proposals.proposal_kind(PROPOSAL, permission_to_propose=FILE, permission_to_approve=APPROVE)
def _approve(*, payload: dict[str, Any], actor: Actor) -> str:
    report = locked(payload["report_id"])
    refuse_move(report.state, State.APPROVED)
    now_hash = files.contents_hash(report.kind, report.payload)
    if not now_hash == report.contents_hash == payload["contents_hash"]:
        raise Conflict(_("The report was changed since it was checked."))
    if actor.user_id is None or actor.user_id == report.validated_by_id:
        raise proposals.OwnProposal
    report.state = State.APPROVED
    report.approved_at = clock.now()
    report.approved_by_id = actor.user_id
    report.save(update_fields=["state", "approved_at", "approved_by"])
    record(
        actor=actor,
        verb="reporting.approve",
        target=report,
        after={"contents_hash": report.contents_hash},
    )
    return f"{report} may be exported"


def approve(*, report_id: int, actor: Actor, reason: str = "") -> Report:
    """Approve the report that waits. Raises OwnProposal, WrongState, Conflict."""
    actor.require(APPROVE)
    report = Report.objects.get(pk=report_id)
    refuse_unless(report.state, State.VALIDATED)
    proposal = open_proposal(report)
    if proposal is None:
        raise Conflict(_("Nobody asks for this approval any more: let it be checked again."))
    done = proposals.approve(proposal_id=proposal.pk, actor=actor, reason=reason)
    if done.state != Proposal.State.EXECUTED:
        raise Conflict(done.outcome)
    report.refresh_from_db()
    return report


def send_back(*, report_id: int, actor: Actor, reason: str) -> Report:
    """Refuse the approval: it is a draft again, and the reason says what to change."""
    actor.require(APPROVE)
    with transaction.atomic():
        report = locked(report_id)
        refuse_unless(report.state, State.VALIDATED, State.APPROVED)
        proposal = open_proposal(report)
        if proposal is not None:
            proposals.reject(proposal_id=proposal.pk, actor=actor, reason=reason)
        back_to_draft(report)
        record(actor=actor, verb="reporting.send_back", target=report, reason=reason)
    return report
