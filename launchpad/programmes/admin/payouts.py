"""Staff screens: payouts, how far each is, and what may still be done about it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.core.money import plain
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import StaffAction
from exchange.portal.desks import LAUNCHPAD
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from launchpad.programmes import cancel, payouts, queries
from launchpad.programmes.models import Payout

State = Payout.State
TONES = {
    State.PREPARING: columns.WATCH,
    State.READY: columns.INFO,
    State.PAYING: columns.INFO,
    State.PAID: columns.OK,
    State.SHORT: columns.BAD,
    State.CANCELLED: columns.QUIET,
}
LINES = 50


class Cancel(StaffAction):
    name = "cancel"
    label = gettext_lazy("Cancel")
    permission = "launchpad.cancel_payout"
    icon = "close"
    danger = True
    intro = gettext_lazy(
        "Nobody of it is paid, for good. Where customers earned it, a colleague has to approve."
    )

    def preview(self, row: Payout) -> str:
        return _("%(people)s people do not get %(total)s") % {
            "people": f"{row.lines:,}",
            "total": plain(row.total),
        }

    def skips(self, row: Payout) -> str:
        open_yet = row.state in (State.PREPARING, State.READY, State.SHORT)
        return "" if open_yet else _("it is %(state)s") % {"state": row.state}

    def run(self, *, row: Payout, actor: Actor, values: dict[str, Any]) -> str:
        if cancel.is_owed(row):
            asked = cancel.propose(payout_id=row.pk, actor=actor, reason=values["reason"])
            return _("is proposed (proposal %(id)s)") % {"id": asked.pk}
        cancel.cancel(payout_id=row.pk, actor=actor, reason=values["reason"])
        return _("is cancelled")


class GoOn(StaffAction):
    name = "go-on"
    label = gettext_lazy("Go on")
    permission = "launchpad.resume_programme"
    icon = "check"
    intro = gettext_lazy(
        "Wakes a worker up. The sweep does it by itself every quarter of a minute, unless the "
        "programme is stopped: then fund it and let the programme go on."
    )

    def preview(self, row: Payout) -> str:
        return _("%(left)s of %(all)s people are to be paid") % {
            "left": f"{row.lines - row.paid_lines:,}",
            "all": f"{row.lines:,}",
        }

    def skips(self, row: Payout) -> str:
        waits = row.state in (State.READY, State.PAYING)
        return "" if waits else _("it is %(state)s") % {"state": row.state}

    def run(self, *, row: Payout, actor: Actor, values: dict[str, Any]) -> str:
        actor.require(self.permission)
        payouts.wake(row.pk)
        return _("a worker is asked")


def progress_of(row: Payout) -> dict[str, Any] | None:
    """How far it is; None when there is nothing to watch."""
    if row.state not in (State.READY, State.PAYING):
        return None
    return {
        "lines": row.lines,
        "done": row.paid_lines,
        "percent": row.paid_lines * 100 // row.lines if row.lines else 0,
        "paid": plain(row.paid),
        "total": plain(row.total),
        "asset": row.programme.asset.code,
    }


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    desks = ((LAUNCHPAD, 11),)
    menu_label = gettext_lazy("Payouts")
    says = gettext_lazy("Everybody of a payout is paid, or nobody.")
    empty_says = gettext_lazy("Savings, rewards and sales prepare payouts; each stands here.")
    ordering = ("-pk",)
    change_form_template = "launchpad/programmes/admin_payout.html"
    list_select_related = ("programme__asset",)
    lookups = (
        lookups.by_id(Payout),
        lookups.by_number(Payout, "programme", gettext_lazy("programme")),
    )
    list_filter = (
        filters.choice(
            field="state", title=gettext_lazy("state"), options=State.choices, indexed=False
        ),
    )
    row_actions = (GoOn, Cancel)
    numeric = ("people", "total", "paid")
    list_display = (
        columns.identifier("key", gettext_lazy("payout")),
        columns.state("state", gettext_lazy("state"), TONES),
        columns.related(
            "programme", gettext_lazy("programme"), "launchpad.Programme",
            lambda row: (row.programme_id, row.programme.name),
        ),
        columns.computed("people", gettext_lazy("people"), lambda row: f"{row.lines:,}"),
        columns.amount("total", gettext_lazy("total"), "programme__asset__code"),
        columns.amount("paid", gettext_lazy("paid"), "programme__asset__code"),
        columns.when("prepared_at", gettext_lazy("prepared")),
    )  # fmt: skip
    sections = (
        (
            gettext_lazy("Payout"),
            (
                *list_display,
                columns.amount("remainder", gettext_lazy("to rounding")),
                columns.computed("paid_lines", gettext_lazy("paid people"), lambda r: r.paid_lines),
                columns.computed("batches", gettext_lazy("entries"), lambda row: row.batches),
                columns.computed(
                    "digest",
                    gettext_lazy("digest of its lines"),
                    lambda row: columns.mono(bytes(row.digest).hex()),
                ),
                columns.when("started_at", gettext_lazy("began")),
                columns.when("finished_at", gettext_lazy("ended")),
            ),
        ),
    )

    def row_title(self, row: Payout) -> str:
        return row.key

    def headline(self, row: Payout) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())

    def notice(self, request: HttpRequest, row: Payout) -> Any:
        return row.programme.stopped_because if row.state == State.SHORT else ""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        row = self.get_object(request, object_id)
        extra = {"progress": progress_of(row) if row else None, **(extra_context or {})}
        if "progress" in request.GET and row and self.has_view_permission(request, row):
            return TemplateResponse(request, "launchpad/programmes/admin_progress.html", extra)
        return super().change_view(request, object_id, form_url, extra)

    def tables(self, request: HttpRequest, row: Payout) -> list[Table]:
        lines = queries.lines_of(row.pk, limit=LINES)
        return [
            Table(
                title=_("The first %(n)s lines") % {"n": len(lines)},
                heads=[
                    Head(_("Number"), numeric=True), Head(_("Customer")), Head(_("For")),
                    Head(_("Amount"), numeric=True), Head(_("Paid")),
                ],
                rows=[
                    (
                        columns.whole(each.number),
                        columns.link("exchange.Customer", each.customer_id, each.customer_id),
                        each.of,
                        columns.money(each.amount, row.programme.asset.code),
                        _("yes") if each.number <= row.paid_lines else _("not yet"),
                    )
                    for each in lines
                ],
                empty=_("It has no lines."),
            )
        ]  # fmt: skip
