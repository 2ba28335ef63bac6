"""Staff screens: custody alarms, and comparisons of the chains with the ledger."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.desks import INCIDENTS, TREASURY
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from wallets.custody import alarms, reconcile
from wallets.custody.models import ChainComparison, CustodyAlarm

Grade = CustodyAlarm.Grade
TONES = {Grade.STOP: columns.BAD, Grade.WATCH: columns.WATCH}
AGREES = (columns.OK, gettext_lazy("agrees"))
DISAGREES = (columns.BAD, gettext_lazy("does not agree"))


class CloseAlarm(StaffAction):
    name = "close"
    label = gettext_lazy("Close with a finding")
    permission = "wallets.close_custody_alarm"
    icon = "check"
    intro = gettext_lazy(
        "Says what it was. The switches that it closed stay closed: opening what lets money out "
        "takes two people. The signer is thawed by its operators."
    )

    def preview(self, row: CustodyAlarm) -> str:
        return row.says

    def skips(self, row: CustodyAlarm) -> str:
        return _("closed already") if row.closed_at else ""

    def run(self, *, row: CustodyAlarm, actor: Actor, values: dict[str, Any]) -> str:
        alarms.close_alarm(alarm_id=row.pk, actor=actor, finding=values["reason"])
        return _("is closed")


class OpenFilter(filters.ChoiceFilter):
    title = gettext_lazy("standing")
    parameter_name = "standing"
    options = (("open", gettext_lazy("open")), ("closed", gettext_lazy("closed")))

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("open", "closed"):
            return queryset
        return queryset.filter(closed_at__isnull=self.value() == "open")


@admin.register(CustodyAlarm)
class CustodyAlarmAdmin(ReadOnlyAdmin):
    desks = ((INCIDENTS, 5), (TREASURY, 7))
    menu_label = gettext_lazy("Custody alarms")
    opens_with: ClassVar = {"standing": "open"}
    says = gettext_lazy("Spends that nothing explains, unusual outflow, chains against ledger.")
    empty_says = gettext_lazy("Detectors look at every block; none has found anything.")
    big = False
    ordering = ("-pk",)
    lookups = (lookups.by_id(CustodyAlarm),)
    list_filter = (
        OpenFilter,
        filters.choice(
            field="kind",
            title=gettext_lazy("kind"),
            options=CustodyAlarm.Kind.choices,
            indexed=False,
        ),
    )
    row_actions = (CloseAlarm,)
    list_display = (
        columns.identifier("pk", gettext_lazy("alarm")),
        columns.when("raised_at", gettext_lazy("raised")),
        columns.state("grade", gettext_lazy("grade"), TONES),
        "says",
        columns.computed(
            "switches",
            gettext_lazy("switches closed"),
            lambda row: ", ".join(row.switches) or columns.NOTHING,
        ),
        columns.when("closed_at", gettext_lazy("closed")),
    )
    sections = (
        (
            gettext_lazy("Alarm"),
            (
                *list_display[1:3],
                columns.computed("kind", gettext_lazy("kind"), lambda row: row.get_kind_display()),
                "says",
                columns.computed(
                    "facts",
                    gettext_lazy("facts"),
                    lambda row: columns.mono(json.dumps(row.facts, ensure_ascii=False)),
                ),
            ),
        ),
        (
            gettext_lazy("What was done at once"),
            (
                list_display[4],
                columns.when("switched_at", gettext_lazy("switches closed")),
                columns.computed(
                    "freeze",
                    gettext_lazy("signer"),
                    lambda row: _("frozen") if row.frozen_at else frozen_words(row),
                ),
                columns.when("frozen_at", gettext_lazy("signer frozen")),
            ),
        ),
        (
            gettext_lazy("Finding"),
            (
                columns.when("closed_at", gettext_lazy("closed")),
                columns.identifier("closed_by", gettext_lazy("by")),
                "finding",
            ),
        ),
    )

    def headline(self, row: CustodyAlarm) -> Any:
        return columns.badge(TONES[Grade(row.grade)], row.get_grade_display())


def frozen_words(row: CustodyAlarm) -> str:
    return _("to be frozen: it does not answer") if row.freeze_signer else _("left alone")


class BookingForm(ReasonForm):
    asset = forms.CharField(label=gettext_lazy("Asset"), max_length=15)
    field_order = ("asset", "reason")


class BookSurplus(StaffAction):
    name = "book-surplus"
    label = gettext_lazy("Propose booking a surplus")
    permission = reconcile.BOOK
    icon = "plus"
    form_class = BookingForm
    intro = gettext_lazy(
        "What the chain has more than the ledger becomes the house's own, once a colleague has "
        "approved it. Look first whose it is: a customer's deposit is found in its queue."
    )

    def preview(self, row: ChainComparison) -> str:
        more = [each["asset"] for each in row.rows if not each["difference"].startswith("-")]
        return _("more on the chain: %(assets)s") % {"assets": ", ".join(more) or "—"}

    def skips(self, row: ChainComparison) -> str:
        return _("it agrees") if row.ok else ""

    def run(self, *, row: ChainComparison, actor: Actor, values: dict[str, Any]) -> str:
        asked = reconcile.propose_booking(
            asset=values["asset"].strip().upper(), actor=actor, reason=values["reason"]
        )
        return _("is proposed (proposal %(id)s)") % {"id": asked.pk}


@admin.register(ChainComparison)
class ChainComparisonAdmin(ReadOnlyAdmin):
    desks = ((TREASURY, 16),)
    menu_label = gettext_lazy("Chains and ledger")
    says = gettext_lazy(
        "What lies on the chains compared with what the ledger says, asset by asset."
    )
    empty_says = gettext_lazy("The first comparison runs within minutes of the start.")
    lookups = (lookups.by_id(ChainComparison),)
    list_filter = (
        filters.choice(
            field="ok",
            title=gettext_lazy("result"),
            options=(("True", AGREES[1]), ("False", DISAGREES[1])),
            indexed=False,
        ),
    )
    row_actions = (BookSurplus,)
    numeric = ("took_ms",)
    list_display = (
        columns.when("at", gettext_lazy("at")),
        columns.flag("ok", gettext_lazy("result"), yes=AGREES, no=DISAGREES),
        columns.computed("assets", gettext_lazy("assets"), lambda row: len(row.rows)),
        columns.computed("took_ms", gettext_lazy("took"), lambda row: f"{row.took_ms:,} ms"),
    )
    sections = ((gettext_lazy("Comparison"), list_display),)

    def headline(self, row: ChainComparison) -> Any:
        return columns.badge(*(AGREES if row.ok else DISAGREES))

    def tables(self, request: HttpRequest, row: ChainComparison) -> list[Table]:
        names = ("on_chain", "not_credited", "ledger", "difference", "on_the_way_out")
        return [
            Table(
                title=_("Assets"),
                heads=[
                    Head(_("Asset")),
                    Head(_("Result")),
                    Head(_("On chain"), numeric=True),
                    Head(_("Not credited"), numeric=True),
                    Head(_("Ledger"), numeric=True),
                    Head(_("Difference"), numeric=True),
                    Head(_("On its way out"), numeric=True),
                ],
                rows=[
                    (
                        each["asset"],
                        columns.badge(*(AGREES if each["ok"] else DISAGREES))
                        if each["has_chain"]
                        else columns.badge(columns.QUIET, _("no chain here")),
                        *(each[name] for name in names),
                    )
                    for each in row.rows
                ],
                empty=_("Nothing is held and nothing is owed."),
            )
        ]
