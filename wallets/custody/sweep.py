"""Gather what lies on customers' deposit addresses into hot or cold, and give gas where it lacks.

Bitcoin: one transaction spends many addresses' coins. EVM: one an address and asset; a token can't
leave an address without gas, so the hot wallet sends that first and the next round sweeps. Every
step has a reference of its own, so a round that is run twice does everything once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Q

from exchange.assets.models import AssetNetwork, Network
from exchange.core import money, switches
from exchange.core.errors import Refused
from wallets import chains
from wallets.addresses import issue
from wallets.addresses.models import Address, KeySet
from wallets.chains import health
from wallets.chains.interface import ChainUnavailable
from wallets.custody import holdings, policy
from wallets.custody.holdings import Spread
from wallets.sending import evm, fees, spendable
from wallets.sending.models import ChainTransaction
from wallets.sending.prepare import Pay, prepare

log = logging.getLogger(__name__)
MOST = 50  # transactions a network and round
# A sweep costs a fee: what is gathered must be worth so many times what it costs.
WORTH_FEES = 20
P2WPKH_INPUT_VBYTES = 68
LEAST_COINS = 5  # Bitcoin: wait until one transaction gathers several, or something large
Purpose = ChainTransaction.Purpose

# Balances on deposit addresses that no transaction of ours is emptying right now.
_BALANCES = """
SELECT b.address_id, b.asset_network_id, b.units
  FROM wallets_accountbalance b
  JOIN wallets_address a ON a.id = b.address_id
  JOIN exchange_assetnetwork n ON n.id = b.asset_network_id
 WHERE a.key_set_id = %(key_set)s AND b.units > 0
   AND NOT EXISTS (SELECT 1 FROM wallets_chaintransaction t
                    WHERE t.source_id = a.id
                      AND t.state IN ('prepared', 'signed', 'broadcast', 'dropped'))
   AND (b.asset_network_id <> %(native)s OR b.units >= %(least)s)
 ORDER BY (b.asset_network_id = %(native)s), b.units DESC, b.id
 LIMIT %(most)s
"""


class Found(NamedTuple):
    address: Address
    what: AssetNetwork
    units: int


def sweep_all() -> int:
    """One round over every network with a node. Returns how many transactions were prepared."""
    started = 0
    for code in chains.configured():
        network = Network.objects.filter(code=code).first()
        if network is None:
            continue
        try:
            started += sweep(network=network)
        except (Refused, ChainUnavailable) as why:
            log.warning("sweep of %s waits: %s", code, why)
    return started


def sweep(*, network: Network, fee_rate: int | None = None) -> int:
    """One round on one network. Returns how many transactions were prepared.

    Raises SwitchedOff, ChainUnavailable, Refused while the network is not followed.
    """
    deposit = _active(network, KeySet.Role.DEPOSIT)
    if deposit is None:
        return 0
    switches.refuse_if_closed(f"wallet:{deposit.name}")
    health.refuse_unless_following(network.pk)
    rate = fee_rate or fees.current(network)
    if network.family == "evm":
        return sum(_sweep_account(found, rate) for found in _on_accounts(deposit, rate))
    return _sweep_coins(deposit, rate)


def destination(network: Network, what: AssetNetwork) -> Address | None:
    """Where swept coins go: to hot while it is below its high mark, else to cold. None: neither."""
    rows = [h for h in holdings.holdings() if h.asset_network_id == what.pk]
    hot, cold = _active(network, KeySet.Role.HOT), _active(network, KeySet.Role.COLD)
    chosen = hot
    if cold is not None and (hot is None or _is_full(holdings.spread(rows), what)):
        chosen = cold
    return None if chosen is None else issue.own_address(key_set_id=chosen.pk)


def _is_full(spread: Spread, what: AssetNetwork) -> bool:
    share = spread.share_bp(spread.hot)
    return share is not None and share >= policy.policy_of(what.asset_id).hot_target_bp


def _sweep_coins(deposit: KeySet, rate: int) -> int:
    """All that is deep enough, in one transaction of at most 200 inputs."""
    coins = spendable.coins_of(deposit)
    useful = [coin for coin in coins if coin.units >= rate * P2WPKH_INPUT_VBYTES * WORTH_FEES]
    native = spendable.native_of(deposit.network_id)
    total = money.from_units(sum(coin.units for coin in useful), native.decimals)
    if not useful or (len(useful) < LEAST_COINS and total < _worth_it_alone(native)):
        return 0
    payee = destination(deposit.network, native)
    if payee is None:
        return 0
    reference = f"sweep:{deposit.pk}:{useful[0].id}"
    prepare(
        network=deposit.network,
        key_set=deposit,
        purpose=Purpose.SWEEP,
        reference=_attempt(reference),
        payments=[Pay(native.pk, payee.address, 0, reference)],
        fee_rate=rate,
        everything=True,
    )
    return 1


def _worth_it_alone(native: AssetNetwork) -> Decimal:
    return native.withdraw_min * 10


def _on_accounts(deposit: KeySet, rate: int) -> Iterator[Found]:
    """Tokens first: sweeping an address's native coins would take the gas that a token needs."""
    native = spendable.native_of(deposit.network_id)
    least = evm.gas_for(contract="", plain=False) * rate * WORTH_FEES
    with connection.cursor() as cursor:
        cursor.execute(
            _BALANCES,
            {"key_set": deposit.pk, "native": native.pk, "least": least, "most": MOST},
        )
        rows = cursor.fetchall()
    addresses = Address.objects.select_related("key_set", "network").in_bulk(
        [row[0] for row in rows]
    )
    assets = AssetNetwork.objects.select_related("asset").in_bulk([row[1] for row in rows])
    seen: set[int] = set()
    for address_id, asset_network_id, units in rows:
        if address_id not in seen:  # one transaction an address at a time
            seen.add(address_id)
            yield Found(addresses[address_id], assets[asset_network_id], int(units))


def _sweep_account(found: Found, rate: int) -> int:
    """Sweep one balance of one address, or give it the gas for that. 1 when something was begun."""
    contract = found.what.contract
    if contract and money.from_units(found.units, found.what.decimals) < found.what.deposit_min:
        return 0
    if contract:
        need = evm.gas_for(contract=contract, plain=False) * rate
        if spendable.native_on_account(found.address) < need:
            return _give_gas(found, need, rate)
    payee = destination(found.address.network, found.what)
    if payee is None:
        return 0
    reference = f"sweep:{found.address.pk}:{found.what.pk}:{_done(found.address) + 1}"
    prepare(
        network=found.address.network,
        key_set=found.address.key_set,
        purpose=Purpose.SWEEP,
        reference=_attempt(reference),
        payments=[Pay(found.what.pk, payee.address, 0, reference)],
        fee_rate=rate,
        source=found.address,
        everything=True,
    )
    return 1


def _give_gas(found: Found, need: int, rate: int) -> int:
    """The hot wallet pays for the sweep's gas, unless it is doing so already."""
    network = found.address.network
    hot = _active(network, KeySet.Role.HOT)
    if hot is None or _gas_is_coming(found.address):
        return 0
    switches.refuse_if_closed(f"wallet:{hot.name}")
    native = spendable.native_of(network.pk)
    lacking = need - spendable.native_on_account(found.address)
    number = ChainTransaction.objects.filter(
        purpose=Purpose.GAS, payments__address=found.address.address
    ).count()
    reference = f"gas:{found.address.pk}:{number + 1}"
    prepare(
        network=network,
        key_set=hot,
        purpose=Purpose.GAS,
        reference=reference,
        payments=[Pay(native.pk, found.address.address, lacking, reference)],
        fee_rate=rate,
        source=issue.own_address(key_set_id=hot.pk),
    )
    return 1


def _gas_is_coming(address: Address) -> bool:
    return ChainTransaction.objects.filter(
        Q(state__in=spendable.UNDER_WAY),
        purpose=Purpose.GAS,
        payments__address=address.address,
    ).exists()


def _done(address: Address) -> int:
    """How many sweeps of this address were mined: the next one is another payment."""
    return ChainTransaction.objects.filter(
        source=address, purpose=Purpose.SWEEP, state__in=["confirmed", "failed"]
    ).count()


def _attempt(reference: str) -> str:
    """A sweep that was given up does not come back under its own name."""
    given_up = ChainTransaction.objects.filter(
        reference__startswith=f"{reference}:again", state="abandoned"
    ).count()
    first = ChainTransaction.objects.filter(reference=reference, state="abandoned").exists()
    return f"{reference}:again{given_up + 1}" if first else reference


def _active(network: Network, role: str) -> KeySet | None:
    return (
        KeySet.objects.filter(network=network, role=role, active=True)
        .select_related("network")
        .first()
    )
