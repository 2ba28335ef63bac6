"""Staff screen: every deposit, and the queues of those that wait for somebody."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.portal import columns, filters, lookups
from exchange.portal.desks import COMPLIANCE, SUPPORT, TREASURY
from exchange.portal.finder import finder
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from wallets.chains.models import NetworkWatch
from wallets.deposits import confirmations, pauses, states
from wallets.deposits.admin import actions
from wallets.deposits.models import Deposit, DepositCheck

State = Deposit.State
Verdict = DepositCheck.Verdict
TONES = {
    State.SEEN: columns.INFO,
    State.CONFIRMING: columns.INFO,
    State.CHECKED: columns.INFO,
    State.CREDITED: columns.OK,
    State.HELD: columns.WATCH,
    State.BELOW_MINIMUM: columns.WATCH,
    State.UNKNOWN_ASSET: columns.WATCH,
    State.NO_OWNER: columns.WATCH,
    State.REFUSED: columns.BAD,
}
VERDICTS = {Verdict.PASS: columns.OK, Verdict.HOLD: columns.WATCH, Verdict.REFUSE: columns.BAD}
MOST = lookups.MOST_HITS


def amount(row: Deposit) -> Any:
    if row.asset_network is None:
        return columns.mono(f"{row.units:,}")
    return columns.money(row.amount, row.asset_code)


def owner(row: Deposit) -> Any:
    if row.customer_id is None:
        return columns.NOTHING
    called = _("customer %(id)s") % {"id": row.customer_id}
    return columns.link("customer", row.customer_id, called)


def progress(row: Deposit) -> str:
    tip = (
        NetworkWatch.objects.filter(network=row.network_id).values_list("height", flat=True).first()
    )
    return f"{confirmations.have(row, tip or 0)} / {confirmations.needed(row)}"


class QueueFilter(filters.RecentChoiceFilter):
    """States that wait have an index of their own; the others are looked for among the latest."""

    title = gettext_lazy("state")
    field = "state"
    options = (("waits", gettext_lazy("waits for staff")), *State.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "waits":
            return queryset.filter(state__in=states.QUEUES)
        if self.value() in states.QUEUES:
            return queryset.filter(state=self.value())
        return super().queryset(request, queryset)


@admin.register(Deposit)
class DepositAdmin(ReadOnlyAdmin):
    desks = ((TREASURY, 30), (COMPLIANCE, 40), (SUPPORT, 40))
    menu_label = gettext_lazy("Deposits")
    says = gettext_lazy("What arrived, what waits and why, and what was credited.")
    empty_says = gettext_lazy("A deposit appears here with the first block that pays one.")
    list_select_related = ("asset_network__asset", "network", "address")
    lookups = (
        lookups.by_id(Deposit),
        lookups.by_text(Deposit, "txid", gettext_lazy("transaction"), pattern=r"[0-9a-fA-Fx]{60,}"),
        lookups.by_word(
            "customer",
            gettext_lazy("“customer 42”"),
            lambda number: (
                Deposit.objects.filter(customer_id=number)
                .order_by("-pk")
                .values_list("pk", flat=True)[:MOST]
            ),
        ),
    )
    list_filter = (QueueFilter, filters.since("seen_at"))
    row_actions = actions.ALL
    numeric = ("amount",)
    list_display = (
        columns.identifier("pk", gettext_lazy("id")),
        columns.when("seen_at", gettext_lazy("seen")),
        columns.computed("customer", gettext_lazy("customer"), owner),
        columns.computed("amount", gettext_lazy("amount"), amount),
        columns.computed("network", gettext_lazy("network"), lambda row: row.network.code),
        columns.state("state", gettext_lazy("state"), TONES),
        "reason",
    )
    sections = (
        (
            gettext_lazy("Deposit"),
            (
                *list_display[1:],
                columns.computed("confirmations", gettext_lazy("confirmations"), progress),
                columns.when("credited_at", gettext_lazy("credited")),
                columns.computed(
                    "settled",
                    gettext_lazy("of it paid a debt"),
                    lambda row: columns.money(row.settled, row.asset_code),
                ),
            ),
        ),
        (
            gettext_lazy("On the chain"),
            (
                columns.identifier("txid", gettext_lazy("transaction")),
                columns.identifier("number", gettext_lazy("number within it")),
                columns.computed(
                    "to", gettext_lazy("to"), lambda row: columns.mono(row.address.address)
                ),
                columns.identifier("memo", gettext_lazy("memo")),
                columns.identifier("sender", gettext_lazy("from")),
                columns.identifier("contract", gettext_lazy("contract")),
                columns.identifier("height", gettext_lazy("block")),
                columns.identifier("block_hash", gettext_lazy("block's hash")),
                columns.identifier("round", gettext_lazy("round (forks begin another)")),
            ),
        ),
    )

    def row_title(self, row: Deposit) -> str:
        return _("Deposit %(id)s: %(what)s") % {"id": row.pk, "what": actions.what(row)}

    def headline(self, row: Deposit) -> Any:
        return columns.badge(TONES.get(State(row.state), columns.QUIET), row.get_state_display())

    def notice(self, request: HttpRequest, row: Deposit) -> Any:
        if row.asset_network is None or row.state not in states.UNDER_WAY:
            return ""
        why = pauses.reason(row.asset_network)
        return _("Not credited for the moment: %(why)s") % {"why": why} if why else ""

    def tables(self, request: HttpRequest, row: Deposit) -> list[Table]:
        checks = DepositCheck.objects.filter(deposit=row).order_by("-id")[:50]
        return [
            Table(
                title=_("What the gates said"),
                heads=[
                    Head(_("At")), Head(_("Round")), Head(_("Gate")), Head(_("Verdict")),
                    Head(_("Why")),
                ],
                rows=[
                    (
                        columns.moment(check.at),
                        check.round,
                        check.gate,
                        columns.badge(
                            VERDICTS[Verdict(check.verdict)], check.get_verdict_display()
                        ),
                        check.message or columns.NOTHING,
                    )
                    for check in checks
                ],
                empty=_("Not judged yet: it has not got its confirmations."),
            )
        ]  # fmt: skip


@finder(says=gettext_lazy("deposit’s transaction"), permission="wallets.view_deposit", order=60)
def by_transaction(text: str) -> list[tuple[str, str]]:
    wanted = text.strip()
    if len(wanted) < 60:
        return []
    found = Deposit.objects.filter(txid=wanted.lower()).order_by("number")[:10]
    return [(str(row), columns.admin_url(Deposit, row.pk)) for row in found]
