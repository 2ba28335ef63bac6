"""What a report's page shows below its facts: faults, contents, files, answers, kin."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from compliance.cases.models import Case
from compliance.reporting.admin import parts
from compliance.reporting.models import Acknowledgement, Report
from exchange.portal import columns
from exchange.portal.tables import Head, Table

ROWS = 50
OUTCOMES = {
    Acknowledgement.Outcome.ACCEPTED: columns.OK,
    Acknowledgement.Outcome.WARNED: columns.WATCH,
    Acknowledgement.Outcome.REJECTED: columns.BAD,
}


def case_link(row: Report) -> Any:
    if row.case_id is None:
        return columns.NOTHING
    return columns.link(Case, row.case_id, _("case %s") % row.case_id)


def before_link(row: Report) -> Any:
    before = row.corrects or row.continues
    if before is None:
        return columns.NOTHING
    words = _("corrects %s") if row.corrects_id else _("continues %s")
    return columns.link(Report, before.pk, words % before.reference)


def of(row: Report) -> list[Table]:
    """The tables of one report's page; each reads a bounded number of rows."""
    found = [_faults(row)] if row.errors else []
    found += [*_contents(row), _files(row), _answers(row)]
    return [*found, _later(row)] if _later(row).rows else found


def _faults(row: Report) -> Table:
    return Table(
        title=_("What the last check said"),
        heads=[Head(_("Where")), Head(_("What is wrong"))],
        rows=[(parts.where_words(row, each["where"]), each["says"]) for each in row.errors[:ROWS]],
        empty="",
    )


def _contents(row: Report) -> list[Table]:
    """The lists that the report holds, in the words of its form."""
    found = []
    for part in parts.PARTS[row.kind]:
        if not part.many:
            continue
        items = row.payload.get(part.key) or []
        names = [name for name in part.form().fields if any(each.get(name) for each in items)][:8]
        fields = part.form().fields
        found.append(
            Table(
                title=part.title,
                heads=[Head(_("No.")), *(Head(fields[name].label) for name in names)],
                rows=[
                    (number, *(_cell(each.get(name), fields[name]) for name in names))
                    for number, each in enumerate(items[:ROWS], start=1)
                ],
                empty=_("None."),
                note=_("%(n)s in all; all of them are in the file.") % {"n": len(items)}
                if len(items) > ROWS
                else "",
            )
        )
    return found


def _cell(value: Any, field: Any) -> Any:
    """As the form says it: the words of a choice, not its code."""
    if value is True:
        return _("yes")
    if isinstance(value, str) and getattr(field, "choices", None):
        return dict(field.choices).get(value, value) or columns.NOTHING
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or columns.NOTHING
    return value or columns.NOTHING


def _files(row: Report) -> Table:
    held = row.filed_in.select_related("file").defer("file__content").order_by("-pk")
    return Table(
        title=_("Files"),
        heads=[
            Head(_("File")),
            Head(_("Made")),
            Head(_("By")),
            Head(_("Place in it"), numeric=True),
            Head(_("Bytes"), numeric=True),
            Head("SHA-256"),
        ],
        rows=[
            (
                format_html(
                    '<a class="report__name" href="{}">{}</a>',
                    reverse("admin:report_file", args=[each.file_id]),
                    each.file.name,
                ),
                columns.moment(each.file.made_at),
                each.file.made_by,
                each.place,
                f"{each.file.size:,}",
                columns.mono(each.file.sha256),
            )
            for each in held[:ROWS]
        ],
        empty=_("Made when it is exported, after a second person has approved."),
    )


def _answers(row: Report) -> Table:
    rows = []
    for each in row.acknowledgements.defer("content").order_by("-pk")[:ROWS]:
        outcome = columns.badge(
            OUTCOMES[Acknowledgement.Outcome(each.outcome)], each.get_outcome_display()
        )
        first = (columns.moment(each.at), outcome, columns.mono(each.regulator_id))
        for error in each.errors or [{}]:
            rows.append(
                (
                    *first,
                    columns.mono(error.get("code")),
                    error.get("level") or columns.NOTHING,
                    error.get("context") or columns.NOTHING,
                    error.get("text") or columns.NOTHING,
                )
            )
    return Table(
        title=_("Answers of the regulator"),
        heads=[
            Head(_("Taken in")),
            Head(_("Outcome")),
            Head(_("Number")),
            Head(_("Code")),
            Head(_("Level")),
            Head(_("Where")),
            Head(_("What")),
        ],
        rows=rows[:ROWS],
        empty=_("None yet."),
    )


def _later(row: Report) -> Table:
    kin = [
        *((_("corrected by"), each) for each in row.corrections.all()[:ROWS]),
        *((_("continued by"), each) for each in row.continuations.all()[:ROWS]),
    ]
    return Table(
        title=_("Later reports"),
        heads=[Head(_("How")), Head(_("Report")), Head(_("State"))],
        rows=[
            (how, columns.link(Report, each.pk, each.reference), each.get_state_display())
            for how, each in kin
        ],
        empty="",
    )
