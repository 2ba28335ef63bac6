"""Staff screens: what reconciliation found, run by run, and the card of it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core import clock
from exchange.ledger import reconcile
from exchange.ledger.models import Reconciliation
from exchange.portal import cards, columns, filters, lookups
from exchange.portal.desks import TREASURY
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table

LATE_SECONDS, OVERDUE_SECONDS = 900, 3600  # it runs every five minutes
AGREES = (columns.OK, gettext_lazy("agrees"))
DISAGREES = (columns.BAD, gettext_lazy("does not agree"))


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    desks = ((TREASURY, 15),)
    menu_label = gettext_lazy("Reconciliations")
    says = gettext_lazy("The books compared with themselves and with what is set aside.")
    empty_says = gettext_lazy("The first comparison runs within minutes of the start.")
    lookups = (lookups.by_id(Reconciliation),)
    list_filter = (
        filters.choice(
            field="ok",
            title=gettext_lazy("result"),
            options=(("True", AGREES[1]), ("False", DISAGREES[1])),
            indexed=False,
        ),
        filters.since("at"),
    )
    numeric = ("took_ms",)
    list_display = (
        columns.when("at", gettext_lazy("at")),
        columns.flag("ok", gettext_lazy("result"), yes=AGREES, no=DISAGREES),
        columns.computed(
            "wrong", gettext_lazy("wrong"), lambda row: sum(each["wrong"] for each in row.checks)
        ),
        columns.computed("took_ms", gettext_lazy("took"), lambda row: f"{row.took_ms:,} ms"),
    )
    sections = ((gettext_lazy("Reconciliation"), list_display),)

    def headline(self, row: Reconciliation) -> Any:
        return columns.badge(*(AGREES if row.ok else DISAGREES))

    def tables(self, request: HttpRequest, row: Reconciliation) -> list[Table]:
        return [
            Table(
                title=_("Checks"),
                heads=[
                    Head(_("Check")),
                    Head(_("Result")),
                    Head(_("Rows compared"), numeric=True),
                    Head(_("Wrong"), numeric=True),
                    Head(_("Findings")),
                ],
                rows=[
                    (
                        each["says"],
                        columns.badge(*(AGREES if each["ok"] else DISAGREES)),
                        f"{each['looked_at']:,}",
                        f"{each['wrong']:,}",
                        "; ".join(each["findings"]) or columns.NOTHING,
                    )
                    for each in row.checks
                ],
                empty=_("No check is registered."),
            )
        ]


@cards.card(
    key="reconciliation",
    title=gettext_lazy("Ledger"),
    desk=TREASURY,
    permission="exchange.view_reconciliation",
    leads_to="admin:exchange_reconciliation_changelist",
    order=15,
)
def reconciliation() -> cards.Reading:
    """The last comparison. One that stopped coming is as bad as one that found something."""
    last = reconcile.last()
    if last is None:
        return cards.Reading(state=cards.WATCH, number="—", says=_("not reconciled yet"))
    age = (clock.now() - last.at).total_seconds()
    wrong = sum(each["wrong"] for each in last.checks)
    state = cards.OK
    if not last.ok or age > OVERDUE_SECONDS:
        state = cards.BAD
    elif age > LATE_SECONDS:
        state = cards.WATCH
    failed = [each["name"] for each in last.checks if not each["ok"]]
    return cards.Reading(
        state=state,
        number=_("agrees") if last.ok else f"{wrong:,}",
        says=_("at the last comparison") if last.ok else _("rows do not agree"),
        details=[
            (_("compared"), columns.ago(last.at)),
            (_("checks"), f"{len(last.checks)}"),
            *((_("failed"), name) for name in failed[:2]),
        ],
    )
