"""What staff do with a list of rewards."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.portal.actions import ReasonForm, StaffAction
from launchpad.earn import reward_files
from launchpad.earn.models import Product


class ListForm(ReasonForm):
    """The lines of a file."""

    lines = forms.CharField(
        label=gettext_lazy("Lines: day, amount, validator, transaction"),
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )
    field_order = ("lines", "reason")


class BookList(StaffAction):
    name = "reward-list"
    label = gettext_lazy("Book a list of rewards")
    permission = "launchpad.book_arrival"
    icon = "coins"
    form_class = ListForm
    intro = gettext_lazy(
        "As validators' operators export them. A line that was booked before is not booked again."
    )

    def preview(self, row: Product) -> str:
        return _("each line is shared out by its own day")

    def skips(self, row: Product) -> str:
        if row.earns != Product.Earns.ARRIVALS or row.state == Product.State.DRAFT:
            return _("nothing arrives for it")
        return ""

    def run(self, *, row: Product, actor: Actor, values: dict[str, Any]) -> str:
        found = reward_files.book_list(product_id=row.pk, text=values["lines"], actor=actor)
        words = _("%(n)s are booked") % {"n": found.booked}
        return "; ".join([words, *found.refused[:10]])
