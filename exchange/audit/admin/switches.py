"""Staff screens: kill switches."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.audit.switches import propose_opening, throw_switch
from exchange.core import switches
from exchange.core.actors import Actor
from exchange.core.models import Switch
from exchange.portal import cards, columns
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.desks import INCIDENTS
from exchange.portal.screens import ReadOnlyAdmin

WHAT_CLOSES = {
    switches.TRADING: gettext_lazy("New orders in every market. Cancelling stays possible."),
    switches.WITHDRAWALS: gettext_lazy("Every withdrawal, requested ones included."),
    switches.DEPOSITS: gettext_lazy("Crediting of deposits. They are detected and wait."),
    switches.SIGN_UP: gettext_lazy("New accounts."),
    switches.API: gettext_lazy("The API for customers' programs. Pages stay up."),
}
WHAT_FAMILIES_CLOSE = {
    "withdrawals:asset": gettext_lazy("Withdrawals of %(about)s over every network."),
    "withdrawals:network": gettext_lazy("Withdrawals of every asset over %(about)s."),
    "deposits:asset": gettext_lazy("Crediting deposits of %(about)s."),
    "deposits:network": gettext_lazy("Crediting deposits over %(about)s."),
    "wallet": gettext_lazy("Everything that the wallet %(about)s pays: it signs nothing more."),
}


def what_closes(name: str) -> str:
    """What a switch closes, in words; empty for a family that no room describes."""
    if name in WHAT_CLOSES:
        return str(WHAT_CLOSES[name])
    family, _, about = name.rpartition(":")
    return str(WHAT_FAMILIES_CLOSE.get(family, "")) % {"about": about}


OPEN_BADGE = columns.badge(columns.OK, gettext_lazy("open"))
CLOSED_BADGE = columns.badge(columns.BAD, gettext_lazy("closed"))


class CloseForm(ReasonForm):
    """Why, and in other words for those who stand before a closed door."""

    customer_message = forms.CharField(
        label=gettext_lazy("What customers are told"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Left empty they are told that it is closed for the moment."),
    )
    field_order = ("reason", "customer_message")


class CloseSwitch(StaffAction):
    name = "close"
    form_class = CloseForm
    label = gettext_lazy("Close")
    permission = "exchange.throw_switch"
    icon = "stop"
    danger = True
    intro = gettext_lazy(
        "Takes effect at once, for everybody: whatever starts afterwards is refused. Closing needs "
        "one person; opening again what lets money out needs two."
    )

    def preview(self, row: Switch) -> str:
        return _("Closes. %(what)s") % {"what": what_closes(row.name)}

    def skips(self, row: Switch) -> str:
        return _("closed already") if row.closed else ""

    def run(self, *, row: Switch, actor: Actor, values: dict[str, Any]) -> str:
        throw_switch(
            name=row.name,
            close=True,
            actor=actor,
            reason=values["reason"],
            customer_message=values["customer_message"],
        )
        return _("is closed")


class OpenSwitch(StaffAction):
    name = "open"
    label = gettext_lazy("Open")
    permission = "exchange.throw_switch"
    icon = "play"
    intro = gettext_lazy(
        "Lets everybody in again, at once. For what lets money out this asks a second person: "
        "nothing opens until a colleague approves it."
    )

    def preview(self, row: Switch) -> str:
        if switches.lets_money_out(row.name):
            return _("Proposes opening. It was closed by %(who)s: %(why)s") % {
                "who": row.changed_by or "?",
                "why": row.reason or "—",
            }
        return _("Opens. It was closed by %(who)s: %(why)s") % {
            "who": row.changed_by or "?",
            "why": row.reason or "—",
        }

    def skips(self, row: Switch) -> str:
        return "" if row.closed else _("open already")

    def run(self, *, row: Switch, actor: Actor, values: dict[str, Any]) -> str:
        if switches.lets_money_out(row.name):
            proposal = propose_opening(name=row.name, actor=actor, reason=values["reason"])
            return _("stays closed; proposal %(id)s waits for a colleague") % {"id": proposal.pk}
        throw_switch(name=row.name, close=False, actor=actor, reason=values["reason"])
        return _("is open")


@admin.register(Switch)
class SwitchAdmin(ReadOnlyAdmin):
    desks = ((INCIDENTS, 10),)
    menu_label = gettext_lazy("Kill switches")
    says = gettext_lazy(
        "Close trading, withdrawals, one asset, one network or one wallet for everybody."
    )
    big = False
    ordering = ("-closed", "name")
    row_actions = (CloseSwitch, OpenSwitch)
    list_display = (
        "name",
        columns.flag(
            "closed",
            gettext_lazy("now"),
            yes=(columns.BAD, gettext_lazy("closed")),
            no=(columns.OK, gettext_lazy("open")),
        ),
        columns.computed(
            "closes", gettext_lazy("what it closes"), lambda row: what_closes(row.name)
        ),
        "reason",
        "customer_message",
        columns.when("changed_at", gettext_lazy("thrown")),
        columns.identifier("changed_by", gettext_lazy("by")),
    )
    sections = ((gettext_lazy("Switch"), list_display),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Switch]:
        """A switch that was never thrown has no row yet; staff must be able to throw it."""
        present = set(Switch.objects.values_list("name", flat=True))
        known = switches.KNOWN | {
            f"{prefix}:{name}" for prefix, names in switches.families().items() for name in names
        }
        if missing := sorted(known - present):
            Switch.objects.bulk_create(
                (Switch(name=name) for name in missing), ignore_conflicts=True
            )
        return super().get_queryset(request)

    def row_title(self, row: Switch) -> str:
        return _("Switch: %(name)s") % {"name": row.name}

    def headline(self, row: Switch) -> Any:
        return CLOSED_BADGE if row.closed else OPEN_BADGE


@cards.card(
    key="switches",
    title=gettext_lazy("Kill switches"),
    desk=INCIDENTS,
    permission="exchange.view_switch",
    leads_to="admin:exchange_switch_changelist",
    order=10,
)
def closed_switches() -> cards.Reading:
    closed = list(Switch.objects.filter(closed=True).order_by("changed_at"))
    if not closed:
        return cards.Reading(
            state=cards.OK, number="0", says=_("closed; everything is open to customers")
        )
    return cards.Reading(
        state=cards.BAD,
        number=str(len(closed)),
        says=_("closed"),
        details=[(switch.name, columns.ago(switch.changed_at)) for switch in closed],
    )
