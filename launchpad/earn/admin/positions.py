"""Staff screen: positions, for whoever answers a customer."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.portal import columns, filters, lookups
from exchange.portal.desks import LAUNCHPAD
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from launchpad.earn import queries
from launchpad.earn.models import Position

State = Position.State
TONES = {State.OPEN: columns.OK, State.UNBONDING: columns.WATCH, State.CLOSED: columns.QUIET}


@admin.register(Position)
class PositionAdmin(ReadOnlyAdmin):
    desks = ((LAUNCHPAD, 22),)
    menu_label = gettext_lazy("Positions")
    says = gettext_lazy("What each customer has in which product, and where its interest went.")
    empty_says = gettext_lazy("The first subscription stands here.")
    ordering = ("-pk",)
    list_select_related = ("product__asset",)
    lookups = (lookups.by_id(Position),)
    list_filter = (
        filters.choice(
            field="state", title=gettext_lazy("state"), options=State.choices, indexed=False
        ),
    )
    numeric = ("amount",)
    list_display = (
        columns.identifier("pk", gettext_lazy("position")),
        columns.state("state", gettext_lazy("state"), TONES),
        columns.related(
            "customer_id",
            gettext_lazy("customer"),
            "exchange.Customer",
            lambda row: (row.customer_id, row.customer_id),
        ),
        columns.computed("product", gettext_lazy("product"), lambda row: row.product.name),
        columns.amount("amount", gettext_lazy("amount"), "product__asset__code"),
        columns.when("opened_at", gettext_lazy("opened")),
        columns.when("unlocks_at", gettext_lazy("locked until")),
        columns.when("free_at", gettext_lazy("out on")),
    )
    sections = ((gettext_lazy("Position"), list_display),)

    def headline(self, row: Position) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())

    def tables(self, request: HttpRequest, row: Position) -> list[Table]:
        held = queries.position(customer_id=row.customer_id, position_id=row.pk)
        events = queries.history(customer_id=row.customer_id, position_id=row.pk, limit=50)
        return [
            Table(
                title=_("History"),
                heads=[Head(_("When")), Head(_("What")), Head(_("Amount"), numeric=True)],
                rows=[
                    (columns.moment(each.at), each.kind, columns.signed(each.amount))
                    for each in events
                ],
                empty=_("Nothing has happened to it."),
                note=_("Accrued %(accrued)s, paid %(paid)s, given up %(lost)s")
                % {
                    "accrued": columns.amount_text(held.accrued),
                    "paid": columns.amount_text(held.paid),
                    "lost": columns.amount_text(row.forfeited),
                },
            )
        ]
