"""Staff page: draft a sale, look at what its terms come to, and save it when nothing is wrong."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.accounts.models import Customer
from exchange.assets.models import Asset
from exchange.core import clock, money
from exchange.core.errors import Refused
from exchange.core.money import plain
from exchange.portal import columns
from exchange.portal.desks import LAUNCHPAD, page
from launchpad.sales import announce, checks, draft, explain
from launchpad.sales.models import Sale, SaleTier
from launchpad.sales.states import Mode, PublicInput, State

AMOUNTS = ("price", "lot", "offered", "least", "most")
DATES = ("snapshot_at", "opens_at", "closes_at", "distributes_at")


def _amount(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        **more,
    )


def _moment(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        help_text=gettext_lazy("UTC, as 2026-12-01 12:00."),
        widget=forms.DateTimeInput(format="%Y-%m-%d %H:%M"),
    )


class SaleForm(forms.Form):
    """Terms of a sale. Shares are percentages, dates UTC, amounts plain numbers."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    about = forms.CharField(
        label=gettext_lazy("What is sold"), max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    risks = forms.CharField(
        label=gettext_lazy("What a buyer can lose, in plain words"), max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    website = forms.URLField(
        label=gettext_lazy("Website"), required=False, max_length=200, assume_scheme="https"
    )
    asset = forms.CharField(label=gettext_lazy("Token"), max_length=15)
    quote = forms.CharField(label=gettext_lazy("Paid in"), max_length=15, initial="USDT")
    project = forms.IntegerField(
        label=gettext_lazy("Project"), help_text=gettext_lazy("Its customer number.")
    )
    mode = forms.ChoiceField(label=gettext_lazy("Way"), choices=Mode.choices)
    price = _amount(gettext_lazy("Price of one token"))
    lot = _amount(
        gettext_lazy("Lot"),
        help_text=gettext_lazy("Tokens; nobody gets a part of a lot. Its price must be exact."),
    )
    offered = _amount(gettext_lazy("Tokens offered"))
    ticket_lots = forms.IntegerField(
        label=gettext_lazy("Lots a winning ticket gets"), min_value=1, initial=1
    )
    least = _amount(gettext_lazy("Least for one customer"))
    most = _amount(gettext_lazy("Most for one customer"))
    tiers = forms.CharField(
        label=gettext_lazy("Tiers, one a line"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Name; from how many BMX; most in the quote. “Bronze; 1000; 500”"),
    )
    most_places = forms.IntegerField(
        label=gettext_lazy("Most places"), min_value=1, initial=200_000
    )
    withdrawable = forms.BooleanField(
        label=gettext_lazy("Customers may take their money back until it closes"),
        required=False,
        initial=True,
    )
    kyc_tier = forms.IntegerField(label=gettext_lazy("Least tier of identity"), initial=1)
    countries_excluded = forms.CharField(
        label=gettext_lazy("Countries left out"),
        required=False,
        max_length=600,
        help_text=gettext_lazy("Codes with commas, beside those where sales are not offered."),
    )
    public_input = forms.ChoiceField(
        label=gettext_lazy("Mixed with our secret"), choices=PublicInput.choices
    )
    fee_percent = _amount(gettext_lazy("Our fee, in percent"), initial="0")
    first_percent = _amount(gettext_lazy("Released at once, in percent"), initial="100")
    cliff_days = forms.IntegerField(label=gettext_lazy("Cliff, days"), min_value=0, initial=0)
    periods = forms.IntegerField(label=gettext_lazy("Parts after it"), min_value=0, initial=0)
    period_days = forms.IntegerField(
        label=gettext_lazy("Days between them"), min_value=0, initial=30
    )
    claim_days = forms.IntegerField(
        label=gettext_lazy("Released by itself after, days"), min_value=0, initial=7
    )
    snapshot_at = _moment(gettext_lazy("BMX is counted"))
    opens_at = _moment(gettext_lazy("Opens"))
    closes_at = _moment(gettext_lazy("Closes"))
    distributes_at = _moment(gettext_lazy("Distribution"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Goes into the audit log, for whoever asks in a year."),
    )  # fmt: skip

    # Thirty fields in the order in which people decide them.
    PARTS = (
        (gettext_lazy("What is sold"), "name about risks website asset project"),
        (gettext_lazy("For how much, and how it is shared"),
         "mode quote price lot offered ticket_lots public_input fee_percent"),
        (gettext_lazy("Who may take part, and with how much"),
         "least most tiers most_places withdrawable kyc_tier countries_excluded"),
        (gettext_lazy("When"), "snapshot_at opens_at closes_at distributes_at"),
        (gettext_lazy("How the tokens come"),
         "first_percent cliff_days periods period_days claim_days"),
        (gettext_lazy("For the record"), "reason"),
    )  # fmt: skip

    def parts(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """Headings, and the fields below them."""
        return [(says, [self[name] for name in names.split()]) for says, names in self.PARTS]

    def clean_asset(self) -> Asset:
        return _asset(self.cleaned_data["asset"])

    def clean_quote(self) -> Asset:
        return _asset(self.cleaned_data["quote"])

    def clean_project(self) -> Customer:
        found = Customer.objects.filter(pk=self.cleaned_data["project"]).first()
        if found is None:
            raise forms.ValidationError(_("There is no such customer."))
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in (*AMOUNTS, "fee_percent", "first_percent"):
            if name in cleaned:
                try:
                    cleaned[name] = _number(cleaned[name], name)
                except Refused as refused:
                    self.add_error(name, str(refused))
        for name in DATES:
            if name in cleaned:
                cleaned[name] = cleaned[name].astimezone(UTC)
        if "tiers" in cleaned:
            try:
                cleaned["tiers"] = _tiers(cleaned["tiers"])
            except (ValueError, Refused):
                self.add_error("tiers", _("Each line: name; BMX; most."))
        return cleaned

    def terms(self) -> dict[str, Any]:
        """The fields of a sale."""
        given = dict(self.cleaned_data)
        given["fee_ppm"] = int(given.pop("fee_percent") * 10_000)
        given["first_ppm"] = int(given.pop("first_percent") * 10_000)
        return {name: given[name] for name in draft.FIELDS}


def _asset(code: str) -> Asset:
    found = Asset.objects.filter(code=code.strip().upper()).first()
    if found is None:
        raise forms.ValidationError(_("There is no such asset."))
    return found


def _number(text: str, field: str) -> Decimal:
    text = text.strip()  # a comma is refused: it means a thousand to some and a part to others
    return Decimal(0) if text.strip("0.") == "" and text else money.parse(text, field=field)


def _tiers(text: str) -> list[draft.NewTier]:
    made = []
    for line in filter(str.strip, text.splitlines()[:20]):
        name, held, most = line.split(";")
        made.append(
            draft.NewTier(name.strip()[:40], _number(held, "tiers"), _number(most, "tiers"))
        )
    return made


@page(
    desk=LAUNCHPAD,
    path="sales/draft/",
    name="sale_draft",
    label=gettext_lazy("Draft a sale"),
    says=gettext_lazy("Terms, with what they come to and what is wrong with them."),
    permission=draft.DRAFTS,
    order=31,
)
def draft_page(request: HttpRequest) -> HttpResponse:
    """“Check” shows what the terms come to and saves nothing; “Save” saves them as a draft."""
    number = request.GET.get("sale", "")
    sale = None
    if number.isascii() and number.isdigit():
        sale = Sale.objects.filter(pk=int(number[:18]), state=State.DRAFT).first()
    form = SaleForm(request.POST or None, initial=_initial(sale) if sale else None)
    shown: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        values = form.terms()
        if "check" not in request.POST:
            try:
                made = draft.save(
                    values=values, tiers=form.cleaned_data["tiers"], actor=actor_of(request),
                    reason=form.cleaned_data["reason"], sale_id=sale.pk if sale else None,
                )  # fmt: skip
            except Refused as refused:
                form.add_error(
                    refused.field if refused.field in form.fields else None, str(refused)
                )
            else:
                messages.success(request, _("Saved as a draft."))
                return HttpResponseRedirect(columns.admin_url(Sale, made.pk))
        shown = _preview(values, form.cleaned_data["tiers"])
    context = {**request.staff_context, "form": form, "sale": sale, **shown}  # type: ignore[attr-defined]
    status = 422 if request.method == "POST" and "check" not in request.POST else 200
    return TemplateResponse(request, "launchpad/sales/admin_draft.html", context, status=status)


def _preview(values: dict[str, Any], tiers: list[draft.NewTier]) -> dict[str, Any]:
    """What customers would read, and everything that is wrong."""
    sale = Sale(created_at=clock.now(), **values)
    problems = checks.problems(sale, [SaleTier(**tier._asdict()) for tier in tiers])
    if any(problem.grave for problem in problems):
        return {"problems": problems, "checked": True}
    facts = [
        (_("A lot costs"), f"{plain(sale.lot_price)} {sale.quote}"),
        (_("All of it costs"), f"{plain(sale.goal)} {sale.quote}"),
        (_("How"), explain.mode(sale)),
    ]
    if sale.mode == Mode.TICKETS:
        tickets = sale.lots // sale.ticket_lots
        facts.insert(1, (_("Tickets that win"), f"{tickets:,}"))
        facts.insert(1, (_("A ticket costs"), f"{plain(sale.ticket_price)} {sale.quote}"))
    releases = [
        (f"{part.due_at:%Y-%m-%d %H:%M}", explain.percent(part.upto_ppm))
        for part in announce.schedule(sale)
    ]
    return {"problems": problems, "facts": facts, "releases": releases, "checked": True}


def _initial(sale: Sale) -> dict[str, Any]:
    given = {name: getattr(sale, name) for name in draft.FIELDS}
    for name in AMOUNTS:
        given[name] = plain(given[name])
    given |= {"asset": sale.asset.code, "quote": sale.quote.code, "project": sale.project_id}
    given["fee_percent"] = plain(Decimal(sale.fee_ppm) / 10_000)
    given["first_percent"] = plain(Decimal(sale.first_ppm) / 10_000)
    given["tiers"] = "\n".join(
        f"{t.name}; {plain(t.least_held)}; {plain(t.most)}" for t in sale.tiers.all()
    )
    return given
