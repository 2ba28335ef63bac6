"""Staff screens: who takes part in a sale, and what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.portal import columns, filters, lookups
from exchange.portal.desks import LAUNCHPAD, SUPPORT
from exchange.portal.screens import ReadOnlyAdmin
from launchpad.sales.models import Subscription


def latest_of_customer(customer_id: int) -> list[int]:
    rows = Subscription.objects.filter(customer_id=customer_id).order_by("-pk")
    return list(rows.values_list("pk", flat=True)[: lookups.MOST_HITS])


def customer(row: Subscription) -> Any:
    return columns.link("customer", row.customer_id, _("customer %(id)s") % {"id": row.customer_id})


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    desks = ((LAUNCHPAD, 32), (SUPPORT, 60))
    menu_label = gettext_lazy("Subscriptions")
    says = gettext_lazy("Everybody's place in every sale.")
    empty_says = gettext_lazy("Places appear when customers commit money to a sale.")
    list_select_related = ("sale__asset", "sale__quote")
    lookups = (
        lookups.by_id(Subscription),
        lookups.by_word("customer", gettext_lazy("“customer 42”"), latest_of_customer),
    )
    list_filter = (filters.text(field="sale", title=gettext_lazy("sale"), placeholder="7"),)
    numeric = ("committed", "allocated", "refunded")
    list_display = (
        columns.identifier("pk", gettext_lazy("subscription")),
        columns.computed("sale", gettext_lazy("sale"), lambda row: row.sale.name),
        columns.computed("customer", gettext_lazy("customer"), customer),
        "place",
        columns.computed(
            "committed",
            gettext_lazy("committed"),
            lambda row: columns.money(row.committed, row.sale.quote.code),
        ),
        columns.computed(
            "allocated",
            gettext_lazy("allocated"),
            lambda row: columns.money(row.allocated, row.sale.asset.code),
        ),
        columns.computed(
            "refunded",
            gettext_lazy("refunded"),
            lambda row: columns.money(row.refunded, row.sale.quote.code),
        ),
        columns.when("settled_at", gettext_lazy("settled")),
    )
    sections = (
        (
            gettext_lazy("Place"),
            (*list_display[1:5], columns.when("created_at", gettext_lazy("since"))),
        ),
        (
            gettext_lazy("Result"),
            (
                *list_display[5:],
                columns.computed(
                    "released",
                    gettext_lazy("tokens released"),
                    lambda row: columns.money(row.released, row.sale.asset.code),
                ),
                columns.computed(
                    "bmx",
                    gettext_lazy("BMX on average"),
                    lambda row: columns.money(row.bmx_held, "BMX"),
                ),
                columns.identifier("code", gettext_lazy("code in the files")),
                columns.computed(
                    "left_out",
                    gettext_lazy("left out at the close"),
                    lambda row: row.get_left_out_display() or "—",
                ),
            ),
        ),
    )
