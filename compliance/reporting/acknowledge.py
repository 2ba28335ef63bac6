"""What the regulator answered: FinCEN's acknowledgement files, and answers taken down by hand."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree.ElementTree import Element

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.reporting.draft import FILE, back_to_draft, locked
from compliance.reporting.fincen.read import children, name, read, text
from compliance.reporting.models import Acknowledgement, FiledIn, Report, ReportFile
from compliance.reporting.states import State, refuse_unless
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound

Outcome = Acknowledgement.Outcome
MOST_ERRORS = 500
FATAL = "FATAL"


class NotAnAnswer(Invalid):
    """The file is no acknowledgement of the file that it was handed in for."""

    code = "not_an_answer"


@dataclass(slots=True, kw_only=True)
class Answer:
    """About one report of a batch."""

    sequence: str
    bsa_id: str = ""
    errors: list[dict[str, str]] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        if not self.bsa_id or any(each["level"].upper() == FATAL for each in self.errors):
            return Outcome.REJECTED
        return Outcome.WARNED if self.errors else Outcome.ACCEPTED


def import_answer(
    *, file_id: int, content: bytes, file_name: str, actor: Actor
) -> list[Acknowledgement]:
    """Take in FinCEN's acknowledgement of one of our files: BSA IDs, and errors by level.

    Raises NotAnAnswer, Unreadable, Conflict when it is in already, WrongState. Nothing is taken in
    by halves.
    """
    actor.require(FILE)
    status, answers = parse(content)
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        file = ReportFile.objects.select_for_update(no_key=True).filter(pk=file_id).first()
        if file is None:
            raise NotFound(_("There is no such file."), field="file_id")
        held = list(file.holds.order_by("place"))
        ids = [each.report_id for each in held]
        if Acknowledgement.objects.filter(report__in=ids, sha256=digest).exists():
            raise Conflict(_("This answer is in already."))
        by_place = _matched(answers, held, status, bytes(file.content))
        return [
            _take(each.report_id, by_place[each.place], status, digest, file_name, content, actor)
            for each in held
        ]


def parse(content: bytes) -> tuple[str, list[Answer]]:
    """The batch's status and what is said of each activity. Raises NotAnAnswer, Unreadable."""
    root = read(content)
    submission = _inside(root, "EFilingSubmissionXML") or root
    status = submission.get("StatusCode") or root.get("StatusCode") or ""
    found = [each for each in root.iter() if name(each) == "EFilingActivityXML"]
    if not status or status not in ("A", "R"):
        raise NotAnAnswer(_("This file says neither accepted nor rejected."), field="file")
    if status == "A" and not found:
        raise NotAnAnswer(_("This file speaks of no report."), field="file")
    return status, [_answer(each) for each in found]


def _inside(root: Element, wanted: str) -> Element | None:
    return next((each for each in root.iter() if name(each) == wanted), None)


def _answer(activity: Element) -> Answer:
    bsa_id = text(activity, "BSAID").strip()
    if bsa_id and not re.fullmatch(r"\d{14}", bsa_id):
        raise NotAnAnswer(_("%s is no BSA ID.") % bsa_id[:20], field="file")
    errors = [
        {
            "code": text(each, "ErrorTypeCode").strip()[:20],
            "level": text(each, "ErrorLevelText").strip()[:20],
            "context": text(each, "ErrorContextText").strip()[:500],
            "element": text(each, "ErrorElementNameText").strip()[:100],
            "text": text(each, "ErrorText").strip()[:500],
        }
        for each in children(activity, "EFilingActivityErrorXML")
        if len(each)  # an empty one says that there is none
    ]
    return Answer(sequence=activity.get("SeqNum", ""), bsa_id=bsa_id, errors=errors[:MOST_ERRORS])


def _matched(
    answers: list[Answer], held: list[FiledIn], status: str, file: bytes
) -> dict[int, Answer]:
    """Each report's answer, by its place in the file or by its own number in it."""
    if status == "R" and not answers:
        return {each.place: Answer(sequence=str(each.place)) for each in held}
    by_sequence = {each.sequence: each for each in answers}
    places = [str(each.place) for each in held]
    numbers = [each.get("SeqNum", "") for each in children(read(file), "Activity")]
    for keys in (places, numbers):
        if len(by_sequence) == len(answers) and set(by_sequence) == set(keys):
            return {each.place: by_sequence[keys[each.place - 1]] for each in held}
    raise NotAnAnswer(
        _("This answer speaks of %(n)s reports, and the file holds %(held)s.")
        % {"n": len(answers), "held": len(held)},
        field="file",
    )


def _take(
    report_id: int,
    answer: Answer,
    status: str,
    digest: str,
    file_name: str,
    content: bytes,
    actor: Actor,
) -> Acknowledgement:
    outcome = Outcome.REJECTED if status == "R" else answer.outcome
    report = locked(report_id)
    row = Acknowledgement(
        report=report,
        outcome=outcome,
        status_code=status,
        regulator_id=answer.bsa_id,
        errors=answer.errors,
        file_name=file_name[:120],
        content=content,
        sha256=digest,
        at=clock.now(),
        by=actor.label,
    )
    return _apply(report, row, actor, "")


def acknowledge_by_hand(
    *,
    report_id: int,
    regulator_id: str,
    actor: Actor,
    reason: str,
    accepted: bool = True,
    at: datetime | None = None,
) -> Acknowledgement:
    """Take down what FINTRAC or OFAC answered on its own site: its number, or that it refused."""
    actor.require(FILE)
    number = regulator_id.strip()
    if accepted and not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", number):
        raise Invalid(_("Give the regulator's number."), field="regulator_id")
    with transaction.atomic():
        report = locked(report_id)
        row = Acknowledgement(
            report=report,
            outcome=Outcome.ACCEPTED if accepted else Outcome.REJECTED,
            regulator_id=number if accepted else "",
            errors=[] if accepted else [{"code": "", "level": FATAL, "text": reason[:500]}],
            at=at or clock.now(),
            by=actor.label,
        )
        return _apply(report, row, actor, reason)


def _apply(report: Report, row: Acknowledgement, actor: Actor, reason: str) -> Acknowledgement:
    """Write the answer down and move the report: closed by an acceptance, a draft by a refusal."""
    refuse_unless(report.state, State.EXPORTED)
    if row.regulator_id and Report.objects.filter(
        kind=report.kind, regulator_id=row.regulator_id
    ).exclude(pk=report.pk):
        raise Conflict(_("Another report has the number %s.") % row.regulator_id)
    row.save(force_insert=True)
    if row.outcome == Outcome.REJECTED:
        back_to_draft(report)
        report.errors = [
            {
                "where": f"file:{each.get('context', '')}",
                "code": each.get("code", ""),
                "says": each.get("text", ""),
            }
            for each in row.errors
        ]
        report.save(update_fields=["errors"])
    else:
        report.state = State.ACKNOWLEDGED
        report.regulator_id = row.regulator_id
        report.acknowledged_at = row.at
        report.save(update_fields=["state", "regulator_id", "acknowledged_at"])
    record(
        actor=actor,
        verb="reporting.acknowledge",
        target=report,
        reason=reason,
        after={
            "outcome": row.outcome,
            "regulator_id": row.regulator_id,
            "errors": len(row.errors),
        },
    )
    return row
