"""Safes on development chains: the cold wallets of the demo's EVM networks.

The contracts are deployed by a key of their own, so that every address is the same on every chain
and after every fresh start: a Safe's address is known before its chain is asked. Public networks
have the canonical deployments (docs/runbooks/cold-storage.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import rlp
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak, to_checksum_address

from wallets.chains import nodes
from wallets.chains.evm import EvmAdapter
from wallets.custody import safe
from wallets.demo import faucet
from wallets.demo.tokens import NotADevelopmentChain, send

GAS = {"singleton": 6_000_000, "factory": 2_000_000, "fallback": 3_000_000}
CREATE_GAS = 500_000
MONEY = 10**19
SALT = 1


class Plan(NamedTuple):
    """A Safe as it will stand: its address, and the call that makes it."""

    address: str
    create: str


def contract_address(name: str) -> str:
    """Where one of the three contracts stands, or would stand."""
    nonce = list(GAS).index(name)
    made = keccak(rlp.encode([bytes.fromhex(_deployer().address[2:]), nonce]))
    return str(to_checksum_address(made[-20:]))


def plan(*, owners: Sequence[str], threshold: int) -> Plan:
    """No chain is asked: the address follows from the owners."""
    initializer = safe.setup_data(
        owners=owners, threshold=threshold, fallback=contract_address("fallback")
    )
    singleton, factory = contract_address("singleton"), contract_address("factory")
    return Plan(
        safe.proxy_address(
            factory=factory, singleton=singleton, initializer=initializer, salt=SALT
        ),
        safe.create_data(singleton=singleton, initializer=initializer, salt=SALT),
    )


def deploy(*, network: str, owners: Sequence[str], threshold: int) -> str:
    """The Safe, deployed with its contracts where they do not stand yet. Returns its address.

    Raises NotADevelopmentChain, ChainUnavailable.
    """
    if not nodes.node(network).development:
        raise NotADevelopmentChain(field="network")
    adapter = nodes.adapter(network)
    assert isinstance(adapter, EvmAdapter)
    wanted = plan(owners=owners, threshold=threshold)
    if _stands(adapter, wanted.address):
        return wanted.address
    for name, gas in GAS.items():
        if not _stands(adapter, contract_address(name)):
            _fund(adapter)
            send(adapter, _deployer(), to=None, data=safe.contracts()[name], gas=gas)
            faucet.mine(network=network)
    send(
        adapter,
        _deployer(),
        to=contract_address("factory"),
        data=wanted.create,
        gas=CREATE_GAS,
    )
    faucet.mine(network=network)
    return wanted.address


def _stands(adapter: EvmAdapter, address: str) -> bool:
    return bool(faucet.ask(adapter.rpc, "eth_getCode", address, "latest") != "0x")


def _fund(adapter: EvmAdapter) -> None:
    address = _deployer().address
    if int(faucet.ask(adapter.rpc, "eth_getBalance", address, "pending"), 16) < MONEY // 10:
        faucet.give_native(adapter, address, MONEY)
        faucet.mine(network=adapter.network)


def _deployer() -> LocalAccount:
    return Account.from_key(keccak(text="holdfast development safes"))
