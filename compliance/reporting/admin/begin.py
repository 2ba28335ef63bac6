"""Staff screens: begin a report, search for what is large, begin OFAC's annual report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.reporting import blocked, candidates, draft
from compliance.reporting.admin.calendar import due_badge
from compliance.reporting.admin.fields import day, moment
from compliance.reporting.draft import FILE
from compliance.reporting.models import Report
from exchange.accounts.actors import actor_of
from exchange.accounts.models import User
from exchange.core import clock
from exchange.core.errors import Refused
from exchange.portal import columns
from exchange.portal.desks import COMPLIANCE, page
from exchange.portal.forms import Form
from exchange.portal.tables import Head, Table


class BeginForm(Form):
    kind = forms.ChoiceField(label=gettext_lazy("Report"), choices=Report.Kind.choices)
    customer = forms.CharField(
        label=gettext_lazy("About the customer"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("Number or e-mail address. Empty: somebody who is no customer."),
    )
    case = forms.IntegerField(
        label=gettext_lazy("From case"),
        required=False,
        min_value=1,
        max_value=2**62,
        help_text=gettext_lazy("Its number: facts and the draft of the narrative come from it."),
    )
    known_at = moment(
        gettext_lazy("Facts first known (UTC)"),
        help_text=gettext_lazy("The legal clock. Empty: as the case says, or now."),
    )


@page(
    desk=COMPLIANCE,
    path="compliance/reports/new/",
    name="report_new",
    label=gettext_lazy("New report"),
    says=gettext_lazy("Begin a report by hand or from a case."),
    permission=FILE,
    order=62,
)
def new(request: HttpRequest) -> HttpResponse:
    """?case= and ?kind= fill the form in."""
    given = {
        name: request.GET[name] for name in ("case", "kind", "customer") if name in request.GET
    }
    form = BeginForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            report = draft.start(
                kind=values["kind"],
                actor=actor_of(request),
                customer_id=_customer_id(values["customer"].strip()),
                case_id=values["case"],
                known_at=values["known_at"],
            )
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(request, _("%(report)s is begun.") % {"report": report})
            return HttpResponseRedirect(reverse("admin:report_edit", args=[report.pk]))
    return _page(
        request, form, gettext_lazy("Begin"), columns.admin_url(Report, None, "changelist")
    )


def _customer_id(said: str) -> int | None:
    """A number, or somebody's e-mail address. Raises Refused when there is nobody."""
    if not said:
        return None
    if said.isascii() and said.isdigit() and len(said) < 19:
        return int(said)
    user = User.objects.filter(email__iexact=said, customer__isnull=False).first()
    if user is None:
        raise Refused(_("There is no such customer."), field="customer")
    return user.customer.pk


class SearchForm(Form):
    first = day(gettext_lazy("Windows that begin on"))
    last = day(gettext_lazy("to"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("first", "last"):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Choose a day."))
        return cleaned


@page(
    desk=COMPLIANCE,
    path="compliance/reports/search/",
    name="report_search",
    label=gettext_lazy("Find large amounts"),
    says=gettext_lazy("LVCTR and EFTR by the 24-hour rule, for days that you choose."),
    permission=FILE,
    order=63,
)
def search(request: HttpRequest) -> HttpResponse:
    """The daily search looks at the last days by itself; found again, a report is the same."""
    yesterday = clock.now().date() - timedelta(days=1)
    initial = {"first": yesterday - timedelta(days=6), "last": yesterday}
    form = SearchForm(request.POST or None, initial=initial)
    tables: list[Table] = []
    if request.method == "POST" and form.is_valid():
        try:
            found = candidates.search(
                first=form.cleaned_data["first"],
                last=form.cleaned_data["last"],
                actor=actor_of(request),
            )
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(
                request,
                _("%(n)s reports, %(new)s of them new.")
                % {"n": len(found.reports), "new": found.new},
            )
            tables = [_found(found), _unknown(found)]
    return _page(request, form, gettext_lazy("Search"), "", tables)


def _found(found: candidates.Searched) -> Table:
    return Table(
        title=_("Reports"),
        heads=[Head(_("Report")), Head(_("About")), Head(_("State")), Head(_("Due"))],
        rows=[
            (
                columns.link(Report, row.pk, row.reference),
                row.title,
                row.get_state_display(),
                columns.together([row.due_on, due_badge(row.due_on)]),
            )
            for row in found.reports[:200]
        ],
        empty=_("Nothing on these days reaches 10,000 Canadian dollars."),
    )


def _unknown(found: candidates.Searched) -> Table:
    return Table(
        title=_("Worth not known"),
        heads=[Head(_("When")), Head(_("Customer")), Head(_("Amount"), numeric=True)],
        rows=[
            (
                columns.moment(fact.at),
                columns.link("customer", fact.customer_id, fact.customer_id),
                columns.money(fact.amount, fact.asset),
            )
            for fact in found.without_worth[:200]
        ],
        empty=_("None."),
        note=_("No rate of the Bank of Canada is loaded for these days, or no price was known."),
    )


class AnnualForm(Form):
    year = forms.IntegerField(label=gettext_lazy("Of 30 June"), min_value=2000, max_value=2100)


@page(
    desk=COMPLIANCE,
    path="compliance/reports/annual/",
    name="report_annual",
    label=gettext_lazy("OFAC annual report"),
    says=gettext_lazy("What is blocked on 30 June; due on 30 September."),
    permission=FILE,
    order=67,
)
def annual(request: HttpRequest) -> HttpResponse:
    """What is blocked on 30 June; due on 30 September."""
    today = clock.now().date()
    year = today.year if (today.month, today.day) >= (6, 30) else today.year - 1
    form = AnnualForm(request.POST or None, initial={"year": year})
    if request.method == "POST" and form.is_valid():
        try:
            report = blocked.annual(year=form.cleaned_data["year"], actor=actor_of(request))
        except Refused as refused:
            form.take(refused)
        else:
            return HttpResponseRedirect(columns.admin_url(Report, report.pk))
    return _page(request, form, gettext_lazy("Begin"), reverse("admin:report_calendar"))


def _page(
    request: HttpRequest, form: Form, button: Any, back: str, tables: list[Table] | None = None
) -> HttpResponse:
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "form": form,
        "button": button,
        "back": back,
        "tables": tables or [],
    }
    wrong = request.method == "POST" and bool(form.errors)
    return TemplateResponse(
        request, "compliance/reporting/page.html", context, status=422 if wrong else 200
    )
