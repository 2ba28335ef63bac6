"""Staff screens: vaults that hot wallets lend to, and what moves into them and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.core.money import from_units
from exchange.portal import columns, lookups
from exchange.portal.actions import StaffAction
from exchange.portal.desks import TREASURY
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from wallets.custody.models import Vault, VaultMove
from wallets.custody.vaults import move

State = VaultMove.State
TONES = {
    State.ASKED: columns.WATCH,
    State.AGREED: columns.WATCH,
    State.SENT: columns.WATCH,
    State.MINED: columns.OK,
    State.FAILED: columns.BAD,
    State.DECLINED: columns.QUIET,
}
MOVES = 50


def amount(units: int, vault: Vault) -> Any:
    what = vault.asset_network
    return columns.money(from_units(units, what.decimals), what.asset.code)


class Agree(StaffAction):
    name = "agree"
    label = gettext_lazy("Agree")
    permission = move.AGREE
    icon = "check"
    intro = gettext_lazy("The move is sent. Whoever asked for it can't agree to it.")

    def preview(self, row: VaultMove) -> str:
        return f"{row.get_kind_display()}: {row.reason}"

    def skips(self, row: VaultMove) -> str:
        return "" if row.state == State.ASKED else row.get_state_display()

    def run(self, *, row: VaultMove, actor: Actor, values: dict[str, Any]) -> str:
        move.agree(move_id=row.pk, actor=actor)
        return _("is sent")


class Decline(Agree):
    name = "decline"
    label = gettext_lazy("Decline")
    icon = "close"
    danger = True
    intro = gettext_lazy("Nothing is moved. Another can be asked for.")

    def run(self, *, row: VaultMove, actor: Actor, values: dict[str, Any]) -> str:
        move.decline(move_id=row.pk, actor=actor, reason=values["reason"])
        return _("is declined")


@admin.register(VaultMove)
class VaultMoveAdmin(ReadOnlyAdmin):
    desks = ((TREASURY, 18),)
    menu_label = gettext_lazy("Vault moves")
    says = gettext_lazy("What is lent to DeFi vaults and fetched back, and who agreed.")
    empty_says = gettext_lazy("Ask for the first one on an earn product that has a vault.")
    big = False
    ordering = ("-pk",)
    list_select_related = (
        "vault__asset_network__asset",
        "vault__asset_network__network",
        "vault__key_set",
        "current",
    )
    lookups = (lookups.by_id(VaultMove),)
    row_actions = (Agree, Decline)
    numeric = ("units",)
    list_display = (
        columns.identifier("id", gettext_lazy("move")),
        columns.state("state", gettext_lazy("state"), TONES),
        columns.computed("kind", gettext_lazy("kind"), lambda row: row.get_kind_display()),
        columns.computed("units", gettext_lazy("amount"), lambda row: amount(row.units, row.vault)),
        columns.computed("vault", gettext_lazy("vault"), lambda row: row.vault.address),
        columns.when("asked_at", gettext_lazy("asked")),
        columns.computed("step", gettext_lazy("step"), lambda row: row.get_step_display()),
    )
    sections = (
        (
            gettext_lazy("Move"),
            (
                *list_display,
                columns.computed(
                    "wallet", gettext_lazy("wallet"), lambda row: row.vault.key_set.name
                ),
                "reason",
                "asked_by",
                "agreed_by",
                columns.when("agreed_at", gettext_lazy("agreed")),
            ),
        ),
        (
            gettext_lazy("On the chain"),
            (
                columns.computed(
                    "txid",
                    gettext_lazy("transaction"),
                    lambda row: columns.mono(row.txid) if row.txid else columns.NOTHING,
                ),
                "height",
                columns.computed(
                    "why",
                    gettext_lazy("in the way"),
                    lambda row: (
                        row.last_error
                        or (row.current.last_error if row.current else "")
                        or columns.NOTHING
                    ),
                ),
                columns.when("ended_at", gettext_lazy("ended")),
            ),
        ),
    )

    def row_title(self, row: VaultMove) -> str:
        return str(row)

    def headline(self, row: VaultMove) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())

    def tables(self, request: HttpRequest, row: VaultMove) -> list[Table]:
        return [vault_table([row.vault])]


def vault_table(vaults: Sequence[Vault]) -> Table:
    """What is in vaults: as the ledger counts it, and as the chain says it can be turned into."""
    return Table(
        title=_("Lent to DeFi vaults"),
        heads=[
            Head(_("Vault")),
            Head(_("Network")),
            Head(_("In the ledger"), numeric=True),
            Head(_("Worth on chain"), numeric=True),
            Head(_("Gained, not booked"), numeric=True),
            Head(_("Read at block"), numeric=True),
            Head(_("In the way")),
        ],
        rows=[
            (
                columns.mono(each.address),
                each.key_set.network.code,
                amount(each.book, each),
                amount(each.worth, each),
                amount(each.gained, each),
                columns.whole(each.read_height) if each.read_height else columns.NOTHING,
                each.last_error or columns.NOTHING,
            )
            for each in vaults
        ],
        empty=_("Nothing is lent."),
        note=_("Shares of the hot wallets' own addresses, at what they can be turned into."),
    )
