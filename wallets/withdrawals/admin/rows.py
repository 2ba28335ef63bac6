"""Staff screens: every withdrawal, what each gate said of it, and who decided."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import StaffAction
from exchange.portal.desks import SUPPORT, TREASURY
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from wallets.withdrawals import cancel
from wallets.withdrawals.models import GateOutcome, Withdrawal
from wallets.withdrawals.states import UNSENT, State

TONES = {
    State.REQUESTED: columns.INFO,
    State.HELD: columns.WATCH,
    State.APPROVED: columns.INFO,
    State.SIGNED: columns.INFO,
    State.BROADCAST: columns.INFO,
    State.CONFIRMED: columns.OK,
    State.CANCELLED: columns.QUIET,
    State.REFUSED: columns.BAD,
    State.FAILED: columns.BAD,
}
VERDICTS = {
    GateOutcome.Verdict.PASS: columns.OK,
    GateOutcome.Verdict.HOLD: columns.WATCH,
    GateOutcome.Verdict.REFUSE: columns.BAD,
}


class Cancel(StaffAction):
    name = "cancel"
    label = gettext_lazy("Cancel")
    permission = "wallets.cancel_withdrawal"
    icon = "close"
    danger = True
    intro = gettext_lazy(
        "What was set aside is the customer's again, and they get a letter. Possible until the "
        "signer was asked."
    )

    def preview(self, row: Withdrawal) -> str:
        return _("cancels %(amount)s %(asset)s to %(to)s") % {
            "amount": columns.amount_text(row.amount),
            "asset": row.asset.code,
            "to": row.address or row.recipient,
        }

    def skips(self, row: Withdrawal) -> str:
        return (
            "" if row.state in UNSENT else _("it is %(state)s") % {"state": row.get_state_display()}
        )

    def run(self, *, row: Withdrawal, actor: Actor, values: dict[str, Any]) -> str:
        cancel.cancel(withdrawal_id=row.pk, actor=actor, reason=values["reason"])
        return _("is cancelled")


def destination(row: Withdrawal) -> Any:
    if row.recipient_id is not None:
        return columns.link("customer", row.recipient_id, f"customer {row.recipient_id}")
    return columns.mono(row.address)


def over(row: Withdrawal) -> Any:
    return row.asset_network.network.code if row.asset_network is not None else _("no chain")


def outcomes_table(row: Withdrawal) -> Table:
    """What each gate said, the newest round first."""
    rows = row.outcomes.order_by("-round", "id")[:100]
    return Table(
        title=_("What the gates said"),
        heads=[
            Head(_("Round"), numeric=True),
            Head(_("Gate")),
            Head(_("Verdict")),
            Head(_("Code")),
            Head(_("Why")),
            Head(_("At")),
        ],
        rows=[
            (
                each.round,
                each.gate,
                columns.badge(
                    VERDICTS[GateOutcome.Verdict(each.verdict)], each.get_verdict_display()
                ),
                columns.mono(each.code or columns.NOTHING),
                each.message or columns.NOTHING,
                columns.moment(each.at),
            )
            for each in rows
        ],
        empty=_("No gate was asked."),
    )


def decisions_table(row: Withdrawal) -> Table:
    return Table(
        title=_("Who decided"),
        heads=[Head(_("Who")), Head(_("What")), Head(_("Why")), Head(_("At"))],
        rows=[
            (each.by, each.get_kind_display(), each.reason, columns.moment(each.at))
            for each in row.decisions.select_related("by").order_by("id")
        ],
        empty=_("Nobody had to."),
    )


@admin.register(Withdrawal)
class WithdrawalAdmin(ReadOnlyAdmin):
    desks = ((TREASURY, 30), (SUPPORT, 40))
    menu_label = gettext_lazy("Withdrawals")
    says = gettext_lazy("What customers send out, where each is, and what it waits for.")
    empty_says = gettext_lazy("Withdrawals appear here when customers ask for them.")
    list_select_related = (
        "asset",
        "asset_network__network",
        "customer__user",
        "recipient__user",
        "transaction",
    )
    lookups = (
        lookups.by_id(Withdrawal),
        lookups.by_text(Withdrawal, "key", gettext_lazy("an address")),
        lookups.by_word(
            "customer",
            gettext_lazy("“customer 42”"),
            lambda number: (
                Withdrawal.objects.filter(customer_id=number)
                .order_by("-pk")
                .values_list("pk", flat=True)[: lookups.MOST_HITS]
            ),
        ),
    )
    list_filter = (
        filters.choice(
            field="state", title=gettext_lazy("state"), options=State.choices, indexed=True
        ),
    )
    row_actions = (Cancel,)
    list_display = (
        columns.computed("withdrawal", gettext_lazy("withdrawal"), lambda row: row.pk),
        columns.state("state", gettext_lazy("state"), TONES),
        columns.computed(
            "amount",
            gettext_lazy("amount"),
            lambda row: columns.money(row.amount, row.asset.code),
        ),
        columns.computed("over", gettext_lazy("over"), over),
        columns.computed("to", gettext_lazy("to"), destination),
        columns.related(
            "customer",
            gettext_lazy("customer"),
            "customer",
            lambda row: (row.customer_id, row.customer),
        ),
        columns.when("requested_at", gettext_lazy("asked for")),
        columns.computed(
            "stuck", gettext_lazy("waits for"), lambda row: row.stuck or columns.NOTHING
        ),
    )
    numeric = ("amount",)
    sections = (
        (
            gettext_lazy("Withdrawal"),
            (
                *list_display[2:7],
                columns.computed(
                    "memo", gettext_lazy("memo"), lambda row: row.memo or columns.NOTHING
                ),
                columns.computed(
                    "fee", gettext_lazy("fee"), lambda row: columns.money(row.fee, row.asset.code)
                ),
                columns.computed(
                    "worth",
                    gettext_lazy("worth then"),
                    lambda row: columns.money(row.value_usdt, "USDT"),
                ),
                columns.computed(
                    "via", gettext_lazy("asked by"), lambda row: row.get_via_display()
                ),
                "ip",
            ),
        ),
        (
            gettext_lazy("Where it is"),
            (
                columns.computed(
                    "stuck", gettext_lazy("waits for"), lambda row: row.stuck or columns.NOTHING
                ),
                columns.computed(
                    "transaction",
                    gettext_lazy("transaction"),
                    lambda row: (
                        columns.link("chaintransaction", row.transaction_id, str(row.transaction))
                        if row.transaction_id
                        else columns.NOTHING
                    ),
                ),
                columns.computed(
                    "txid",
                    gettext_lazy("id on the chain"),
                    lambda row: columns.mono(
                        row.transaction.txid if row.transaction else columns.NOTHING
                    ),
                ),
                columns.when("approved_at", gettext_lazy("approved")),
                columns.when("sent_at", gettext_lazy("sent")),
                columns.when("closed_at", gettext_lazy("closed")),
                columns.computed(
                    "told",
                    gettext_lazy("the customer was told"),
                    lambda row: row.customer_message or columns.NOTHING,
                ),
            ),
        ),
    )

    def headline(self, row: Withdrawal) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())

    def tables(self, request: HttpRequest, row: Withdrawal) -> list[Table]:
        return [outcomes_table(row), decisions_table(row)]
