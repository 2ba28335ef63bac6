"""The treasury board: what is held where, beside what the ledger says, in a dozen queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from wallets.chains.models import NetworkWatch
from wallets.custody import holdings, policy, reconcile
from wallets.custody.holdings import Holding, Spread
from wallets.custody.models import ColdPayment, CustodyAlarm, Vault, WalletPolicy
from wallets.custody.reconcile import Compared
from wallets.custody.vaults import reading

MOST_ALARMS = 20
State = ColdPayment.State
OPEN = (State.DRAFTED, State.SIGNING, State.READY, State.SENT)


class Line(NamedTuple):
    """One asset of the board."""

    compared: Compared
    spread: Spread
    policy: WalletPolicy

    @property
    def cold_enough(self) -> bool | None:
        """None where nothing lies on a chain."""
        share = self.spread.cold_bp
        return None if share is None else share >= self.policy.cold_minimum_bp


@dataclass(slots=True, kw_only=True)
class Board:
    lines: Sequence[Line]  # assets with a chain of ours
    without_chain: Sequence[Compared]  # owed, and no wallet here holds them
    wallets: Sequence[Holding]
    vaults: Sequence[Vault]
    alarms: Sequence[CustodyAlarm]
    networks: Sequence[NetworkWatch]
    cold_payments: Sequence[ColdPayment]

    @property
    def short(self) -> list[Line]:
        return [line for line in self.lines if line.compared.difference < 0]

    @property
    def too_hot(self) -> list[Line]:
        return [line for line in self.lines if line.cold_enough is False]


def board() -> Board:
    """All of it. The number of queries does not grow with assets, wallets or networks."""
    lent = reading.lent()
    wallets = holdings.holdings(lent)
    spreads = holdings.by_asset(wallets)
    policies = policy.policies()
    rows = reconcile.compared(wallets, lent)
    lines = [
        Line(
            row,
            spreads.get(row.asset, Spread()),
            policies.get(row.asset_id) or policies[None],
        )
        for row in rows
        if row.has_chain
    ]
    return Board(
        lines=lines,
        without_chain=[row for row in rows if not row.has_chain],
        wallets=wallets,
        vaults=[each.vault for each in lent],
        alarms=open_alarms(),
        networks=list(NetworkWatch.objects.select_related("network").order_by("network__code")),
        cold_payments=list(
            ColdPayment.objects.filter(state__in=OPEN)
            .select_related("key_set", "asset_network__asset")
            .order_by("pk")[:MOST_ALARMS]
        ),
    )


def open_alarms() -> list[CustodyAlarm]:
    """The newest alarms that nobody has closed."""
    return list(
        CustodyAlarm.objects.filter(closed_at__isnull=True)
        .select_related("asset", "network", "key_set")
        .order_by("-pk")[:MOST_ALARMS]
    )
