"""Begin a report, change it, or give it up: what happens before anybody approves anything."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.cases.models import Case
from compliance.reporting import deadlines, gather
from compliance.reporting.models import Report
from compliance.reporting.states import State, refuse_move, refuse_unless
from exchange.accounts.models import Customer
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Invalid, NotFound

Contents = dict[str, Any]
Kind = Report.Kind

FILE = "compliance.file_report"
SEE = "compliance.see_filings"
READ = "compliance.view_report"  # what they say, and not only that there are some
EDITABLE = (State.DRAFT, State.VALIDATED, State.APPROVED)


def start(
    *,
    kind: str,
    actor: Actor,
    known_at: datetime | None = None,
    customer_id: int | None = None,
    case_id: int | None = None,
    found_by: str | None = None,
    contents: Contents | None = None,
    title: str = "",
) -> Report:
    """Begin a report: by hand, from a case, or from what a search found.

    Its contents are drawn from what we know of the customer and, for a case, from the facts behind
    its alerts; the clock starts when those facts were first known. `found_by` given twice is one
    report. Raises PermissionRefused, Invalid, NotFound.
    """
    actor.require(FILE)
    if kind not in Kind.values:
        raise Invalid(_("There is no such report."), field="kind", limit=Kind.values)
    if found_by and (standing := Report.objects.filter(found_by=found_by).first()):
        return standing
    case = _case(case_id)
    if case is not None:
        customer_id = customer_id or case.customer_id
        known_at = known_at or case.facts_known_at
    known_at = known_at or clock.now()
    if known_at > clock.now():
        raise Invalid(_("This moment is in the future."), field="known_at")
    customer = _customer(customer_id)
    if contents is None:
        contents = gather.contents_for(kind, customer=customer, case=case)
    with transaction.atomic():
        now = clock.now()
        values = {
            "kind": kind,
            "jurisdiction": deadlines.RULES[Kind(kind)].jurisdiction,
            "title": (title or gather.title_for(kind, customer))[:200],
            "customer": customer,
            "case": case,
            "known_at": known_at,
            "due_on": deadlines.due_on(kind, known_at),
            "payload": contents,
            "created_at": now,
            "created_by": actor.label,
            "changed_at": now,
        }
        if found_by:
            report, fresh = Report.objects.get_or_create(found_by=found_by, defaults=values)
            if not fresh:
                return report
        else:
            report = Report.objects.create(**values)
        record(
            actor=actor,
            verb="reporting.start",
            target=report,
            after={"kind": kind, "customer": customer_id, "case": case_id, "due_on": report.due_on},
        )
    return report


def change(*, report_id: int, contents: Contents, actor: Actor, reason: str = "") -> Report:
    """Write other contents. A validated or approved report becomes a draft again by it, and
    whatever was approved counts no more. Raises NotFound, WrongState, PermissionRefused.
    """
    actor.require(FILE)
    with transaction.atomic():
        report = locked(report_id)
        refuse_unless(report.state, *EDITABLE)
        kept = {key: report.payload[key] for key in gather.KEPT if key in report.payload}
        before = report.state
        if before != State.DRAFT:
            back_to_draft(report)
        report.payload = {**contents, **kept}
        report.errors = []
        report.changed_at = clock.now()
        report.save(update_fields=["payload", "errors", "changed_at"])
        record(
            actor=actor,
            verb="reporting.change",
            target=report,
            reason=reason,
            before={"state": before},
            after={"state": report.state, "changed": sorted(contents)},
        )
    return report


def back_to_draft(report: Report) -> None:
    """Take back what was checked and approved: only a draft's contents may change."""
    refuse_move(report.state, State.DRAFT)
    report.state = State.DRAFT
    report.contents_hash = ""
    report.validated_at = report.validated_by = None
    report.approved_at = report.approved_by = None
    report.exported_at = None
    report.save(
        update_fields=[
            "state",
            "contents_hash",
            "validated_at",
            "validated_by",
            "approved_at",
            "approved_by",
            "exported_at",
        ]
    )


def discard(*, report_id: int, actor: Actor, reason: str) -> Report:
    """Decide that it is not filed. It stays, with the reason: that is documentation too."""
    actor.require(FILE)
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    with transaction.atomic():
        report = locked(report_id)
        refuse_move(report.state, State.DISCARDED)
        report.state = State.DISCARDED
        report.closed_because = reason[:500]
        report.changed_at = clock.now()
        report.retain_until = deadlines.retain_until(report.kind, clock.now().date())
        report.save(update_fields=["state", "closed_because", "changed_at", "retain_until"])
        record(actor=actor, verb="reporting.discard", target=report, reason=reason)
    return report


def locked(report_id: int) -> Report:
    """The row, locked until the transaction ends. Raises NotFound."""
    report = (
        Report.objects.select_for_update(of=("self",), no_key=True).filter(pk=report_id).first()
    )
    if report is None:
        raise NotFound(_("There is no such report."), field="report_id")
    return report


def _case(case_id: int | None) -> Case | None:
    if case_id is None:
        return None
    case = Case.objects.filter(pk=case_id).first()
    if case is None:
        raise NotFound(_("There is no such case."), field="case_id")
    return case


def _customer(customer_id: int | None) -> Customer | None:
    if customer_id is None:
        return None
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is None:
        raise NotFound(_("There is no such customer."), field="customer_id")
    return customer
