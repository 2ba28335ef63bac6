"""Somebody who stole a hot wallet's key, and does not ask our signer."""

from __future__ import annotations

from embit.finalizer import finalize_psbt
from embit.psbt import PSBT
from eth_account import Account

from tests.factories import sending as wallets
from tests.factories.chains import FollowedNode
from wallets.addresses.models import KeySet
from wallets.demo import tokens
from wallets.sending import bitcoin
from wallets.sending.models import Coin

THEIRS = "bcrt1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qzf4jry"
THEIRS_EVM = "0x00000000000000000000000000000000000DEaD1"


def spend_coins(node: FollowedNode, keys: KeySet) -> str:
    """All coins of a Bitcoin wallet go to the thief. Returns the transaction's id."""
    coins = list(
        Coin.objects.filter(address__key_set=keys, spent_height__isnull=True).select_related(
            "address__key_set"
        )
    )
    loot = sum(coin.units for coin in coins) - 2_000
    unsigned = bitcoin.psbt(coins=coins, outputs=[(bitcoin.script_of(node.row, THEIRS), loot)])
    psbt = PSBT.from_string(unsigned)
    assert psbt.sign_with(wallets.ROOT)
    raw = finalize_psbt(psbt).serialize().hex()
    return node.adapter.broadcast(raw)


def spend_account(node: FollowedNode, *, units: int, contract: str = "") -> str:
    """Coins or tokens of an EVM hot wallet (its first address) go to the thief."""
    key = Account.from_key(wallets.EVM_ACCOUNT.derive("m/0/0").key.serialize())
    if not contract:
        return tokens.send(node.adapter, key, to=THEIRS_EVM, data="", gas=21_000, value=units)
    from eth_abi import encode

    data = "a9059cbb" + encode(["address", "uint256"], [THEIRS_EVM, units]).hex()
    return tokens.send(node.adapter, key, to=contract, data=data, gas=100_000)
