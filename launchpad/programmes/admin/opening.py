"""Staff screen: make a programme."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.assets.models import Asset
from exchange.core.errors import Refused
from exchange.portal import columns
from exchange.portal.desks import LAUNCHPAD, page
from exchange.portal.forms import Form
from launchpad.programmes import open as opening
from launchpad.programmes.models import Programme


class ProgrammeForm(Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    kind = forms.ChoiceField(label=gettext_lazy("What for"), choices=Programme.Kind.choices)
    asset = forms.CharField(
        label=gettext_lazy("Asset"), max_length=15, help_text=gettext_lazy("Such as USDT.")
    )


@page(
    desk=LAUNCHPAD,
    path="launchpad/programmes/new/",
    name="programme_new",
    label=gettext_lazy("New programme"),
    says=gettext_lazy("A budget of its own, which nothing can overdraw."),
    permission="launchpad.open_programme",
    order=12,
)
def new_programme(request: HttpRequest) -> HttpResponse:
    """A draft with nothing in it; funding takes two people."""
    form = ProgrammeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = _made(request, form.cleaned_data)
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(request, _("Made. Fund it, then open it."))
            return HttpResponseRedirect(columns.admin_url(Programme, made.pk))
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "form": form,
        "button": _("Make it"),
        "back": reverse("admin:launchpad_programme_changelist"),
    }
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "wallets/custody/form.html", context, status=status)


def _made(request: HttpRequest, values: dict[str, Any]) -> Programme:
    asset = Asset.objects.filter(code=values["asset"].strip().upper()).first()
    return opening.create_programme(
        kind=values["kind"],
        name=values["name"],
        asset_id=asset.pk if asset else 0,
        actor=actor_of(request),
    )
