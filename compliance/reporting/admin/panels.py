"""What other screens show of reports: the case's page, and the customer's."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from compliance.cases import sections
from compliance.reporting.admin.reports import TONES, due_cell, kind_words
from compliance.reporting.draft import FILE, SEE
from compliance.reporting.models import Report
from compliance.reporting.states import State
from exchange.portal import columns, panels
from exchange.portal.tables import Head, Table


def _heads() -> list[Head]:
    return [
        Head(each)
        for each in (_("Report"), _("Kind"), _("State"), _("Due"), _("Regulator's number"))
    ]


def _row(row: Report) -> tuple[Any, ...]:
    return (
        columns.link(Report, row.pk, row.reference),
        kind_words(row),
        columns.badge(TONES[State(row.state)], row.get_state_display()),
        due_cell(row),
        columns.mono(row.regulator_id),
    )


@sections.register("reports", permission=SEE, order=60)
def of_case(request: Any, case: Any) -> Table:
    """Reports of this case, and previous ones about the same customer."""
    rows = list(Report.objects.filter(case=case).order_by("-pk")[: panels.ROWS])
    if case.customer_id is not None and len(rows) < panels.ROWS:
        others = Report.objects.filter(customer_id=case.customer_id).exclude(case=case)
        rows += others.order_by("-pk")[: panels.ROWS - len(rows)]
    may = request.user.has_perm(FILE)
    return Table(
        title=_("Reports"),
        heads=_heads(),
        rows=[_row(each) for each in rows],
        empty=_("None yet, neither of this case nor of this customer."),
        more_url=f"{reverse('admin:report_new')}?{urlencode({'case': case.pk})}" if may else "",
        more_label=_("Begin a report from this case") if may else "",
    )


@panels.panel(permission=SEE, order=62)
def of_customer(request: HttpRequest, customer: Any) -> Table:
    """Only for those who may know that there are any."""
    rows = Report.objects.filter(customer_id=customer.pk).order_by("-pk")[: panels.ROWS]
    return Table(
        title=_("Reports to regulators"),
        heads=_heads(),
        rows=[_row(each) for each in rows],
        empty=_("None about this customer."),
    )
