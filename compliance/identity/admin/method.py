"""Recording another method of verification on the desk: what each needs stands beside the form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.identity import jurisdictions, methods
from compliance.identity.models import Application
from compliance.identity.words import Method, Paper
from exchange.core.actors import Actor
from exchange.portal.tables import Head, Table

LINES = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})


class MethodForm(forms.Form):
    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=Method.choices)
    document_type = forms.ChoiceField(
        label=gettext_lazy("Document"), required=False, choices=[("", "—"), *Paper.choices]
    )
    number = forms.CharField(label=gettext_lazy("Its number"), required=False, max_length=60)
    issuer = forms.CharField(label=gettext_lazy("Issuer"), required=False, max_length=120)
    jurisdiction = forms.ChoiceField(
        label=gettext_lazy("Jurisdiction"),
        required=False,
        choices=lambda: [("", "—"), *jurisdictions.names()],
    )
    expires_on = forms.DateField(label=gettext_lazy("Expires on"), required=False)
    source_1 = forms.CharField(
        label=gettext_lazy("First source"),
        required=False,
        max_length=900,
        widget=LINES,
        help_text=gettext_lazy("One entry a line, as in “name: Bank of Kiel”."),
    )
    source_2 = forms.CharField(
        label=gettext_lazy("Second source"), required=False, max_length=900, widget=LINES
    )


def record(row: Application, values: dict[str, Any], actor: Actor) -> None:
    """Raises as methods.verify."""
    given = {name: values[name] for name in values if not name.startswith("source_")}
    written = [values["source_1"], values["source_2"]]
    sources = [_entries(text) for text in written if text.strip()]
    methods.verify(application_id=row.pk, sources=sources, actor=actor, **given)


def recorded(row: Application) -> Table:
    """How they were verified, as FINTRAC's examiners read it."""
    return Table(
        title=_("How identity was verified"),
        heads=[Head(_("Method")), Head(_("On")), Head(_("By")), Head(_("With"))],
        rows=[
            [
                Method(v.method).label,
                v.verified_on,
                v.verified_by,
                ", ".join(
                    filter(
                        None,
                        (
                            v.document_type, v.issuer, v.jurisdiction,
                            *(str(source.get("name", "")) for source in v.sources),
                        ),
                    )
                ),
            ]
            for v in row.verifications.order_by("-id")[:20]
        ],
        empty=_("Nothing yet: approving records the document that was shown."),
        note=_("Dual-process: name, kind, number, confirms (%(what)s) of two sources.")
        % {"what": ", ".join(methods.CONFIRMS)},
    )  # fmt: skip


def _entries(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, _colon, value in pairs if name.strip()}
