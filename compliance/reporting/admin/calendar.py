"""Staff screen: what is due when; overdue first. And the dashboard's card of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from compliance.reporting import deadlines, holidays
from compliance.reporting.draft import READ
from compliance.reporting.models import Report
from compliance.reporting.states import DUE, FILED
from exchange.core import clock
from exchange.portal import cards, columns
from exchange.portal.desks import COMPLIANCE, page
from exchange.portal.tables import Head, Table

MOST = 300
SOON = timedelta(days=7)
AHEAD = timedelta(days=120)


def due_badge(due: date) -> Any:
    """How much time is left, in words, with a shape: the colour only repeats it."""
    left = (due - clock.now().date()).days
    if left < 0:
        words = ngettext("%(n)s day overdue", "%(n)s days overdue", -left) % {"n": -left}
        return columns.badge(columns.BAD, words)
    if left == 0:
        return columns.badge(columns.WATCH, _("due today"))
    words = ngettext("%(n)s day left", "%(n)s days left", left) % {"n": left}
    return columns.badge(columns.WATCH if left <= SOON.days else columns.OK, words)


@page(
    desk=COMPLIANCE,
    path="compliance/reports/calendar/",
    name="report_calendar",
    label=gettext_lazy("Deadlines"),
    says=gettext_lazy("Reports that are due, overdue first; holidays; reviews of what goes on."),
    permission=READ,
    order=61,
)
def show(request: HttpRequest) -> HttpResponse:
    """Everything that has a deadline and was not exported yet."""
    today = clock.now().date()
    rows = list(
        Report.objects.filter(state__in=DUE)
        .select_related("customer__user")
        .order_by("due_on", "pk")[:MOST]
    )
    groups = (
        (_("Overdue"), [row for row in rows if row.due_on < today], _("Nothing is overdue.")),
        (
            _("Due within a week"),
            [row for row in rows if today <= row.due_on <= today + SOON],
            _("Nothing is due within a week."),
        ),
        (
            _("Later"),
            [row for row in rows if row.due_on > today + SOON],
            _("Nothing else is waiting."),
        ),
    )
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "tables": [
            *(_reports(title, rows, empty) for title, rows, empty in groups),
            _reviews(today),
            _holidays(today),
        ],
    }
    return TemplateResponse(request, "compliance/reporting/page.html", context)


def _reports(title: str, rows: list[Report], empty: str) -> Table:
    return Table(
        title=title,
        heads=[
            Head(_("Due")),
            Head(_("Time left")),
            Head(_("Last working day")),
            Head(_("Report")),
            Head(_("About")),
            Head(_("State")),
            Head(_("Rule")),
        ],
        rows=[
            (
                f"{row.due_on:%a %Y-%m-%d}",
                due_badge(row.due_on),
                f"{deadlines.file_by(row.kind, row.due_on):%a %Y-%m-%d}",
                columns.link(Report, row.pk, row.reference),
                row.title,
                row.get_state_display(),
                deadlines.RULES[Report.Kind(row.kind)].says,
            )
            for row in rows
        ],
        empty=empty,
    )


def _reviews(today: date) -> Table:
    """SARs that nobody has continued: 120 days after each, if the activity went on."""
    filed = (
        Report.objects.filter(kind=Report.Kind.SAR, state__in=FILED, continuations__isnull=True)
        .filter(exported_at__date__gte=today - AHEAD)
        .order_by("exported_at")[:MOST]
    )
    rows = []
    for row in filed:
        assert row.exported_at is not None
        due = deadlines.continuing_due(previous=deadlines.local_day(row.kind, row.exported_at))
        rows.append(
            (
                f"{due:%a %Y-%m-%d}",
                due_badge(due),
                columns.link(Report, row.pk, row.reference),
                row.title,
            )
        )
    return Table(
        title=_("Has the activity gone on?"),
        heads=[Head(_("Due if it has")), Head(_("Time left")), Head(_("Report")), Head(_("About"))],
        rows=rows,
        empty=_("No SAR was filed in the last 120 days."),
        note=_("A report of continuing activity is due 120 days after the one before."),
    )


def _holidays(today: date) -> Table:
    days = sorted(
        (day, country, name)
        for country in (holidays.US, holidays.CA)
        for year in (today.year, today.year + 1)
        for day, name in holidays.holidays(country, year).items()
        if today <= day <= today + AHEAD
    )
    return Table(
        title=_("Holidays"),
        heads=[Head(_("Day")), Head(_("Country")), Head(_("Holiday"))],
        rows=[(f"{day:%a %Y-%m-%d}", country.upper(), name) for day, country, name in days],
        empty=_("None in the next 120 days."),
        note=_("Working days leave out weekends and these, as they are observed."),
    )


@cards.card(
    key="report-deadlines",
    title=gettext_lazy("Report deadlines"),
    desk=COMPLIANCE,
    permission=READ,
    leads_to="admin:report_calendar",
    order=35,
)
def deadlines_card() -> cards.Reading:
    """How many reports are overdue, or due within a week: the thousand nearest, by an index."""
    today = clock.now().date()
    due = Report.objects.filter(state__in=DUE, due_on__lte=today + SOON)
    days = list(due.order_by("due_on").values_list("due_on", flat=True)[:1000])
    overdue = sum(day < today for day in days)
    soon = len(days) - overdue
    state = cards.BAD if overdue else cards.WATCH if soon else cards.OK
    return cards.Reading(
        state=state,
        number=str(overdue or soon),
        says=_("overdue") if overdue else _("due within a week"),
        details=[(_("Overdue"), overdue), (_("Due within a week"), soon)],
    )
