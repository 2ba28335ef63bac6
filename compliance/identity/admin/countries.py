"""Every country's rules on one page, and a form that proposes a change to a colleague."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.identity import countries, jurisdictions
from compliance.identity.words import Product
from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.portal.desks import COMPLIANCE, page
from exchange.portal.tables import Head, Table

COLUMNS = [(column, column) for column in jurisdictions.CHANGEABLE]


class ChangeForm(forms.Form):
    country = forms.ChoiceField(label=gettext_lazy("Country"), choices=jurisdictions.names)
    column = forms.ChoiceField(
        label=gettext_lazy("What changes"),
        required=False,
        choices=[("", gettext_lazy("back to the table")), *COLUMNS],
    )
    value = forms.CharField(
        label=gettext_lazy("To"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("A product: the tier needed, 0 to 3, or - for not offered."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


@page(
    desk=COMPLIANCE,
    path="compliance/countries/",
    name="identity-countries",
    label=gettext_lazy("Rules of countries"),
    says=gettext_lazy("What each country's people may use, from which tier. Changes take two."),
    permission=countries.PERMISSION,
    order=33,
)
def country_rules(request: HttpRequest) -> HttpResponse:
    form = ChangeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            countries.propose_change(
                country=values["country"],
                changes={values["column"]: values["value"]} if values["column"] else {},
                reason=values["reason"],
                actor=actor_of(request),
            )
        except Refused as refused:
            field = refused.field if refused.field in form.fields else "value"
            form.add_error(field, str(refused))
        else:
            messages.success(request, _("Proposed. A colleague has to approve it."))
            return HttpResponseRedirect(reverse("admin:identity-countries"))
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "form": form,
        "tables": [_table()],
    }
    status = 422 if form.errors else 200
    return TemplateResponse(
        request, "admin/compliance/identity_countries.html", context, status=status
    )


def _table() -> Table:
    return Table(
        title=_("Countries"),
        heads=[
            Head(_("Country")),
            Head(_("Risk")),
            Head(_("Age"), numeric=True),
            *(Head(Product(product).label) for product in Product.values),
            Head(_("Why")),
        ],
        rows=[
            [
                f"{each.name} ({each.code})" + (" *" if each.changed else ""),
                each.risk,
                each.adult,
                *(each.tiers.get(product, "—") for product in Product.values),
                each.note or each.fatf.replace("_", " "),
            ]
            for each in jurisdictions.every()
        ],
        empty="",
        note=_("A number is the tier needed; — is not offered; * was changed by two people."),
    )
