"""Keep hot wallets between their marks.

Above the high mark hot pays cold by itself: only the cold address that stands in the signer's
signed policy, which needs nobody's approval. Below the low mark a payment from cold to hot is
drafted, and people sign it or leave it: nothing here can move a cold coin.
"""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import NamedTuple

from exchange.assets.models import AssetNetwork, Network
from exchange.core import money, switches
from exchange.core.actors import system
from exchange.core.errors import Refused
from wallets import chains
from wallets.addresses import issue
from wallets.addresses.models import KeySet
from wallets.chains import health
from wallets.chains.interface import ChainUnavailable
from wallets.custody import holdings, policy
from wallets.custody.cold import draft, terms
from wallets.custody.holdings import Spread
from wallets.custody.models import WHOLE, ColdPayment, WalletPolicy
from wallets.sending import fees, spendable
from wallets.sending.models import ChainTransaction
from wallets.sending.prepare import Pay, prepare

log = logging.getLogger(__name__)
Purpose = ChainTransaction.Purpose
ACTOR = system("custody rebalancing")


class Wallets(NamedTuple):
    """Two wallets of one network, and the asset between them."""

    network: Network
    what: AssetNetwork
    hot: KeySet
    cold: KeySet


def rebalance_all() -> int:
    """Every asset of every network with a node. Returns how many payments were begun or drafted."""
    found = holdings.by_asset_network(holdings.holdings())
    rows = AssetNetwork.objects.select_related("asset", "network").filter(
        pk__in=found, network__code__in=chains.configured()
    )
    started = 0
    for what in rows:
        try:
            started += rebalance(what=what, spread=found[what.pk])
        except (Refused, ChainUnavailable) as why:
            log.warning("rebalancing of %s waits: %s", what, why)
    return started


def rebalance(*, what: AssetNetwork, spread: Spread, fee_rate: int | None = None) -> int:
    """One asset on one network. Returns 1 when a payment was begun or drafted.

    Raises SwitchedOff, ChainUnavailable, Refused; running it twice begins one payment.
    """
    network = what.network
    sets = {
        keys.role: keys
        for keys in KeySet.objects.filter(network=network, active=True).select_related("network")
    }
    if KeySet.Role.HOT not in sets or KeySet.Role.COLD not in sets:
        return 0
    wallets = Wallets(network, what, sets[KeySet.Role.HOT], sets[KeySet.Role.COLD])
    marks = policy.policy_of(what.asset_id)
    share = spread.share_bp(spread.hot)
    if share is None:
        return 0
    health.refuse_unless_following(network.pk)
    target = spread.total * marks.hot_target_bp / WHOLE
    if share > marks.hot_high_bp:
        return _pay_cold(wallets, _cut(spread.hot - target, what), fee_rate)
    if share < marks.hot_low_bp and spread.cold > 0:
        return _draft(wallets, _cut(min(target - spread.hot, spread.cold), what), marks)
    return 0


def _pay_cold(wallets: Wallets, amount: Decimal, fee_rate: int | None) -> int:
    hot, what = wallets.hot, wallets.what
    switches.refuse_if_closed(f"wallet:{hot.name}")
    if amount < what.withdraw_min:
        return 0
    standing = ChainTransaction.objects.filter(
        key_set=hot, purpose=Purpose.REBALANCE, payments__asset_network=what
    )
    if standing.filter(state__in=spendable.UNDER_WAY).exists():
        return 0
    reference = f"rebalance:{what.pk}:{standing.count() + 1}"
    source = issue.own_address(key_set_id=hot.pk) if wallets.network.family == "evm" else None
    prepare(
        network=wallets.network,
        key_set=hot,
        purpose=Purpose.REBALANCE,
        reference=reference,
        payments=[
            Pay(
                what.pk,
                issue.own_address(key_set_id=wallets.cold.pk).address,
                money.to_units(amount, what.decimals),
                reference,
            )
        ],
        fee_rate=fee_rate or fees.current(wallets.network),
        source=source,
    )
    return 1


def _draft(wallets: Wallets, amount: Decimal, marks: WalletPolicy) -> int:
    """One open draft an asset is enough: people are slower than we are."""
    if amount < wallets.what.withdraw_min:
        return 0
    waiting = ColdPayment.objects.filter(
        key_set=wallets.cold, asset_network=wallets.what, state__in=draft.OPEN
    )
    if waiting.exists():
        return 0
    hot_address = issue.own_address(key_set_id=wallets.hot.pk)
    draft.draft(
        key_set_id=wallets.cold.pk,
        asset_network_id=wallets.what.pk,
        address=hot_address.address,
        amount=amount,
        terms=terms.current(wallets.cold),
        actor=ACTOR,
        reason=f"{wallets.hot.name} is below its low mark of {marks.hot_low_bp} basis points",
    )
    return 1


def _cut(amount: Decimal, what: AssetNetwork) -> Decimal:
    """In whole base units of that network, rounded down."""
    return money.received(amount, what.decimals)
