"""Screen one name by hand: what a list would say of somebody who is no customer yet."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.screening import explain, queries, search
from compliance.screening.folding import ENTITY, PERSON
from compliance.screening.models import ListEntry
from compliance.screening.names import Match
from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.portal import columns
from exchange.portal.desks import COMPLIANCE, page
from exchange.portal.tables import Head, Table

NEAR = 600


class NameForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=search.LONGEST,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Of"),
        required=False,
        choices=(
            ("", gettext_lazy("anybody")),
            (PERSON, gettext_lazy("a person")),
            (ENTITY, gettext_lazy("a company")),
        ),
    )
    born = forms.CharField(
        label=gettext_lazy("Born"),
        required=False,
        max_length=10,
        help_text=gettext_lazy("A day or a year: 1971-03-25, 1971."),
    )
    country = forms.CharField(label=gettext_lazy("Country"), required=False, max_length=60)
    near = forms.BooleanField(label=gettext_lazy("Show near misses too"), required=False)


@page(
    desk=COMPLIANCE,
    path="compliance/screen-name/",
    name="screen-name",
    label=gettext_lazy("Screen a name"),
    says=gettext_lazy("Compare one name with every list that is loaded."),
    permission=search.PERMISSION,
    order=13,
)
def screen_name(request: HttpRequest) -> HttpResponse:
    """By POST, so that names stand in no address and no log of a proxy."""
    form = NameForm(request.POST or None)
    table = _found(request, form) if request.method == "POST" and form.is_valid() else None
    entries, addresses = queries.standing_counts()
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "form": form,
        "table": table,
        "entries": entries,
        "addresses": addresses,
    }
    return TemplateResponse(request, "admin/compliance/screen_name.html", context)


def _found(request: HttpRequest, form: NameForm) -> Table | None:
    values = form.cleaned_data
    try:
        matches = search.screen_name(
            name=values["name"],
            kind=values["kind"],
            births=[values["born"].strip()] if values["born"].strip() else [],
            countries=[values["country"]] if values["country"] else [],
            floor=NEAR if values["near"] else 700,
            actor=actor_of(request),
        )
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return None
    return Table(
        title=_("Who may be meant"),
        heads=[
            Head(_("Score"), numeric=True),
            Head(_("Listed")),
            Head(_("As")),
            Head(_("Born")),
            Head(_("Countries")),
            Head(_("Why")),
        ],
        rows=[_row(match) for match in matches],
        empty=_("No list names anybody like this."),
        note=_("Of 1000; from 700 on a customer of this name would be a hit."),
    )


def _row(match: Match) -> tuple[Any, ...]:
    entry = match.listed
    why = [
        explain.words_of({**asdict(part), "points": round(part.letters * 1000)})
        for part in match.parts
    ]
    return (
        match.score,
        columns.link(ListEntry, entry.pk, f"{entry.source} {entry.uid}"),
        match.listed_name,
        ", ".join(entry.births) or columns.NOTHING,
        ", ".join(entry.countries[:4]) or columns.NOTHING,
        " ".join(why[:8]),
    )
