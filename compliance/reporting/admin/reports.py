"""Staff screens: the reports, and one page for the whole life of each."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.reporting import approve, deadlines
from compliance.reporting.admin import acts, tables
from compliance.reporting.admin.calendar import due_badge
from compliance.reporting.draft import EDITABLE, FILE, SEE
from compliance.reporting.models import Report
from compliance.reporting.states import DUE, State
from exchange.portal import columns, filters, lookups
from exchange.portal.desks import COMPLIANCE
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Table

TONES = {
    State.DRAFT: columns.INFO,
    State.VALIDATED: columns.WATCH,
    State.APPROVED: columns.INFO,
    State.EXPORTED: columns.WATCH,
    State.ACKNOWLEDGED: columns.OK,
    State.LOCKED: columns.OK,
    State.DISCARDED: columns.QUIET,
}
STEPS = (
    (State.DRAFT, gettext_lazy("Draft"), "created_at"),
    (State.VALIDATED, gettext_lazy("Checked"), "validated_at"),
    (State.APPROVED, gettext_lazy("Approved by a second person"), "approved_at"),
    (State.EXPORTED, gettext_lazy("Exported"), "exported_at"),
    (State.ACKNOWLEDGED, gettext_lazy("Acknowledged"), "acknowledged_at"),
    (State.LOCKED, gettext_lazy("Locked"), "locked_at"),
)


def kind_words(row: Report) -> str:
    return row.get_kind_display().partition(":")[0]


def due_cell(row: Report) -> Any:
    if row.state not in DUE:
        return columns.NOTHING
    return columns.together([f"{row.due_on:%Y-%m-%d}", due_badge(row.due_on)])


class SeeFilings:
    """Only for those who may know of filings, whatever else they may view."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user: Any = request.user
        return user.has_perm(SEE) and super().has_view_permission(request, obj)  # type: ignore[misc]

    def has_module_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return user.has_perm(SEE) and super().has_module_permission(request)  # type: ignore[misc]


@admin.register(Report)
class ReportAdmin(SeeFilings, ReadOnlyAdmin):
    desks = ((COMPLIANCE, 60),)
    menu_label = gettext_lazy("Reports")
    opens_with: ClassVar = {"state": filters.WAITING}
    says = gettext_lazy("What goes to FinCEN, FINTRAC and OFAC: drafts, approvals, files, answers.")
    empty_says = gettext_lazy(
        "Begun from a case, by hand, or by the daily search of large amounts."
    )
    list_select_related = ("customer__user", "validated_by", "approved_by")
    lookups = (
        lookups.by_id(Report),
        lookups.by_number(Report, "customer_id", gettext_lazy("customer's id")),
        lookups.by_text(
            Report, "regulator_id", gettext_lazy("BSA ID"), pattern=r"[A-Za-z0-9_-]{4,40}"
        ),
    )
    list_filter = (
        filters.choice(field="kind", title=gettext_lazy("kind"), options=Report.Kind.choices),
        filters.choice(
            field="state",
            title=gettext_lazy("state"),
            options=State.choices,
            indexed=False,
            waiting=DUE,
        ),
    )
    row_actions = acts.ACTS
    change_form_template = "compliance/reporting/report.html"
    list_display = (
        columns.computed("reference", gettext_lazy("report"), lambda row: row.reference),
        columns.computed("kind_words", gettext_lazy("kind"), kind_words),
        columns.computed("title", gettext_lazy("about"), lambda row: row.title),
        columns.state("state", gettext_lazy("state"), TONES),
        columns.computed("due", gettext_lazy("due"), due_cell),
        columns.identifier("regulator_id", gettext_lazy("regulator's number")),
    )
    sections = (
        (
            gettext_lazy("Report"),
            (
                columns.computed("kind_full", gettext_lazy("kind"), lambda r: r.get_kind_display()),
                columns.related(
                    "customer",
                    gettext_lazy("customer"),
                    "customer",
                    lambda row: (row.customer_id, row.customer),
                ),
                columns.computed("case", gettext_lazy("case"), tables.case_link),
                columns.computed("before", gettext_lazy("report before"), tables.before_link),
                columns.identifier("regulator_id", gettext_lazy("regulator's number")),
                columns.computed(
                    "closed_because",
                    gettext_lazy("why it is not filed"),
                    lambda row: row.closed_because or columns.NOTHING,
                ),
            ),
        ),
        (
            gettext_lazy("Clocks"),
            (
                columns.when("known_at", gettext_lazy("facts first known")),
                columns.computed(
                    "rule",
                    gettext_lazy("rule"),
                    lambda row: deadlines.RULES[Report.Kind(row.kind)].says,
                ),
                columns.computed("due", gettext_lazy("due"), lambda row: f"{row.due_on:%Y-%m-%d}"),
                columns.computed(
                    "file_by",
                    gettext_lazy("last working day before"),
                    lambda row: f"{deadlines.file_by(row.kind, row.due_on):%Y-%m-%d}",
                ),
                columns.computed(
                    "retain_until",
                    gettext_lazy("kept until"),
                    lambda row: (
                        f"{row.retain_until:%Y-%m-%d}"
                        if row.retain_until
                        else _("decided when it is exported")
                    ),
                ),
            ),
        ),
    )

    def waiting(self, request: HttpRequest) -> QuerySet[Report] | None:
        """For whoever approves: what colleagues have checked. Others have drafts of their own."""
        user: Any = request.user
        if not user.has_perm(approve.APPROVE):
            return None
        return Report.objects.filter(state=State.VALIDATED).exclude(validated_by_id=user.pk)

    def row_title(self, row: Report) -> str:
        return f"{row.reference} · {row.title}"

    def headline(self, row: Report) -> Any:
        parts = [columns.badge(TONES[State(row.state)], row.get_state_display())]
        if row.state in DUE:
            parts.append(due_badge(row.due_on))
        return columns.together(parts)

    def notice(self, request: HttpRequest, row: Report) -> Any:
        if row.errors and row.state == State.DRAFT:
            return _("It is not right yet: see what the last check said.")
        if row.state == State.VALIDATED and row.validated_by_id == request.user.pk:
            return _("You checked it: somebody else has to approve it.")
        return ""

    def tables(self, request: HttpRequest, row: Report) -> list[Table]:
        return tables.of(row)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        more = dict(extra_context or {})
        if row is not None:
            more |= _doors(request, row)
        return super().change_view(request, object_id, form_url, more)


def _doors(request: HttpRequest, row: Report) -> dict[str, Any]:
    """What the page offers besides the actions, and how far the report has come."""
    user: Any = request.user
    doors: dict[str, Any] = {
        "steps": _steps(row),
        "narrative": row.payload.get("narrative", ""),
        "preview_url": reverse("admin:report_preview", args=[row.pk]),
    }
    if user.has_perm(FILE) and row.state in EDITABLE:
        doors["contents_url"] = reverse("admin:report_edit", args=[row.pk])
    filed = row.filed_in.order_by("-pk").first()
    if user.has_perm(FILE) and row.state == State.EXPORTED and filed is not None:
        if row.kind in ("sar", "ctr"):
            doors["answer_url"] = reverse("admin:report_answer", args=[filed.file_id])
    return doors


def _steps(row: Report) -> list[tuple[Any, Any, str]]:
    """(what, when, how it looks): done, now, or still to come."""
    found = []
    names = [str(state) for state, _label, _field in STEPS]
    now = names.index(row.state) if row.state in names else -1
    for number, (_state, label, field) in enumerate(STEPS):
        at = getattr(row, field)
        look = "now" if number == now else "done" if at is not None and number < now else "next"
        found.append((label, columns.moment(at) if at and number <= now else "", look))
    return found
