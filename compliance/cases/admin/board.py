"""How well we work: the board of figures."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.cases import kpis
from compliance.cases.admin import charts
from exchange.portal import columns
from exchange.portal.desks import COMPLIANCE, page


@page(
    desk=COMPLIANCE,
    path="compliance/board/",
    name="cases-board",
    label=gettext_lazy("How we work"),
    says=gettext_lazy("Alerts, precision, hours, clocks and reviews of the last thirty days."),
    permission="compliance.see_filings",
    order=30,
)
def show(request: HttpRequest) -> HttpResponse:
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "figures": [
            *_figures(kpis.figures()),
            *((row.name, row.value, row.says) for row in kpis.more_figures(request.user.has_perm)),
        ],
        "chart": charts.weeks(kpis.weeks()),
    }
    return TemplateResponse(request, "admin/compliance/board.html", context)


def _figures(read: kpis.Figures) -> list[tuple[Any, Any, Any]]:
    """(name, value, what it counts)."""
    return [
        (
            _("Alerts per 1,000 customers"),
            _tenths(read.alerts_per_thousand),
            _("%(alerts)s alerts, %(customers)s customers")
            % {"alerts": f"{read.alerts:,}", "customers": f"{read.customers:,}"},
        ),
        (
            _("Precision"),
            percent(read.precision),
            _("of %(n)s decided alerts led to a report or an exit")
            % {"n": f"{read.decided_alerts:,}"},
        ),
        (
            _("Hours to a decision"),
            _hours(read.median_hours),
            _("half are quicker; nine in ten within %(slow)s") % {"slow": _hours(read.slow_hours)},
        ),
        (
            _("Decided in time"),
            percent(read.in_time),
            _("of %(n)s closed cases, by our own clocks") % {"n": f"{read.closed:,}"},
        ),
        (
            _("Open"),
            f"{read.open:,}",
            _("%(n)s past their clock") % {"n": f"{read.breached:,}"},
        ),
        (
            _("Oldest open"),
            columns.ago(read.oldest_open) if read.oldest_open else columns.NOTHING,
            _("since its first alert"),
        ),
        (_("Opened again"), f"{read.reopened:,}", _("in thirty days")),
        (
            _("Overturned in review"),
            percent(read.overturned),
            _("of %(n)s reviewed; %(waiting)s wait for a reviewer")
            % {"n": f"{read.reviewed:,}", "waiting": f"{read.to_review:,}"},
        ),
    ]


def percent(thousandths: int | None) -> str:
    if thousandths is None:
        return columns.NOTHING
    return f"{thousandths // 10}.{thousandths % 10} %"


def _tenths(number: int | None) -> str:
    return columns.NOTHING if number is None else f"{number // 10:,}.{number % 10}"


def _hours(hours: float | None) -> str:
    return columns.NOTHING if hours is None else f"{hours:,.1f} h"
