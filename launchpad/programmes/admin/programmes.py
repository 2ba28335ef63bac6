"""Staff screens: programmes, what each has and owes, funding, stop and resume."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.core.money import plain
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.desks import LAUNCHPAD, TREASURY
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from launchpad.programmes import fund, queries, stop
from launchpad.programmes import open as opening
from launchpad.programmes.models import Funding, Payout, Programme

State = Programme.State
TONES = {
    State.DRAFT: columns.QUIET,
    State.OPEN: columns.OK,
    State.STOPPED: columns.BAD,
    State.CLOSED: columns.QUIET,
}
SHOWN = 20


class FundForm(ReasonForm):
    """From where, and how much."""

    source = forms.ChoiceField(
        label=gettext_lazy("From"), choices=[(name, name) for name in fund.SOURCES]
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), min_value=0, max_digits=38, decimal_places=18
    )
    field_order = ("source", "amount", "reason")


class Fund(StaffAction):
    name = "fund"
    label = gettext_lazy("Propose funding")
    permission = "launchpad.fund_programme"
    icon = "vault"
    form_class = FundForm
    intro = gettext_lazy("Somebody else has to approve it. Then the money moves at once.")

    def preview(self, row: Programme) -> str:
        found = queries.budget(row)
        return _("has %(has)s, %(missing)s missing for what waits") % {
            "has": columns.amount_text(found.available),
            "missing": columns.amount_text(found.missing),
        }

    def skips(self, row: Programme) -> str:
        return _("it is closed") if row.state == State.CLOSED else ""

    def run(self, *, row: Programme, actor: Actor, values: dict[str, Any]) -> str:
        proposal = fund.propose_funding(
            programme_id=row.pk,
            source=values["source"],
            amount=Decimal(values["amount"]),
            actor=actor,
            reason=values["reason"],
        )
        return _("is proposed (proposal %(id)s)") % {"id": proposal.pk}


class Stop(StaffAction):
    name = "stop"
    label = gettext_lazy("Stop")
    permission = "launchpad.stop_programme"
    icon = "alarm"
    danger = True
    intro = gettext_lazy("No payout begins any more. One that has begun goes to its end.")

    def preview(self, row: Programme) -> str:
        return _("pays nobody until somebody lets it go on")

    def skips(self, row: Programme) -> str:
        return "" if row.state == State.OPEN else _("it is %(state)s") % {"state": row.state}

    def run(self, *, row: Programme, actor: Actor, values: dict[str, Any]) -> str:
        stop.stop(programme_id=row.pk, because=values["reason"], actor=actor)
        return _("is stopped")


class Resume(StaffAction):
    name = "resume"
    label = gettext_lazy("Let it go on")
    permission = "launchpad.resume_programme"
    icon = "check"
    intro = gettext_lazy("Pays everything that waits, the oldest first.")

    def preview(self, row: Programme) -> str:
        found = queries.budget(row)
        if found.missing:
            return _("%(amount)s %(asset)s have to be funded first") % {
                "amount": plain(found.missing),
                "asset": row.asset.code,
            }
        return _("pays %(amount)s %(asset)s") % {
            "amount": plain(found.waiting),
            "asset": row.asset.code,
        }

    def skips(self, row: Programme) -> str:
        return "" if row.state == State.STOPPED else _("it is %(state)s") % {"state": row.state}

    def run(self, *, row: Programme, actor: Actor, values: dict[str, Any]) -> str:
        stop.resume(programme_id=row.pk, actor=actor, reason=values["reason"])
        return _("goes on")


class Open(StaffAction):
    name = "open"
    label = gettext_lazy("Open")
    permission = "launchpad.open_programme"
    icon = "check"
    intro = gettext_lazy("It may pay from now on, as far as it was funded.")

    def preview(self, row: Programme) -> str:
        return _("may pay")

    def skips(self, row: Programme) -> str:
        return "" if row.state == State.DRAFT else _("it is %(state)s") % {"state": row.state}

    def run(self, *, row: Programme, actor: Actor, values: dict[str, Any]) -> str:
        opening.open_programme(programme_id=row.pk, actor=actor)
        return _("is open")


class Close(StaffAction):
    name = "close"
    label = gettext_lazy("Close for good")
    permission = "launchpad.open_programme"
    icon = "close"
    danger = True
    intro = gettext_lazy("It never pays again. What is left can then go back where it came from.")

    def preview(self, row: Programme) -> str:
        return _("is closed")

    def skips(self, row: Programme) -> str:
        return _("it is closed") if row.state == State.CLOSED else ""

    def run(self, *, row: Programme, actor: Actor, values: dict[str, Any]) -> str:
        opening.close(programme_id=row.pk, actor=actor, reason=values["reason"])
        return _("is closed")


class ReturnRest(StaffAction):
    name = "return"
    label = gettext_lazy("Give back what is left")
    permission = "launchpad.fund_programme"
    icon = "vault"
    intro = gettext_lazy("To where it came from, the newest funding first.")

    def preview(self, row: Programme) -> str:
        return _("gives back %(amount)s %(asset)s") % {
            "amount": plain(queries.budget(row).available),
            "asset": row.asset.code,
        }

    def skips(self, row: Programme) -> str:
        return "" if row.state == State.CLOSED else _("it is %(state)s") % {"state": row.state}

    def run(self, *, row: Programme, actor: Actor, values: dict[str, Any]) -> str:
        gone = fund.return_rest(programme_id=row.pk, actor=actor, reason=values["reason"])
        return _("gave back %(amount)s") % {"amount": plain(gone)}


def _name(row: Programme) -> str:
    """Names never meet because some end in a moment; nobody reads its millionths."""
    return re.sub(r"\.\d{6}\)$", ")", row.name)


@admin.register(Programme)
class ProgrammeAdmin(ReadOnlyAdmin):
    desks = ((LAUNCHPAD, 10), (TREASURY, 70))
    menu_label = gettext_lazy("Programmes")
    says = gettext_lazy("What customers are paid from. None can pay more than it has.")
    empty_says = gettext_lazy("Make the first one under “New programme”.")
    big = False
    ordering = ("-pk",)
    list_select_related = ("asset",)
    lookups = (lookups.by_id(Programme),)
    list_filter = (
        filters.choice(
            field="state", title=gettext_lazy("state"), options=State.choices, indexed=False
        ),
    )
    row_actions = (Fund, Resume, Stop, Open, Close, ReturnRest)
    list_display = (
        columns.computed("name", gettext_lazy("programme"), lambda row: _name(row)),
        columns.state("state", gettext_lazy("state"), TONES),
        "kind",
        columns.computed("asset", gettext_lazy("asset"), lambda row: row.asset.code),
        columns.computed(
            "because", gettext_lazy("why it stopped"), lambda row: row.stopped_because[:120]
        ),
    )
    sections = (
        (
            gettext_lazy("Programme"),
            (
                *list_display[:4],
                columns.computed(
                    "available",
                    gettext_lazy("has"),
                    lambda row: columns.money(queries.budget(row).available, row.asset.code),
                ),
                columns.computed(
                    "held",
                    gettext_lazy("is paying"),
                    lambda row: columns.money(queries.budget(row).held, row.asset.code),
                ),
                columns.computed(
                    "waiting",
                    gettext_lazy("waits to be paid"),
                    lambda row: columns.money(queries.budget(row).waiting, row.asset.code),
                ),
                columns.computed(
                    "missing",
                    gettext_lazy("is missing"),
                    lambda row: columns.money(queries.budget(row).missing, row.asset.code),
                ),
            ),
        ),
    )

    def waiting(self, request: HttpRequest) -> QuerySet[Programme] | None:
        if not request.user.has_perm(Resume.permission):
            return None
        return Programme.objects.filter(state=State.STOPPED)

    def row_title(self, row: Programme) -> str:
        return _name(row)

    def headline(self, row: Programme) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())

    def notice(self, request: HttpRequest, row: Programme) -> Any:
        return row.stopped_because

    def tables(self, request: HttpRequest, row: Programme) -> list[Table]:
        return [_payouts(row), _fundings(row)]


def _payouts(row: Programme) -> Table:
    return Table(
        title=_("Payouts"),
        heads=[
            Head(_("Payout")), Head(_("State")), Head(_("People"), numeric=True),
            Head(_("Total"), numeric=True), Head(_("Paid"), numeric=True),
        ],
        rows=[
            (
                columns.link(Payout, each.pk, each.key),
                each.get_state_display(),
                columns.whole(each.lines),
                columns.money(each.total, row.asset.code),
                columns.money(each.paid, row.asset.code),
            )
            for each in Payout.objects.filter(programme=row)[:SHOWN]
        ],
        empty=_("What is paid from it stands here."),
    )  # fmt: skip


def _fundings(row: Programme) -> Table:
    return Table(
        title=_("Funding"),
        heads=[Head(_("When")), Head(_("From")), Head(_("Amount"), numeric=True), Head(_("By"))],
        rows=[
            (columns.moment(each.at), each.source, columns.signed(each.amount), each.by)
            for each in Funding.objects.filter(programme=row)[:SHOWN]
        ],
        empty=_("Nothing has come in yet: propose funding."),
    )
