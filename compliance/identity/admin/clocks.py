"""Writing down what was found about public offices."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.identity import pep
from compliance.identity.models import PepReview
from compliance.identity.words import Office
from exchange.core.actors import Actor
from exchange.portal.actions import ReasonForm, StaffAction


class FoundForm(ReasonForm):
    office = forms.ChoiceField(label=gettext_lazy("What they are"), choices=Office.choices)
    source_of_funds = forms.CharField(
        label=gettext_lazy("Where the funds come from"), required=False, max_length=500
    )
    source_of_wealth = forms.CharField(
        label=gettext_lazy("Where their wealth comes from"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Both are needed when there is a public office."),
    )


class Conclude(StaffAction):
    name = "conclude"
    label = gettext_lazy("Conclude")
    permission = pep.PERMISSION
    intro = gettext_lazy(
        "Write down whether they hold a public office, and how that was found out."
    )
    icon = "check"
    form_class = FoundForm

    def preview(self, row: PepReview) -> str:
        return _("Due on %(day)s: the clock stops.") % {"day": row.due}

    def skips(self, row: PepReview) -> str:
        return "" if row.state == PepReview.State.OPEN else _("It is concluded already.")

    def run(self, *, row: PepReview, actor: Actor, values: dict[str, Any]) -> str:
        done = pep.conclude(
            review_id=row.pk,
            office=values["office"],
            findings=values["reason"],
            source_of_funds=values["source_of_funds"],
            source_of_wealth=values["source_of_wealth"],
            actor=actor,
        )
        return _("Concluded: %(office)s.") % {"office": Office(done.office).label}
