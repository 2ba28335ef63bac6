"""Staff screens: draft a product, and change what one pays."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.portal import columns
from exchange.portal.actions import ReasonForm
from exchange.portal.desks import LAUNCHPAD, page
from exchange.portal.forms import Form
from launchpad.earn import products
from launchpad.earn.models import Product
from launchpad.earn.terms import Draft
from launchpad.programmes.models import Programme


def _amount(label: Any, **more: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=38, decimal_places=18, min_value=0, **more)


class Tiers(forms.CharField):
    """Lines of "above: per cent": 0: 5 then 1000: 2.5."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def clean(self, value: Any) -> list[tuple[Decimal, int]]:
        text = super().clean(value)
        found = []
        for line in filter(str.strip, text.splitlines()):
            above, _colon, rate = line.partition(":")
            try:
                ppm = Decimal(rate.strip().rstrip("%").strip()).scaleb(4)
                found.append((Decimal(above.strip()), int(ppm)))
            except (InvalidOperation, ValueError):
                raise forms.ValidationError(_("Write lines such as 0: 5")) from None
            if ppm != int(ppm) or not found[-1][0].is_finite():
                raise forms.ValidationError(_("At most four digits after the point."))
        return found


class TermsFields(forms.Form):
    """What a product pays and allows."""

    tiers = Tiers(
        label=gettext_lazy("Rates"),
        required=False,
        help_text=gettext_lazy("A line each: what is above so much, and per cent a year. 0: 5"),
    )
    minimum = _amount(gettext_lazy("Minimum"))
    cap_customer = _amount(gettext_lazy("Cap a customer"))
    cap_total = _amount(gettext_lazy("Cap for all"))
    commission_bps = forms.IntegerField(
        label=gettext_lazy("Our part of what arrives, in basis points"),
        min_value=0,
        max_value=5000,
        initial=0,
    )
    daily_budget = _amount(gettext_lazy("Daily budget (mining)"), initial=0)
    band_bps = forms.IntegerField(
        label=gettext_lazy("Band around the middle (mining), in basis points"),
        min_value=0,
        max_value=1000,
        initial=0,
    )

    def draft(self) -> Draft:
        """The terms that were written."""
        return draft_of(self.cleaned_data)


def draft_of(values: dict[str, Any]) -> Draft:
    """Terms of what a form has gathered."""
    return Draft(
        minimum=values["minimum"],
        cap_total=values["cap_total"],
        cap_customer=values["cap_customer"],
        tiers=values["tiers"],
        commission_bps=values["commission_bps"],
        daily_budget=values["daily_budget"],
        band_bps=values["band_bps"],
    )


class TermsForm(TermsFields, ReasonForm):
    """New terms, and why."""


class ProductForm(TermsFields, Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    slug = forms.SlugField(label=gettext_lazy("Short name, in its address"), max_length=40)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Product.Kind.choices)
    earns = forms.ChoiceField(label=gettext_lazy("Pays"), choices=Product.Earns.choices)
    programme_id = forms.ModelChoiceField(
        label=gettext_lazy("Paid from"),
        queryset=Programme.objects.exclude(state="closed").select_related("asset"),
    )
    summary = forms.CharField(label=gettext_lazy("What it is, in a sentence"), max_length=300)
    risk = forms.CharField(
        label=gettext_lazy("What can be lost, in plain words"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    lock_days = forms.IntegerField(label=gettext_lazy("Locked, days"), min_value=0, initial=0)
    bonding_days = forms.IntegerField(label=gettext_lazy("Bonding, days"), min_value=0, initial=0)
    unbonding_days = forms.IntegerField(
        label=gettext_lazy("Unbonding, days"), min_value=0, initial=0
    )
    pays_at_end = forms.BooleanField(label=gettext_lazy("Pays at its end"), required=False)
    early_exit = forms.BooleanField(
        label=gettext_lazy("May be ended early, for its interest"), required=False
    )
    vote_weight = forms.IntegerField(
        label=gettext_lazy("Weight in votes, in hundredths"), min_value=0, initial=0
    )
    market = forms.CharField(label=gettext_lazy("Pair (mining)"), max_length=31, required=False)
    network = forms.CharField(label=gettext_lazy("Network (vault)"), max_length=20, required=False)
    vault = forms.CharField(label=gettext_lazy("Contract (vault)"), max_length=42, required=False)
    field_order = (
        "name", "slug", "kind", "earns", "programme_id", "summary", "risk", "tiers", "minimum",
        "cap_customer", "cap_total", "lock_days", "pays_at_end", "early_exit", "bonding_days",
        "unbonding_days", "vote_weight", "commission_bps", "daily_budget", "band_bps", "market",
        "network", "vault",
    )  # fmt: skip

    def product(self) -> products.NewProduct:
        """The product that was written."""
        values = {name: self.cleaned_data[name] for name in self.cleaned_data}
        programme = values.pop("programme_id")
        fields = {name: values[name] for name in products.NewProduct._fields if name in values}
        return products.NewProduct(**fields, programme_id=programme.pk)


@page(
    desk=LAUNCHPAD,
    path="launchpad/earn/new/",
    name="earn_product_new",
    label=gettext_lazy("New earn product"),
    says=gettext_lazy("A draft. A second person opens it to customers."),
    permission="launchpad.draft_product",
    order=21,
)
def new_product(request: HttpRequest) -> HttpResponse:
    """A draft with its first terms."""
    form = ProductForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = products.draft_product(
                new=form.product(), draft=form.draft(), actor=actor_of(request)
            )
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(request, _("Drafted. Propose to open it."))
            return HttpResponseRedirect(columns.admin_url(Product, made.pk))
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "form": form,
        "button": _("Draft"),
        "back": reverse("admin:launchpad_product_changelist"),
    }
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "wallets/custody/form.html", context, status=status)
