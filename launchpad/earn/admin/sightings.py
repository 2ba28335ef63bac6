"""Staff screen: what arrived at the addresses that validators pay, and what became of it."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.core.errors import Conflict
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.desks import LAUNCHPAD
from exchange.portal.screens import ReadOnlyAdmin
from launchpad.earn import watching
from launchpad.earn.sightings import Sighting
from wallets.chains.interface import ChainUnavailable

State = Sighting.State
TONES = {
    State.SEEN: columns.WATCH,
    State.BOOKED: columns.OK,
    State.IGNORED: columns.QUIET,
    State.GONE: columns.BAD,
}


class DayForm(ReasonForm):
    """On which day it was earned, if not on its block's."""

    day = forms.DateField(
        label=gettext_lazy("Earned on the day (empty: its block's)"), required=False
    )
    field_order = ("day", "reason")


class Confirm(StaffAction):
    name = "confirm"
    label = gettext_lazy("Book it as a reward")
    permission = "launchpad.book_arrival"
    icon = "check"
    form_class: ClassVar[type[forms.Form]] = DayForm
    intro = gettext_lazy("The chain is asked once more, and it is shared out.")

    def preview(self, row: Sighting) -> str:
        return f"{row.network} {row.txid}"

    def skips(self, row: Sighting) -> str:
        return "" if row.state == State.SEEN else row.get_state_display()

    def run(self, *, row: Sighting, actor: Actor, values: dict[str, Any]) -> str:
        try:
            watching.confirm(sighting_id=row.pk, actor=actor, day=values.get("day"))
        except ChainUnavailable as error:
            raise Conflict(_("The chain does not answer: %(why)s") % {"why": error}) from error
        return _("is booked")


class Ignore(Confirm):
    name = "ignore"
    label = gettext_lazy("It is no reward")
    icon = "close"
    form_class = ReasonForm
    intro = gettext_lazy("Nothing is shared out. It stays as a difference until it is explained.")

    def run(self, *, row: Sighting, actor: Actor, values: dict[str, Any]) -> str:
        watching.ignore(sighting_id=row.pk, actor=actor, reason=values["reason"])
        return _("is left alone")


@admin.register(Sighting)
class SightingAdmin(ReadOnlyAdmin):
    desks = ((LAUNCHPAD, 23),)
    menu_label = gettext_lazy("Rewards seen")
    says = gettext_lazy("What the chain paid to the addresses that validators pay.")
    empty_says = gettext_lazy("Have an address watched on a product that lives from arrivals.")
    ordering = ("-pk",)
    list_select_related = ("at_address__product__asset",)
    lookups = (lookups.by_id(Sighting),)
    row_actions = (Confirm, Ignore)
    list_filter = (
        filters.choice(
            field="state", title=gettext_lazy("state"), options=State.choices, indexed=False
        ),
    )
    numeric = ("amount", "height")
    list_display = (
        columns.identifier("pk", gettext_lazy("payment")),
        columns.state("state", gettext_lazy("state"), TONES),
        columns.computed(
            "product", gettext_lazy("product"), lambda row: row.at_address.product.name
        ),
        columns.amount("amount", gettext_lazy("amount"), "at_address__product__asset__code"),
        "network",
        "height",
        columns.when("mined_at", gettext_lazy("mined")),
    )
    sections = (
        (
            gettext_lazy("Payment"),
            (
                *list_display,
                columns.computed(
                    "txid", gettext_lazy("transaction"), lambda row: columns.mono(row.txid)
                ),
                "number",
                columns.computed(
                    "address",
                    gettext_lazy("paid"),
                    lambda row: columns.mono(row.at_address.address),
                ),
                columns.computed(
                    "reason", gettext_lazy("why"), lambda row: row.why or columns.NOTHING
                ),
            ),
        ),
    )

    def row_title(self, row: Sighting) -> str:
        return str(row)

    def headline(self, row: Sighting) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())
