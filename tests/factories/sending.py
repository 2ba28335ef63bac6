"""Wallets with keys that really derive and sign, and coins in them, without a node."""

from __future__ import annotations

import hashlib
import itertools

from embit import bip32, bip39
from embit.networks import NETWORKS

from exchange.assets.models import AssetNetwork, Network
from tests import factories
from tests.factories.wallets import asset_network, network
from wallets.addresses import issue, keysets
from wallets.addresses.models import Address, KeySet
from wallets.sending.models import AccountBalance, Coin

_numbers = itertools.count(1)
WORDS = "abandon " * 11 + "about"  # of BIP-84's own vectors
ROOT = bip32.HDKey.from_seed(bip39.mnemonic_to_seed(WORDS), version=NETWORKS["regtest"]["xprv"])
ACCOUNT = ROOT.derive("m/84h/1h/0h")
PRIVATE = f"wpkh([73c5da0a/84h/1h/0h]{ACCOUNT.to_base58()}/%d/*)"
DESCRIPTOR = f"wpkh([73c5da0a/84h/1h/0h]{ACCOUNT.to_public().to_base58()}/0/*)"
EVM_ACCOUNT = bip32.HDKey.from_seed(bip39.mnemonic_to_seed(WORDS)).derive("m/44h/60h/0h")
STRANGER = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"  # BIP-173's example key
STRANGER_EVM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"  # EIP-55's example


def hot_bitcoin() -> tuple[Network, KeySet, AssetNetwork]:
    """Bitcoin with a hot wallet of real keys."""
    btc = network("BTC")
    keys = keysets.register(
        network=btc,
        name="btc-hot",
        role="hot",
        scheme="wpkh",
        public=DESCRIPTOR,
        signer_key="btc-hot",
        actor=factories.SYSTEM,
        reason="tests",
    )
    return btc, keys, asset_network("BTC", btc)


def hot_ethereum(role: str = "hot") -> tuple[Network, KeySet, AssetNetwork]:
    """Ethereum with a hot wallet of real keys; its address is the first one."""
    eth = network("ERC20")
    keys = keysets.register(
        network=eth,
        name=f"eth-{role}",
        role=role,
        scheme="evm_xpub",
        public=EVM_ACCOUNT.to_public().to_base58(),
        signer_key=f"eth-{role}",
        actor=factories.SYSTEM,
        reason="tests",
    )
    return eth, keys, asset_network("ETH", eth, precision=18, decimals=18)


def coin(keys: KeySet, units: int, *, height: int = 50, **fields: object) -> Coin:
    """A confirmed coin at a fresh address of the wallet."""
    number = next(_numbers)
    return Coin.objects.create(
        network=keys.network,
        address=issue.own_address(key_set_id=keys.pk, fresh=True),
        txid=hashlib.sha256(f"coin {number}".encode()).hexdigest(),
        index=number % 5,
        units=units,
        height=height,
        **fields,
    )


def holds(keys: KeySet, what: AssetNetwork, units: int) -> Address:
    """Let the wallet's one address hold so much of an asset; returns the address."""
    address = issue.own_address(key_set_id=keys.pk)
    AccountBalance.objects.update_or_create(
        address=address, asset_network=what, defaults={"units": units, "height": 100}
    )
    return address
