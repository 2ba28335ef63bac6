"""Reports about what was reported: corrections, and activity that goes on."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.reporting import deadlines
from compliance.reporting.draft import FILE
from compliance.reporting.files import FINCEN, FINTRAC
from compliance.reporting.models import Report
from compliance.reporting.states import FILED, State, refuse_unless
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound


def correct(*, report_id: int, actor: Actor, reason: str) -> Report:
    """Begin a report that corrects a filed one: the same contents, naming the prior document.

    Raises WrongState before it was acknowledged, Conflict when a correction is being written.
    """
    actor.require(FILE)
    with transaction.atomic():
        before = _filed(report_id, State.ACKNOWLEDGED, State.LOCKED)
        if before.kind not in (*FINCEN, *FINTRAC):
            raise Invalid(_("OFAC takes no corrections as a file: report it again."), field="kind")
        if before.corrections.filter(state__in=(State.DRAFT, State.VALIDATED, State.APPROVED)):
            raise Conflict(_("A correction of it is being written already."))
        contents = deepcopy(before.payload)
        contents.pop("filer", None)
        contents["filing_type"] = "correction"
        # FinCEN knows a report by its own number, FINTRAC by ours.
        first = contents.get("prior_id") or before.reference
        contents["prior_id"] = before.regulator_id if before.kind in FINCEN else first
        return _begin(before, contents, clock.now(), actor, reason, corrects=before)


def continue_activity(
    *, report_id: int, actor: Actor, reason: str, detected_at: datetime | None = None
) -> Report:
    """Begin a report that the activity of a filed SAR went on.

    Due 120 days after the previous report, or 30 days after `detected_at` for whoever detects it
    anew. Its sum so far counts the previous reports in.
    """
    actor.require(FILE)
    with transaction.atomic():
        before = _filed(report_id, *FILED)
        if before.kind != Report.Kind.SAR:
            raise Invalid(_("Only a SAR is continued."), field="kind")
        if before.continuations.exclude(state=State.DISCARDED).exists():
            raise Conflict(_("A report that continues it exists already."))
        contents = deepcopy(before.payload)
        contents.pop("filer", None)
        activity = contents["activity"]
        so_far = activity.get("cumulative") or activity.get("amount") or "0"
        contents |= {
            "filing_type": "continuing",
            "prior_id": before.regulator_id,
            "narrative": _("Continues the report %(before)s.\n\n%(ask)s")
            % {
                "before": before.regulator_id or before.reference,
                "ask": _("[[What happened since, and why is it still suspicious?]]"),
            },
        }
        contents["activity"] = {
            **activity,
            "from": activity.get("to") or activity.get("from", ""),
            "to": "",
            "amount": "",
            "cumulative": so_far,
        }
        report = _begin(
            before, contents, detected_at or clock.now(), actor, reason, continues=before
        )
        assert before.exported_at is not None
        report.due_on = deadlines.continuing_due(
            previous=deadlines.local_day(before.kind, before.exported_at),
            detected=deadlines.local_day(before.kind, detected_at) if detected_at else None,
        )
        report.save(update_fields=["due_on"])
    return report


def _filed(report_id: int, *allowed: str) -> Report:
    report = Report.objects.select_for_update(no_key=True).filter(pk=report_id).first()
    if report is None:
        raise NotFound(_("There is no such report."), field="report_id")
    refuse_unless(report.state, *allowed)
    return report


def _begin(
    before: Report,
    contents: dict[str, object],
    known_at: datetime,
    actor: Actor,
    reason: str,
    *,
    corrects: Report | None = None,
    continues: Report | None = None,
) -> Report:
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    now = clock.now()
    report = Report.objects.create(
        kind=before.kind,
        jurisdiction=before.jurisdiction,
        title=before.title,
        customer_id=before.customer_id,
        case_id=before.case_id,
        known_at=known_at,
        due_on=deadlines.due_on(before.kind, known_at),
        payload=contents,
        corrects=corrects,
        continues=continues,
        created_at=now,
        created_by=actor.label,
        changed_at=now,
    )
    record(
        actor=actor,
        verb="reporting.correct" if corrects else "reporting.continue",
        target=report,
        reason=reason,
        after={"before": before.pk},
    )
    return report
