"""Staff screens: debts that forks left behind."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.portal import columns, lookups
from exchange.portal.actions import StaffAction
from exchange.portal.columns import amount_text
from exchange.portal.desks import COMPLIANCE, TREASURY
from exchange.portal.screens import ReadOnlyAdmin
from wallets.deposits import debts
from wallets.deposits.models import Deposit, ReorgDebt


class ProposeCollection(StaffAction):
    name = "propose-collection"
    label = gettext_lazy("Propose to collect")
    permission = debts.PERMISSION
    icon = "check"
    danger = True
    intro = gettext_lazy(
        "Takes what is owed from what the customer has available, once a colleague agrees. What "
        "waits in orders is not touched."
    )

    def preview(self, row: ReorgDebt) -> str:
        return _("up to %(amount)s %(asset)s from customer %(id)s") % {
            "amount": amount_text(row.owed),
            "asset": row.asset.code,
            "id": row.customer_id,
        }

    def skips(self, row: ReorgDebt) -> str:
        return "" if row.owed else _("paid already")

    def run(self, *, row: ReorgDebt, actor: Actor, values: dict[str, Any]) -> str:
        asked = debts.propose_collection(debt_id=row.pk, actor=actor, reason=values["reason"])
        return _("proposal %(id)s waits for a colleague") % {"id": asked.pk}


def standing(row: ReorgDebt) -> Any:
    if row.owed:
        return columns.badge(columns.BAD, _("owed"))
    return columns.badge(columns.OK, _("paid"))


@admin.register(ReorgDebt)
class ReorgDebtAdmin(ReadOnlyAdmin):
    desks = ((TREASURY, 35), (COMPLIANCE, 45))
    menu_label = gettext_lazy("Debts after forks")
    says = gettext_lazy("Credits that a chain took back after they were spent.")
    empty_says = gettext_lazy("Nobody spent a credit that a fork took back.")
    list_select_related = ("asset",)
    lookups = (
        lookups.by_id(ReorgDebt),
        lookups.by_number(ReorgDebt, "customer_id", gettext_lazy("customer’s number")),
    )
    row_actions = (ProposeCollection,)
    numeric = ("owed", "amount", "paid")
    list_display = (
        columns.when("created_at", gettext_lazy("since")),
        columns.computed(
            "customer",
            gettext_lazy("customer"),
            lambda row: columns.link("customer", row.customer_id, f"customer {row.customer_id}"),
        ),
        columns.computed("standing", gettext_lazy("now"), standing),
        columns.computed(
            "owed", gettext_lazy("owed"), lambda row: columns.money(row.owed, row.asset.code)
        ),
        columns.amount("amount", gettext_lazy("was missing"), "asset__code"),
        columns.amount("paid", gettext_lazy("came back"), "asset__code"),
        columns.computed(
            "deposit",
            gettext_lazy("deposit"),
            lambda row: columns.link(Deposit, row.deposit_id, f"deposit {row.deposit_id}"),
        ),
    )
    sections = ((gettext_lazy("Debt"), list_display),)
