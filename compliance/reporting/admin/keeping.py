"""Staff screens: blocked property, legal holds, wishes to be forgotten."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.reporting import blocked, erasure, holds
from compliance.reporting.admin.fields import moment
from compliance.reporting.admin.reports import SeeFilings
from compliance.reporting.draft import FILE
from compliance.reporting.models import BlockedProperty, ErasureReview, LegalHold, Report
from exchange.accounts.actors import actor_of
from exchange.core import clock, money
from exchange.core.actors import Actor
from exchange.core.errors import Refused
from exchange.portal import columns, lookups
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.desks import COMPLIANCE, page
from exchange.portal.forms import Form
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table

STANDS = (columns.WATCH, gettext_lazy("stands"))
OVER = (columns.QUIET, gettext_lazy("lifted"))


def whose(name: str = "customer") -> Any:
    return columns.related(
        name, gettext_lazy("customer"), "customer", lambda row: (row.customer_id, row.customer)
    )


class LicenseForm(ReasonForm):
    license_number = forms.CharField(label=gettext_lazy("OFAC's licence"), max_length=60)
    field_order = ("license_number", "reason")


class ReleaseBlocked(StaffAction):
    name = "release"
    label = gettext_lazy("Note a licensed release")
    permission = FILE
    icon = "check"
    form_class = LicenseForm
    intro = gettext_lazy("Moves no money: the restriction is lifted by itself, by two people.")

    def preview(self, row: BlockedProperty) -> str:
        return str(row)

    def skips(self, row: BlockedProperty) -> str:
        return _("released already") if row.released_on else ""

    def run(self, *, row: BlockedProperty, actor: Actor, values: dict[str, Any]) -> str:
        blocked.release(
            blocked_id=row.pk,
            license_number=values["license_number"],
            actor=actor,
            reason=values["reason"],
        )
        return _("is released")


@admin.register(BlockedProperty)
class BlockedPropertyAdmin(SeeFilings, ReadOnlyAdmin):
    desks = ((COMPLIANCE, 66),)
    menu_label = gettext_lazy("Blocked property")
    says = gettext_lazy("What is held for sanctioned people until OFAC licenses its release.")
    empty_says = gettext_lazy("Nothing is blocked.")
    list_select_related = ("customer__user", "report")
    lookups = (lookups.by_id(BlockedProperty),)
    row_actions = (ReleaseBlocked,)
    numeric = ("amount", "worth_usd")
    list_display = (
        whose(),
        "listed_name",
        "program",
        columns.amount("amount", gettext_lazy("amount"), "asset"),
        columns.amount("worth_usd", gettext_lazy("worth, USD")),
        columns.computed("blocked_on", gettext_lazy("blocked"), lambda r: f"{r.blocked_on}"),
        columns.computed(
            "report",
            gettext_lazy("report"),
            lambda r: columns.link(Report, r.report_id, r.report) if r.report else columns.NOTHING,
        ),
        columns.computed(
            "released", gettext_lazy("released"), lambda r: r.released_on or columns.NOTHING
        ),
    )
    sections = (
        (gettext_lazy("Property"), (*list_display, "where_held", "license_number", "reference")),
    )


class LiftHold(StaffAction):
    name = "lift"
    label = gettext_lazy("Propose lifting it")
    permission = holds.LIFT
    icon = "check"
    intro = gettext_lazy(
        "A colleague has to approve: what is deleted afterwards can't be had back."
    )

    def preview(self, row: LegalHold) -> str:
        return row.reason

    def skips(self, row: LegalHold) -> str:
        return _("lifted already") if row.lifted_at else ""

    def run(self, *, row: LegalHold, actor: Actor, values: dict[str, Any]) -> str:
        asked = holds.propose_lift(hold_id=row.pk, actor=actor, reason=values["reason"])
        return _("is proposed (proposal %(id)s)") % {"id": asked.pk}


@admin.register(LegalHold)
class LegalHoldAdmin(SeeFilings, ReadOnlyAdmin):
    desks = ((COMPLIANCE, 71),)
    menu_label = gettext_lazy("Legal holds")
    says = gettext_lazy("Orders to keep everything about a customer, whatever retention says.")
    empty_says = gettext_lazy("No order stands.")
    list_select_related = ("customer__user",)
    lookups = (lookups.by_id(LegalHold),)
    row_actions = (LiftHold,)
    list_display = (
        columns.identifier("pk", gettext_lazy("hold")),
        whose(),
        "authority",
        columns.computed(
            "stands",
            gettext_lazy("standing"),
            lambda row: columns.badge(*(OVER if row.lifted_at else STANDS)),
        ),
        columns.when("placed_at", gettext_lazy("placed")),
        columns.identifier("placed_by", gettext_lazy("by")),
    )
    sections = (
        (
            gettext_lazy("Hold"),
            (
                *list_display,
                "reason",
                columns.when("lifted_at", gettext_lazy("lifted")),
                "lifted_by",
            ),
        ),
    )


@admin.register(ErasureReview)
class ErasureReviewAdmin(SeeFilings, ReadOnlyAdmin):
    desks = ((COMPLIANCE, 72),)
    menu_label = gettext_lazy("Wishes to be forgotten")
    says = gettext_lazy("What of a customer may be erased, what is kept, why and until when.")
    empty_says = gettext_lazy("Nobody has asked yet.")
    list_select_related = ("customer__user",)
    lookups = (lookups.by_id(ErasureReview),)
    list_display = (
        columns.identifier("pk", gettext_lazy("review")),
        whose(),
        columns.when("asked_at", gettext_lazy("reviewed")),
        columns.identifier("asked_by", gettext_lazy("by")),
        columns.computed(
            "earliest_on",
            gettext_lazy("everything may go on"),
            lambda row: row.earliest_on or _("not known yet"),
        ),
    )
    sections = (
        (gettext_lazy("Review"), list_display[1:]),
        (gettext_lazy("What the customer may be told"), ("answer",)),
    )

    def tables(self, request: HttpRequest, row: ErasureReview) -> list[Table]:
        verdicts = {
            True: columns.badge(columns.OK, _("may be erased")),
            False: columns.badge(columns.WATCH, _("is kept")),
        }
        return [
            Table(
                title=_("Record by record"),
                heads=[
                    Head(_("What")),
                    Head(_("How many"), numeric=True),
                    Head(_("Verdict")),
                    Head(_("Why")),
                    Head(_("Until")),
                ],
                rows=[
                    (
                        each["what"],
                        f"{each['count']:,}",
                        verdicts[each["may_go"]],
                        each["why"],
                        each["until"] or columns.NOTHING,
                    )
                    for each in row.findings
                ],
                empty=_("Nothing is kept."),
            )
        ]


class CustomerForm(Form):
    customer = forms.IntegerField(
        label=gettext_lazy("Customer's number"), min_value=1, max_value=2**62
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class HoldForm(CustomerForm):
    authority = forms.CharField(label=gettext_lazy("Ordered by"), max_length=200)
    field_order = ("customer", "authority", "reason")


class BlockForm(CustomerForm):
    asset = forms.CharField(label=gettext_lazy("Asset"), max_length=15)
    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=40)
    worth_usd = forms.CharField(label=gettext_lazy("Worth in US dollars"), max_length=40)
    listed_name = forms.CharField(label=gettext_lazy("Listed as"), max_length=200)
    program = forms.CharField(label=gettext_lazy("Sanctions programme"), max_length=60)
    blocked_at = moment(
        gettext_lazy("Blocked at (UTC)"),
        help_text=gettext_lazy("Empty: now. The clock starts here."),
    )
    reference = forms.CharField(label=gettext_lazy("Our reference"), max_length=120)
    field_order = ("customer", "asset", "amount", "worth_usd", "listed_name", "program")


@page(
    desk=COMPLIANCE,
    path="compliance/holds/new/",
    name="hold_new",
    label=gettext_lazy("Place a legal hold"),
    permission=holds.PLACE,
    order=73,
)
def hold_new(request: HttpRequest) -> HttpResponse:
    """From now on nothing of the customer is purged."""

    def place(values: dict[str, Any]) -> str:
        hold = holds.place(
            customer_id=values["customer"],
            authority=values["authority"],
            reason=values["reason"],
            actor=actor_of(request),
        )
        return columns.admin_url(LegalHold, hold.pk)

    return _form_page(request, HoldForm(request.POST or None), gettext_lazy("Place it"), place)


@page(
    desk=COMPLIANCE,
    path="compliance/erasure/new/",
    name="erasure_new",
    label=gettext_lazy("Review a wish to be forgotten"),
    permission=erasure.REVIEW,
    order=74,
)
def erasure_new(request: HttpRequest) -> HttpResponse:
    """Says what may go and what stays; erases nothing by itself."""

    def review(values: dict[str, Any]) -> str:
        row = erasure.review(
            customer_id=values["customer"], reason=values["reason"], actor=actor_of(request)
        )
        return columns.admin_url(ErasureReview, row.pk)

    return _form_page(request, CustomerForm(request.POST or None), gettext_lazy("Review"), review)


@page(
    desk=COMPLIANCE,
    path="compliance/blocked/new/",
    name="blocked_new",
    label=gettext_lazy("Write down blocked property"),
    permission=FILE,
    order=67,
)
def blocked_new(request: HttpRequest) -> HttpResponse:
    """Written down and reported at once: OFAC wants to know within ten business days."""

    def write(values: dict[str, Any]) -> str:
        at = values["blocked_at"] or clock.now()
        blocked.write_down(
            customer_id=values["customer"],
            asset=values["asset"].strip().upper(),
            amount=Decimal(money.parse(values["amount"].strip(), field="amount", precision=18)),
            worth_usd=Decimal(
                money.parse(values["worth_usd"].strip(), field="worth_usd", precision=18)
            ),
            listed_name=values["listed_name"],
            program=values["program"],
            reference=values["reference"],
            blocked_at=at,
            actor=actor_of(request),
        )
        report = blocked.report_blocked(
            customer_id=values["customer"], blocked_at=at, actor=actor_of(request)
        )
        return columns.admin_url(Report, report.pk)

    return _form_page(
        request, BlockForm(request.POST or None), gettext_lazy("Write it down"), write
    )


def _form_page(request: HttpRequest, form: Form, button: Any, act: Any) -> HttpResponse:
    """A form whose verb answers with where to go on."""
    if request.method == "POST" and form.is_valid():
        try:
            where = act(form.cleaned_data)
        except Refused as refused:
            named = refused.field.removesuffix("_id")
            refused.field = named if named in form.fields else refused.field
            form.take(refused)
        else:
            messages.success(request, _("It is written down."))
            return HttpResponseRedirect(where)
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "form": form,
        "button": button,
        "tables": [],
    }
    wrong = request.method == "POST"
    return TemplateResponse(
        request, "compliance/reporting/page.html", context, status=422 if wrong else 200
    )
