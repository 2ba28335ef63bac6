"""Staff screens: outgoing transactions, why one is stuck, and what can be done about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.core.foreign import whole_of
from exchange.core.money import from_units
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.desks import INCIDENTS, TREASURY
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from wallets.sending import abandon, bump, rebroadcast, spendable
from wallets.sending.families import family_of
from wallets.sending.models import ChainTransaction, ForeignSpend

State = ChainTransaction.State
TONES = {
    State.PREPARED: columns.INFO,
    State.SIGNED: columns.INFO,
    State.BROADCAST: columns.INFO,
    State.CONFIRMED: columns.OK,
    State.REPLACED: columns.QUIET,
    State.DROPPED: columns.WATCH,
    State.FAILED: columns.BAD,
    State.ABANDONED: columns.QUIET,
}


class BumpForm(ReasonForm):
    fee_rate = forms.IntegerField(
        label=gettext_lazy("New fee rate"),
        min_value=1,
        help_text=gettext_lazy(
            "Satoshi per virtual byte, or wei per gas. At least a tenth more than now."
        ),
    )


class Bump(StaffAction):
    name = "bump"
    label = gettext_lazy("Raise the fee")
    permission = "wallets.bump_chaintransaction"
    icon = "bolt"
    form_class = BumpForm
    intro = gettext_lazy(
        "Makes a rival with the same payments that pays the network more. Only one of the two can "
        "be mined; nobody is paid twice."
    )

    def preview(self, row: ChainTransaction) -> str:
        return _("pays %(now)s now; a rival has to pay at least %(least)s") % {
            "now": f"{row.fee_rate:,}",
            "least": f"{bump.least_rate(row):,}",
        }

    def skips(self, row: ChainTransaction) -> str:
        if row.state in (State.BROADCAST, State.DROPPED) and not row.fee_from_payment:
            return ""
        return _("only what waits at the network, and has something left, can be bumped")

    def run(self, *, row: ChainTransaction, actor: Actor, values: dict[str, Any]) -> str:
        made = bump.bump(
            transaction_id=row.pk,
            fee_rate=values["fee_rate"],
            actor=actor,
            reason=values["reason"],
        )
        return _("transaction %(id)s competes with it now") % {"id": made.pk}


class Rebroadcast(StaffAction):
    name = "rebroadcast"
    label = gettext_lazy("Send again")
    permission = "wallets.rebroadcast_chaintransaction"
    icon = "play"
    intro = gettext_lazy("Gives the network the same bytes once more. Nobody is paid twice.")

    def preview(self, row: ChainTransaction) -> str:
        return _("sends %(txid)s again") % {"txid": row.txid}

    def skips(self, row: ChainTransaction) -> str:
        return "" if row.state in rebroadcast.CAN else _("only what waits at the network")

    def run(self, *, row: ChainTransaction, actor: Actor, values: dict[str, Any]) -> str:
        rebroadcast.rebroadcast(transaction_id=row.pk, actor=actor, reason=values["reason"])
        return _("is sent again")


class Abandon(StaffAction):
    name = "abandon"
    label = gettext_lazy("Give up")
    permission = "wallets.abandon_chaintransaction"
    icon = "close"
    danger = True
    intro = gettext_lazy(
        "Frees what it set aside. Possible until the signer was asked. Withdrawals in it stay "
        "approved and are put into a new transaction."
    )

    def preview(self, row: ChainTransaction) -> str:
        return _("gives up %(what)s") % {"what": row}

    def skips(self, row: ChainTransaction) -> str:
        unseen = row.state == State.PREPARED and row.asked_at is None
        return "" if unseen else _("the signer was asked already")

    def run(self, *, row: ChainTransaction, actor: Actor, values: dict[str, Any]) -> str:
        abandon.abandon(transaction_id=row.pk, actor=actor, reason=values["reason"])
        return _("is given up")


def why_stuck(row: ChainTransaction) -> str:
    """In words, where it stands and what it waits for."""
    if row.last_error:
        return row.last_error
    if row.state == State.PREPARED:
        return _("waits for the signer")
    if row.state == State.SIGNED:
        return _("waits to be given to a node")
    if row.state == State.BROADCAST:
        return _("waits for a block")
    return ""


def fee(row: ChainTransaction) -> Any:
    native = spendable.native_of(row.network_id)
    return columns.money(from_units(row.fee_units, native.decimals), native.asset.code)


def payments_table(row: ChainTransaction) -> Table:
    return Table(
        title=_("Payments"),
        heads=[Head(_("To")), Head(_("Amount"), numeric=True), Head(_("For"))],
        rows=[
            (
                columns.mono(each.address),
                columns.money(
                    from_units(each.units, each.asset_network.decimals),
                    each.asset_network.asset.code,
                ),
                _for_what(each.reference),
            )
            for each in row.payments.select_related("asset_network__asset").order_by("id")[:100]
        ],
        empty=_("It pays nobody."),
    )


def _for_what(reference: str) -> Any:
    kind, _colon, number = reference.partition(":")
    if kind == "withdrawal" and (withdrawal_id := whole_of(number)) is not None:
        return columns.link("withdrawal", withdrawal_id, reference)
    return columns.mono(reference)


def rivals_table(row: ChainTransaction) -> Table:
    rows = ChainTransaction.objects.filter(pk__in=family_of([row.pk])).exclude(pk=row.pk)
    return Table(
        title=_("Rivals: what it replaces, or what replaces it"),
        heads=[Head(_("Transaction")), Head(_("State")), Head(_("Fee rate"), numeric=True)],
        rows=[
            (
                columns.link("chaintransaction", each.pk, str(each)),
                columns.badge(TONES[State(each.state)], each.get_state_display()),
                f"{each.fee_rate:,}",
            )
            for each in rows.order_by("id")
        ],
        empty=_("It was never bumped."),
    )


@admin.register(ChainTransaction)
class ChainTransactionAdmin(ReadOnlyAdmin):
    desks = ((TREASURY, 40),)
    menu_label = gettext_lazy("Outgoing transactions")
    says = gettext_lazy("What our wallets pay, how far each got, and why one is stuck.")
    empty_says = gettext_lazy("Transactions appear here when withdrawals and sweeps are paid.")
    list_select_related = ("network", "key_set", "source")
    lookups = (
        lookups.by_id(ChainTransaction),
        lookups.by_text(ChainTransaction, "txid", gettext_lazy("an id on the chain")),
        lookups.by_text(ChainTransaction, "reference", gettext_lazy("a reference")),
    )
    list_filter = (
        filters.choice(
            field="state", title=gettext_lazy("state"), options=State.choices, indexed=False
        ),
        filters.choice(
            field="purpose",
            title=gettext_lazy("purpose"),
            options=ChainTransaction.Purpose.choices,
            indexed=False,
        ),
    )
    row_actions = (Bump, Rebroadcast, Abandon)
    list_display = (
        columns.identifier("reference", gettext_lazy("reference")),
        columns.state("state", gettext_lazy("state"), TONES),
        "purpose",
        columns.computed("wallet", gettext_lazy("wallet"), lambda row: row.key_set.name),
        columns.when("created_at", gettext_lazy("prepared")),
        columns.computed(
            "stuck", gettext_lazy("waits for"), lambda row: why_stuck(row) or columns.NOTHING
        ),
    )
    sections = (
        (
            gettext_lazy("Transaction"),
            (
                "reference",
                "purpose",
                columns.computed("network", gettext_lazy("network"), lambda row: row.network.code),
                columns.computed("wallet", gettext_lazy("wallet"), lambda row: row.key_set.name),
                columns.computed(
                    "source",
                    gettext_lazy("paid from"),
                    lambda row: columns.mono(row.source or columns.NOTHING),
                ),
                "nonce",
                columns.computed("fee", gettext_lazy("fee"), fee),
                columns.computed("rate", gettext_lazy("fee rate"), lambda row: f"{row.fee_rate:,}"),
            ),
        ),
        (
            gettext_lazy("How far it got"),
            (
                columns.computed(
                    "stuck",
                    gettext_lazy("waits for"),
                    lambda row: why_stuck(row) or columns.NOTHING,
                ),
                columns.identifier("txid", gettext_lazy("id on the chain")),
                columns.when("created_at", gettext_lazy("prepared")),
                columns.when("asked_at", gettext_lazy("signer asked")),
                columns.when("signed_at", gettext_lazy("signed")),
                columns.when("broadcast_at", gettext_lazy("broadcast")),
                columns.when("checked_at", gettext_lazy("node asked about it")),
                columns.when("confirmed_at", gettext_lazy("mined")),
                "height",
                columns.identifier("block_hash", gettext_lazy("block")),
                "attempts",
            ),
        ),
    )

    def row_title(self, row: ChainTransaction) -> str:
        return str(row)

    def headline(self, row: ChainTransaction) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())

    def tables(self, request: HttpRequest, row: ChainTransaction) -> list[Table]:
        return [payments_table(row), rivals_table(row)]


@admin.register(ForeignSpend)
class ForeignSpendAdmin(ReadOnlyAdmin):
    desks = ((INCIDENTS, 30), (TREASURY, 60))
    menu_label = gettext_lazy("Spends that are not ours")
    says = gettext_lazy("What left our addresses, and no transaction of ours explains it.")
    empty_says = gettext_lazy("Empty is how it should be: one of ours explains every spend.")
    list_select_related = ("network", "address")
    lookups = (lookups.by_id(ForeignSpend),)
    list_display = (
        columns.identifier("txid", gettext_lazy("transaction")),
        columns.computed("network", gettext_lazy("network"), lambda row: row.network.code),
        columns.identifier("address", gettext_lazy("from")),
        "what",
        "height",
        columns.when("seen_at", gettext_lazy("seen")),
    )
    sections = ((gettext_lazy("Spend"), list_display),)
