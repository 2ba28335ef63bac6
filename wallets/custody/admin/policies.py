"""Staff screens: how each asset is spread over hot and cold, and the proposal to change it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.portal import columns
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.desks import TREASURY
from exchange.portal.screens import ReadOnlyAdmin
from wallets.custody import policy
from wallets.custody.admin.board import percent
from wallets.custody.models import WHOLE, WalletPolicy

WORDS = {
    "cold_minimum_bp": gettext_lazy("cold, at least"),
    "hot_target_bp": gettext_lazy("hot, target"),
    "hot_high_bp": gettext_lazy("hot, at most"),
    "hot_low_bp": gettext_lazy("hot, at least"),
    "outflow_deviations": gettext_lazy("outflow, deviations"),
    "outflow_share_bp": gettext_lazy("outflow, and this share"),
    "outflow_alone_bp": gettext_lazy("outflow, this share alone"),
}


class PolicyForm(ReasonForm):
    """One figure at a time, so that the proposal says what changes."""

    asset = forms.CharField(
        label=gettext_lazy("Asset"),
        required=False,
        max_length=15,
        help_text=gettext_lazy("Empty: every asset that has no policy of its own."),
    )
    what = forms.ChoiceField(label=gettext_lazy("What"), choices=list(WORDS.items()))
    value = forms.IntegerField(
        label=gettext_lazy("New value"),
        min_value=0,
        max_value=WHOLE,
        help_text=gettext_lazy("In basis points (100 are 1 %), deviations as they are."),
    )
    field_order = ("asset", "what", "value", "reason")


class ProposePolicy(StaffAction):
    name = "propose"
    label = gettext_lazy("Propose a change")
    permission = policy.CHANGE
    icon = "pencil"
    form_class = PolicyForm
    intro = gettext_lazy("A colleague has to approve it before anything changes.")

    def preview(self, row: WalletPolicy) -> str:
        return _("cold at least %(cold)s, hot %(low)s to %(high)s") % {
            "cold": percent(row.cold_minimum_bp),
            "low": percent(row.hot_low_bp),
            "high": percent(row.hot_high_bp),
        }

    def run(self, *, row: WalletPolicy, actor: Actor, values: dict[str, Any]) -> str:
        asked = policy.propose_policy(
            asset=values["asset"].strip().upper(),
            shares={values["what"]: values["value"]},
            actor=actor,
            reason=values["reason"],
        )
        return _("is proposed (proposal %(id)s)") % {"id": asked.pk}


def share(name: str) -> Any:
    return columns.computed(name, WORDS[name], lambda row: percent(getattr(row, name)))


@admin.register(WalletPolicy)
class WalletPolicyAdmin(ReadOnlyAdmin):
    desks = ((TREASURY, 17),)
    menu_label = gettext_lazy("Wallet policies")
    says = gettext_lazy("How much of an asset may be hot, and what outflow is suspicious.")
    big = False
    ordering = ("asset__rank",)
    list_select_related = ("asset",)
    row_actions = (ProposePolicy,)
    list_display = (
        columns.computed(
            "asset_code",
            gettext_lazy("asset"),
            lambda row: row.asset.code if row.asset else _("every other"),
        ),
        share("cold_minimum_bp"),
        share("hot_low_bp"),
        share("hot_target_bp"),
        share("hot_high_bp"),
        "outflow_deviations",
        columns.when("changed_at", gettext_lazy("changed")),
    )
    sections = (
        (
            gettext_lazy("Policy"),
            (*list_display, share("outflow_share_bp"), share("outflow_alone_bp")),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[WalletPolicy]:
        """The policy of every asset has a row from the first look on, so that it can be changed."""
        if not WalletPolicy.objects.filter(asset__isnull=True).exists():
            WalletPolicy.objects.get_or_create(asset=None)
        return super().get_queryset(request)

    def row_title(self, row: WalletPolicy) -> str:
        return str(row)
