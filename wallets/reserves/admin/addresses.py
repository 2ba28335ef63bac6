"""Staff screens: addresses of a snapshot, what each must sign, and whether it has."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.money import from_units
from exchange.portal import columns, filters, lookups
from exchange.portal.desks import TREASURY
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from wallets.reserves.models import ReserveAddress

SIGNED = (columns.OK, gettext_lazy("signed"))
NOT_SIGNED = (columns.WATCH, gettext_lazy("not signed"))


@admin.register(ReserveAddress)
class ReserveAddressAdmin(ReadOnlyAdmin):
    desks = ((TREASURY, 62),)
    menu_label = gettext_lazy("Ownership proofs")
    says = gettext_lazy("Every address that held something at a snapshot, and its signature.")
    empty_says = gettext_lazy("Addresses appear with the first snapshot.")
    list_select_related = ("network", "snapshot")
    lookups = (lookups.by_id(ReserveAddress),)
    list_filter = (filters.text(field="snapshot", title=gettext_lazy("snapshot")),)
    list_display = (
        columns.computed(
            "snapshot",
            gettext_lazy("snapshot"),
            lambda row: columns.link("wallets.snapshot", row.snapshot_id, row.snapshot.name),
        ),
        columns.computed("network", gettext_lazy("network"), lambda row: row.network.code),
        columns.identifier("written", gettext_lazy("address")),
        "role",
        columns.flag("proved_at", gettext_lazy("proof"), yes=SIGNED, no=NOT_SIGNED),
        "last_error",
    )
    sections = (
        (gettext_lazy("Address"), list_display),
        (
            gettext_lazy("Proof"),
            (
                columns.identifier("message", gettext_lazy("text")),
                columns.identifier("signature", gettext_lazy("signature")),
                columns.when("proved_at", gettext_lazy("signed")),
                columns.identifier("proved_by", gettext_lazy("by")),
                columns.computed(
                    "parts",
                    gettext_lazy("cosigners so far"),
                    lambda row: ", ".join(key[:16] for key in row.partial) or columns.NOTHING,
                ),
            ),
        ),
    )

    def row_title(self, row: ReserveAddress) -> str:
        return row.written

    def headline(self, row: ReserveAddress) -> Any:
        return columns.badge(*(SIGNED if row.proved_at else NOT_SIGNED))

    def tables(self, request: HttpRequest, row: ReserveAddress) -> list[Table]:
        return [
            Table(
                title=_("Held at block %(height)s") % {"height": row.height},
                heads=[Head(_("Asset")), Head(_("Amount"), numeric=True)],
                rows=[
                    (held.asset.code, columns.money(from_units(int(held.units), held.decimals)))
                    for held in row.holdings.select_related("asset")
                ],
                empty=_("Nothing."),
            )
        ]
