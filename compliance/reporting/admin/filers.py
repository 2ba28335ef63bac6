"""Staff screens: who files, and the Bank of Canada's rates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.reporting import filers, rates
from compliance.reporting.admin.files import UploadForm
from compliance.reporting.draft import FILE
from compliance.reporting.fintrac import codes
from compliance.reporting.models import CentralBankRate, Filer
from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.portal import columns, lookups
from exchange.portal.audited import AuditedAdmin
from exchange.portal.desks import COMPLIANCE, page
from exchange.portal.forms import Form
from exchange.portal.screens import ReadOnlyAdmin


@admin.register(Filer)
class FilerAdmin(AuditedAdmin):
    desks = ((COMPLIANCE, 68),)
    menu_label = gettext_lazy("Who files")
    says = gettext_lazy("Our names, numbers and contacts at each regulator; the 24-hour window.")
    big = False
    ordering = ("jurisdiction",)
    fixed_fields = ("jurisdiction",)
    form_sections = (
        (
            gettext_lazy("Institution"),
            ("jurisdiction", "name", "street", "city", "state", "postal_code", "country", "phone"),
        ),
        (gettext_lazy("Contact"), ("contact_office", "contact_person", "contact_phone")),
        (gettext_lazy("United States"), ("ein", "transmitter_code")),
        (gettext_lazy("Canada"), ("entity_number", "contact_id", "location_id")),
        (gettext_lazy("The day's window"), ("time_zone", "window_starts")),
    )
    list_display = ("jurisdiction", "name", "contact_person", "time_zone", "window_starts")
    sections = tuple(
        (title, tuple(name for name in names if name != "jurisdiction"))
        for title, names in form_sections
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Filer]:
        """Both countries have a row from the first look on, so that it can be changed."""
        if Filer.objects.count() < 2:
            filers.filer_of("us")
            filers.filer_of("ca")
        return super().get_queryset(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def row_title(self, row: Filer) -> str:
        return str(row)


@admin.register(CentralBankRate)
class CentralBankRateAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 69),)
    menu_label = gettext_lazy("Bank of Canada rates")
    says = gettext_lazy("Canadian dollars for one unit of a currency, day by day.")
    empty_says = gettext_lazy("Load the bank's own file: without rates nothing large is found.")
    lookups = (lookups.by_text(CentralBankRate, "currency", gettext_lazy("currency")),)
    numeric = ("cad",)
    list_display = (
        "currency",
        columns.computed("on", gettext_lazy("day"), lambda row: f"{row.on:%Y-%m-%d}"),
        columns.amount("cad", "CAD"),
        "source",
    )
    sections = ((gettext_lazy("Rate"), list_display),)


class LoadForm(UploadForm):
    what = forms.ChoiceField(
        label=gettext_lazy("What it holds"),
        choices=(
            ("rates", gettext_lazy("Bank of Canada rates (the bank's CSV)")),
            ("codes", gettext_lazy("FINTRAC code tables (JSON)")),
        ),
    )
    field_order = ("what", "file")


@page(
    desk=COMPLIANCE,
    path="compliance/reports/load/",
    name="report_load",
    label=gettext_lazy("Load rates and codes"),
    says=gettext_lazy("The Bank of Canada's rates, and FINTRAC's tables of codes."),
    permission=FILE,
    order=70,
)
def load(request: HttpRequest) -> HttpResponse:
    """Data, because both change without us."""
    form: Form = LoadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read()
        try:
            said = _loaded(form.cleaned_data["what"], content, request)
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(request, said)
            return HttpResponseRedirect(columns.admin_url(CentralBankRate, None, "changelist"))
    context: dict[str, Any] = {
        **request.staff_context,  # type: ignore[attr-defined]
        "form": form,
        "button": gettext_lazy("Load"),
        "tables": [],
    }
    wrong = request.method == "POST"
    return TemplateResponse(
        request, "compliance/reporting/page.html", context, status=422 if wrong else 200
    )


def _loaded(what: str, content: bytes, request: HttpRequest) -> str:
    if what == "codes":
        return _("%(n)s codes are loaded.") % {
            "n": codes.load(content=content, actor=actor_of(request))
        }
    new = rates.load(content=content, source="Bank of Canada", actor=actor_of(request))
    return _("%(n)s rates are new.") % {"n": new}
