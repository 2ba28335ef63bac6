"""Make the file that goes to the regulator, and keep it to the byte."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.reporting import deadlines, files
from compliance.reporting.approve import NotValid
from compliance.reporting.draft import FILE, locked
from compliance.reporting.models import FiledIn, Report, ReportFile
from compliance.reporting.states import State, refuse_move
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid

MOST_IN_A_FILE = 100


def export(*, report_ids: Sequence[int], actor: Actor, reason: str = "") -> ReportFile:
    """One file of approved reports of one kind: FinCEN takes batches, the others one at a time.

    The file is dated today, and checked once more as the regulator would. Raises WrongState,
    Conflict when contents are not those that were approved, NotValid, Invalid.
    """
    actor.require(FILE)
    ids = sorted(set(report_ids))
    if not 1 <= len(ids) <= MOST_IN_A_FILE:
        raise Invalid(_("Choose 1 to 100 reports."), field="report_ids", limit=MOST_IN_A_FILE)
    with transaction.atomic():
        reports = [locked(report_id) for report_id in ids]
        kind = reports[0].kind
        if len({each.kind for each in reports}) > 1 or (
            len(reports) > 1 and kind not in files.BATCHED
        ):
            raise Invalid(
                _("One file holds reports of one kind, and only FinCEN takes several."),
                field="report_ids",
            )
        for report in reports:
            refuse_move(report.state, State.EXPORTED)
            if files.contents_hash(kind, report.payload) != report.contents_hash:
                raise Conflict(_("%s is not what was approved.") % report)
        now = clock.now()
        content = files.content_of(
            kind,
            [(each.reference, each.payload) for each in reports],
            filing_date=deadlines.local_day(kind, now),
        )
        _refuse_faults(kind, content)
        file = ReportFile.objects.create(
            name=files.name_of(kind, reports[0].reference, reports[0].payload["filer"], now),
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            made_at=now,
            made_by=actor.label,
        )
        for place, report in enumerate(reports, start=1):
            FiledIn.objects.create(report=report, file=file, place=place)
            report.state = State.EXPORTED
            report.exported_at = report.changed_at = now
            report.retain_until = deadlines.retain_until(kind, now.date())
            report.save(update_fields=["state", "exported_at", "changed_at", "retain_until"])
            record(
                actor=actor,
                verb="reporting.export",
                target=report,
                reason=reason,
                after={"file": file.name, "sha256": file.sha256, "place": place},
            )
    return file


def _refuse_faults(kind: str, content: bytes) -> None:
    if kind not in (*files.FINCEN, *files.FINTRAC):
        return
    problems = files.problems_of(content)
    if problems:
        raise NotValid(problems[0].says, limit=len(problems))


def preview(report: Report) -> bytes:
    """The file as it would be made now; what was exported is in its ReportFile."""
    contents = report.payload
    if "filer" not in contents:
        from compliance.reporting import filers

        contents = {**contents, "filer": filers.snapshot(report)}
    day = deadlines.local_day(report.kind, clock.now())
    return files.content_of(report.kind, [(report.reference, contents)], filing_date=day)
