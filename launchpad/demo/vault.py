"""The demo's vault: a real ERC-4626 contract on the EVM development chain (contracts/DevVault.sol).

Deployed by a key of its own, so that its address is the same after every fresh start. Its yield is
test tokens sent to it, which is what raises the worth of a vault's shares.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import rlp
from eth_abi import encode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak, to_checksum_address

from exchange.assets.models import AssetNetwork
from exchange.core.actors import Actor
from exchange.core.money import to_units
from launchpad.earn import vaults
from launchpad.earn.models import Product, VaultMove
from wallets.chains import nodes
from wallets.chains.evm import EvmAdapter
from wallets.demo import tokens

ARTIFACT = Path(__file__).parent / "contracts" / "DevVault.json"
DEPLOY_GAS = 2_500_000


def address() -> str:
    """Where the vault stands, or would stand."""
    made = keccak(rlp.encode([bytes.fromhex(_deployer().address[2:]), 0]))
    return to_checksum_address(made[-20:])


def deploy(*, network: str, asset: str) -> bool:
    """Whether it had to be deployed. Raises NotADevelopmentChain, ChainUnavailable."""
    tokens.refuse_unless_development(network)
    adapter = nodes.adapter(network)
    assert isinstance(adapter, EvmAdapter)
    if tokens.ask(adapter, "eth_getCode", address(), "latest") != "0x":
        return False
    bytecode = json.loads(ARTIFACT.read_text("utf8"))["bytecode"]
    arguments = encode(["address"], [tokens.address_of_token(asset)])
    tokens.fund(adapter, _deployer().address)
    tokens.send(adapter, _deployer(), to=None, data=bytecode + arguments.hex(), gas=DEPLOY_GAS)
    tokens.ask(adapter, "anvil_mine", "0x1")
    return True


def fill(product: Product, amount: Decimal, *, actor: Actor) -> bool:
    """Let the treasury of a fresh vault deposit an amount. Whether it had to."""
    if VaultMove.objects.filter(product=product, kind=VaultMove.Kind.DEPOSIT).exists():
        return False
    adapter, units = _units(product, amount)
    tokens.mint(adapter, asset=product.asset.code, to=vaults.owner().address, units=units)
    tokens.ask(adapter, "anvil_mine", "0x1")
    vaults.put_in(product_id=product.pk, amount=amount, actor=actor)
    return True


def earn(product: Product, amount: Decimal) -> None:
    """Send the vault test tokens, as a borrower would pay interest."""
    adapter, units = _units(product, amount)
    tokens.mint(adapter, asset=product.asset.code, to=product.vault, units=units)
    tokens.ask(adapter, "anvil_mine", "0x1")


def _units(product: Product, amount: Decimal) -> tuple[EvmAdapter, int]:
    row = AssetNetwork.objects.get(asset_id=product.asset_id, network__code=product.network)
    adapter = nodes.adapter(product.network)
    assert isinstance(adapter, EvmAdapter)
    return adapter, to_units(amount, row.decimals)


def _deployer() -> LocalAccount:
    return Account.from_key(keccak(text="holdfast development vault"))
