"""Make the development chains hold what the ledger says customers own: hot a little, the rest cold.

Asked again it gives only what is still missing: what earlier rounds gave is mined and followed
first. Assets whose networks have no node here stay what they are, owed and on no chain; the
treasury board says so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from exchange.assets.models import AssetNetwork
from exchange.core import money
from exchange.core.errors import Refused
from exchange.core.money import ZERO, plain
from wallets import chains
from wallets.addresses import issue
from wallets.addresses.models import KeySet
from wallets.chains import nodes, parameters, watch
from wallets.custody import reconcile
from wallets.demo import faucet, tokens

log = logging.getLogger(__name__)
HOT_PERCENT = 5  # of everything; the policy allows ten
HOT_COINS = 8  # Bitcoin: so many payments can be under way at once
MOST_COINS_A_GIFT = 1_900  # Bitcoin: the faucet pays from at most fifty rewards of fifty coins
MOST_ROUNDS = 100


class Gift(NamedTuple):
    """An amount of an asset for one wallet."""

    what: AssetNetwork
    key_set: KeySet
    amount: Decimal


def fund_all() -> list[str]:
    """Give what is missing, and follow the chains to where it is seen. Returns lines for a person.

    Raises ChainUnavailable when a node does not answer.
    """
    networks = [code for code in chains.configured() if nodes.node(code).development]
    for code in networks:
        _settle(code)
    missing = [row for row in reconcile.compared() if row.has_chain and row.difference < 0]
    given: list[str] = []
    for row in missing:
        gifts = list(_gifts(row, networks))
        for gift in gifts:
            _give(gift)
        if gifts:
            given.append(f"{plain(-row.difference)} {row.asset}")
    for code in networks:
        _settle(code)
    return given


def _gifts(row: reconcile.Compared, networks: list[str]) -> Iterator[Gift]:
    """Where a missing amount goes: the first network of the asset that has both wallets."""
    places = AssetNetwork.objects.select_related("asset", "network").filter(
        asset_id=row.asset_id, network__code__in=networks, deposit_enabled=True
    )
    for what in places.order_by("id"):
        sets = {
            keys.role: keys for keys in KeySet.objects.filter(network=what.network, active=True)
        }
        if KeySet.Role.HOT not in sets or KeySet.Role.COLD not in sets:
            continue
        whole = money.received(-row.difference, what.decimals)
        hot = money.received(whole * HOT_PERCENT / 100, what.decimals)
        parts = HOT_COINS if what.network.family == "bitcoin" else 1
        each = money.received(hot / parts, what.decimals)
        amounts = [each] * (parts - 1) + [hot - each * (parts - 1)]
        yield from (Gift(what, sets[KeySet.Role.HOT], amount) for amount in amounts if amount)
        yield from _cold(what, sets[KeySet.Role.COLD], whole - hot)
        return


def _cold(what: AssetNetwork, key_set: KeySet, amount: Decimal) -> Iterator[Gift]:
    most = Decimal(MOST_COINS_A_GIFT) if what.network.family == "bitcoin" else amount
    while amount > ZERO:
        yield Gift(what, key_set, min(amount, most))
        amount -= most


def _give(gift: Gift) -> None:
    """A fresh address for each coin of the hot wallet; the policy's own for the cold one."""
    if gift.amount <= ZERO:
        return
    many_coins = gift.what.network.family == "bitcoin" and gift.key_set.role == KeySet.Role.HOT
    address = issue.own_address(key_set_id=gift.key_set.pk, fresh=many_coins)
    network = gift.what.network.code
    try:
        faucet.give(
            network=network,
            asset=gift.what.asset.code,
            address=address.address,
            amount=gift.amount,
        )
    except Refused as refused:
        log.warning("%s of %s could not be given: %s", gift.amount, gift.what, refused)
    if gift.what.network.family == "bitcoin":
        faucet.mine(network=network)  # its change is the next gift's coin


def _settle(network: str) -> None:
    """Deploy what does not stand yet, mine what waits, and follow to the tip."""
    if nodes.node(network).family == parameters.EVM:
        while tokens.deploy_all(network=network):
            faucet.mine(network=network)
    faucet.prime(network=network)
    faucet.mine(network=network)
    for _round in range(MOST_ROUNDS):
        if not watch.follow(network):
            return
