"""Chains, key sets and addresses, made without a node."""

from __future__ import annotations

import itertools

from embit import bip32, bip39

from exchange.assets.models import AssetNetwork, Network
from exchange.core import clock
from tests import factories
from wallets.addresses import keysets
from wallets.addresses.models import Address, KeySet
from wallets.chains.models import NetworkWatch

_numbers = itertools.count(1)
ROOT = bip32.HDKey.from_seed(bip39.mnemonic_to_seed("abandon " * 11 + "about"))
ACCOUNT = {
    role: ROOT.derive(f"m/44h/60h/{number}h").to_public().to_base58()
    for number, role in enumerate(("deposit", "hot", "cold"))
}
NATIVE = {"BTC": ("bitcoin", "BTC"), "LTC": ("bitcoin", "LTC"), "ERC20": ("evm", "ETH")}


def network(code: str = "BTC", *, confirmations: int = 2, **fields: object) -> Network:
    """A network that is followed, its tip at block 100."""
    family, native = NATIVE.get(code, (code.lower(), code))
    made, is_new = Network.objects.get_or_create(
        code=code,
        defaults={
            "name": code,
            "family": family,
            "native_asset": native,
            "confirmations": confirmations,
            **fields,
        },
    )
    if is_new:
        NetworkWatch.objects.create(
            network=made,
            birth_height=1,
            height=100,
            hash="00" * 32,
            node_height=100,
            checked_at=clock.now(),
        )
    return made


def asset_network(
    code: str, where: Network, *, precision: int = 8, decimals: int = 8, **fields: object
) -> AssetNetwork:
    """An asset that moves on a network: both ways open, deposits from 0.0001."""
    made, _ = AssetNetwork.objects.get_or_create(
        asset=factories.asset(code, precision),
        network=where,
        defaults={
            "decimals": decimals,
            "deposit_enabled": True,
            "withdraw_enabled": True,
            "deposit_min": "0.0001",
            "withdraw_min": "0.001",
            "withdraw_fee": "0.0002",
            **fields,
        },
    )
    return made


def key_set(where: Network, role: str = "deposit", **fields: object) -> KeySet:
    """One key set a role and network; its public half derives nothing."""
    made, _ = KeySet.objects.get_or_create(
        network=where,
        role=role,
        defaults={"name": f"{where.code.lower()}-{role}", "scheme": "wpkh", "public": "", **fields},
    )
    return made


def evm_keys(where: Network, role: str = "deposit") -> KeySet:
    """Registered keys that really derive: of the words "abandon … about" (BIP-44)."""
    return keysets.register(
        network=where,
        name=f"{where.code.lower()}-{role}",
        role=role,
        scheme="evm_xpub",
        public=ACCOUNT[role],
        actor=factories.SYSTEM,
        reason="tests",
    )


def address(keys: KeySet, *, key: str, **fields: object) -> Address:
    """A row as derivation would leave it."""
    return Address.objects.create(
        network=keys.network,
        key_set=keys,
        **{"index": next(_numbers), "address": key, "key": key, **fields},
    )
