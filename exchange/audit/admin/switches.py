"""Staff screens: kill switches."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.audit.switches import throw_switch
from exchange.core import switches
from exchange.core.actors import Actor
from exchange.core.models import Switch
from exchange.portal import cards, columns
from exchange.portal.actions import StaffAction
from exchange.portal.desks import INCIDENTS
from exchange.portal.screens import ReadOnlyAdmin

WHAT_CLOSES = {
    switches.TRADING: gettext_lazy("New orders in every market. Cancelling stays possible."),
    switches.WITHDRAWALS: gettext_lazy("Every withdrawal, requested ones included."),
    switches.DEPOSITS: gettext_lazy("Crediting of deposits. They are detected and wait."),
    switches.SIGN_UP: gettext_lazy("New accounts."),
    switches.API: gettext_lazy("The API for customers' programs. Pages stay up."),
}
OPEN_BADGE = columns.badge(columns.OK, gettext_lazy("open"))
CLOSED_BADGE = columns.badge(columns.BAD, gettext_lazy("closed"))


class CloseSwitch(StaffAction):
    name = "close"
    label = gettext_lazy("Close")
    permission = "exchange.throw_switch"
    icon = "stop"
    danger = True
    intro = gettext_lazy(
        "Takes effect at once, for everybody: whatever starts afterwards is refused. Closing needs "
        "one person; so does opening again."
    )

    def preview(self, row: Switch) -> str:
        return _("Closes. %(what)s") % {"what": WHAT_CLOSES.get(row.name, "")}

    def skips(self, row: Switch) -> str:
        return _("closed already") if row.closed else ""

    def run(self, *, row: Switch, actor: Actor, values: dict[str, Any]) -> str:
        throw_switch(name=row.name, close=True, actor=actor, reason=values["reason"])
        return _("is closed")


class OpenSwitch(StaffAction):
    name = "open"
    label = gettext_lazy("Open")
    permission = "exchange.throw_switch"
    icon = "play"
    intro = gettext_lazy("Lets everybody in again, at once.")

    def preview(self, row: Switch) -> str:
        return _("Opens. It was closed by %(who)s: %(why)s") % {
            "who": row.changed_by or "?",
            "why": row.reason or "—",
        }

    def skips(self, row: Switch) -> str:
        return "" if row.closed else _("open already")

    def run(self, *, row: Switch, actor: Actor, values: dict[str, Any]) -> str:
        throw_switch(name=row.name, close=False, actor=actor, reason=values["reason"])
        return _("is open")


@admin.register(Switch)
class SwitchAdmin(ReadOnlyAdmin):
    desks = ((INCIDENTS, 10),)
    menu_label = gettext_lazy("Kill switches")
    says = gettext_lazy("Close trading, withdrawals or the door for everybody, with one reason.")
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
            "closes", gettext_lazy("what it closes"), lambda row: WHAT_CLOSES.get(row.name, "")
        ),
        "reason",
        columns.when("changed_at", gettext_lazy("thrown")),
        columns.identifier("changed_by", gettext_lazy("by")),
    )
    sections = ((gettext_lazy("Switch"), list_display),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Switch]:
        """A switch that was never thrown has no row yet; staff must be able to throw it."""
        present = set(Switch.objects.values_list("name", flat=True))
        if missing := sorted(switches.KNOWN - present):
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
