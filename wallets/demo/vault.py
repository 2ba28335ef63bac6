"""The demo's cold wallet on EVM chains: a Safe whose address is known before it is deployed.

Its three contracts come from a key of their own, so that they and the Safe stand at the same
addresses on every development chain and after every fresh start.
"""

from __future__ import annotations

from collections.abc import Sequence

import rlp
from eth_account import Account
from eth_utils import keccak, to_checksum_address

from wallets.chains import nodes
from wallets.chains.evm import EvmAdapter
from wallets.custody import safe
from wallets.demo import tokens

PARTS = ("singleton", "fallback", "factory")  # in the order of the deployer's nonces
GAS = 6_000_000
SALT = 1
_DEPLOYER = Account.from_key(keccak(text="holdfast development safe"))


def address(*, owners: Sequence[str], threshold: int) -> str:
    """Where the Safe of these owners stands, or would stand."""
    return safe.proxy_address(
        factory=_place("factory"),
        singleton=_place("singleton"),
        initializer=_initializer(owners, threshold),
        salt=SALT,
    )


def deploy(*, network: str, owners: Sequence[str], threshold: int) -> int:
    """Deploy what does not stand yet: at most one step a call, so that each is mined before the
    next. Returns how many steps were taken. Raises NotADevelopmentChain, ChainUnavailable."""
    tokens.refuse_unless_development(network)
    adapter = nodes.adapter(network)
    assert isinstance(adapter, EvmAdapter)
    if _stands(adapter, address(owners=owners, threshold=threshold)):
        return 0
    tokens.fund(adapter, _DEPLOYER.address)
    for part in PARTS:
        if not _stands(adapter, _place(part)):
            code = safe.contracts()[part]
            tokens.send(adapter, _DEPLOYER, to=None, data=code, gas=GAS)
            return 1
    made = safe.create_data(
        singleton=_place("singleton"), initializer=_initializer(owners, threshold), salt=SALT
    )
    tokens.send(adapter, _DEPLOYER, to=_place("factory"), data=made, gas=GAS)
    return 1


def _initializer(owners: Sequence[str], threshold: int) -> str:
    return safe.setup_data(owners=owners, threshold=threshold, fallback=_place("fallback"))


def _place(part: str) -> str:
    nonce = PARTS.index(part)
    made = keccak(rlp.encode([bytes.fromhex(_DEPLOYER.address[2:]), nonce]))
    return str(to_checksum_address(made[-20:]))


def _stands(adapter: EvmAdapter, place: str) -> bool:
    return bool(tokens.ask(adapter, "eth_getCode", place, "latest") != "0x")
