"""The demo's vault: a real ERC-4626 contract on the EVM development chain (contracts/DevVault.sol).

Deployed by a key of its own, so that its address is the same after every fresh start and the
signer's policy can name it before it stands. Its yield is test tokens sent to it, which is what
raises the worth of its shares.
"""

from __future__ import annotations

import json
from pathlib import Path

import rlp
from eth_abi import encode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak, to_checksum_address

from wallets.chains import nodes
from wallets.chains.evm import EvmAdapter
from wallets.demo import tokens

ARTIFACT = Path(__file__).parent / "contracts" / "DevVault.json"
DEPLOY_GAS = 2_500_000
NETWORK, ASSET = "ERC20", "USDT"


def named() -> dict[str, dict[str, str]]:
    """For the signer's policy: vaults by network, and the asset that each takes."""
    configured = NETWORK in nodes.configured() and nodes.node(NETWORK).development
    return {NETWORK: {address(): ASSET}} if configured else {}


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


def earn(*, network: str, asset: str, units: int) -> None:
    """Send the vault test tokens, as a borrower would pay interest."""
    adapter = nodes.adapter(network)
    assert isinstance(adapter, EvmAdapter)
    tokens.mint(adapter, asset=asset, to=address(), units=units)
    tokens.ask(adapter, "anvil_mine", "0x1")


def _deployer() -> LocalAccount:
    return Account.from_key(keccak(text="holdfast development vault"))
