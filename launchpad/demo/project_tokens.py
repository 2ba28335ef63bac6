"""Tokens of invented projects on development chains: one that is fixed, one whose owner may make
more, one that keeps a part of each transfer (contracts/ProjectTokens.sol).

Each stands at the same address on every fresh chain: the key that deploys it is made of its symbol.
"""

from __future__ import annotations

import json
from pathlib import Path

import rlp
from eth_abi import encode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak

from wallets.chains import nodes
from wallets.chains.evm import EvmAdapter
from wallets.demo import tokens

CONTRACTS = Path(__file__).parent / "contracts"
FIXED, COMMUNITY, TAXED = "FixedToken", "CommunityToken", "TaxedToken"
DEPLOY_GAS, TRANSFER_GAS = 2_000_000, 120_000
TRANSFER = keccak(text="transfer(address,uint256)")[:4]
PLACES = 18


def address(symbol: str) -> str:
    """Where a project's token stands, or would stand; in lower case."""
    made = keccak(rlp.encode([bytes.fromhex(_owner(symbol).address[2:]), 0]))
    return "0x" + made[-20:].hex()


def deploy(*, network: str, kind: str, name: str, symbol: str, supply: int, holders: int) -> bool:
    """Deploy it and spread half of it over so many holders, unless it stands. Whether it was made.

    Raises NotADevelopmentChain, ChainUnavailable.
    """
    tokens.refuse_unless_development(network)
    adapter = nodes.adapter(network)
    assert isinstance(adapter, EvmAdapter)
    if tokens.ask(adapter, "eth_getCode", address(symbol), "latest") != "0x":
        return False
    code = json.loads((CONTRACTS / f"{kind}.json").read_text("utf8"))["bytecode"]
    units = supply * 10**PLACES
    owner = _owner(symbol)
    tokens.fund(adapter, owner.address)
    arguments = encode(["string", "string", "uint256"], [name, symbol, units])
    tokens.send(adapter, owner, to=None, data=code + arguments.hex(), gas=DEPLOY_GAS)
    tokens.ask(adapter, "anvil_mine", "0x1")
    for number in range(holders):
        who = "0x" + keccak(text=f"holder {number} of {symbol}")[-20:].hex()
        # Unequal parts, as they are: together nine tenths of it.
        share = units * 9 * 2 * (number + 1) // (10 * holders * (holders + 1))
        pay(network=network, symbol=symbol, to=who, units=share, mine=False)
    tokens.ask(adapter, "anvil_mine", "0x1")
    return True


def pay(*, network: str, symbol: str, to: str, units: int, mine: bool = True) -> str:
    """Send some of what the project kept. Returns the transaction's id."""
    adapter = nodes.adapter(network)
    assert isinstance(adapter, EvmAdapter)
    data = TRANSFER + encode(["address", "uint256"], [to, units])
    txid = tokens.send(
        adapter, _owner(symbol), to=address(symbol), data=data.hex(), gas=TRANSFER_GAS
    )
    if mine:
        tokens.ask(adapter, "anvil_mine", "0x1")
    return txid


def _owner(symbol: str) -> LocalAccount:
    return Account.from_key(keccak(text=f"holdfast project token {symbol}"))
