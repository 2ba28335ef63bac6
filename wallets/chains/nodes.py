"""Which networks have a node, which chain it must be on, and how it is spoken to.

BTC_RPC_URL and BTC_CHAIN (main unless set, else the node's word: regtest, signet …), the same for
LTC; EVM_RPC_URL and EVM_CHAIN_ID for Ethereum (network ERC20); EVM_RPC_URL_<network code> and
EVM_CHAIN_ID_<network code> for every other EVM network. <…>_BIRTH_HEIGHT names the first block that
counts, for a network that is followed for the first time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.conf import settings

from exchange.core.errors import NotFound
from wallets.chains import parameters
from wallets.chains.bitcoin import BitcoinAdapter
from wallets.chains.evm import EvmAdapter
from wallets.chains.interface import Adapter
from wallets.chains.rpc import Rpc

ETHEREUM = "ERC20"
BITCOIN_FAMILY = ("BTC", "LTC")
# Bitcoin's deepest since 2013 had three blocks or so; Ethereum's blocks are final after 64.
DEEPEST_BITCOIN, DEEPEST_EVM, DEEPEST_IN_DEVELOPMENT = 12, 64, 150


class Node(NamedTuple):
    """A network's node as it is configured."""

    network: str
    family: str
    url: str
    chain: str  # what the node must say that it is on
    genesis: str  # the hash its block 0 must have, empty where that is not checked
    birth_height: int | None
    seconds_a_block: int

    @property
    def development(self) -> bool:
        """Blocks come when somebody asks for them, and are worth nothing."""
        return self.chain in parameters.DEVELOPMENT

    @property
    def deepest_fork(self) -> int:
        """How many blocks may be undone without a person's word."""
        if self.development:
            return DEEPEST_IN_DEVELOPMENT
        return DEEPEST_BITCOIN if self.family == parameters.BITCOIN else DEEPEST_EVM


_adapters: dict[Node, Adapter] = {}


def node(network: str) -> Node:
    """Raises NotFound where the network has no node."""
    found = _nodes().get(network)
    if found is None:
        raise NotFound(f"Network {network} has no node.", field="network")
    return found


def configured() -> list[str]:
    return sorted(_nodes())


def adapter(network: str) -> Adapter:
    """The adapter of a network; one object a process. Raises NotFound."""
    wanted = node(network)
    if wanted not in _adapters:
        _adapters[wanted] = make(wanted)
    return _adapters[wanted]


def make(wanted: Node) -> Adapter:
    """An adapter for a node."""
    if wanted.family == parameters.BITCOIN:
        coin = parameters.COINS[wanted.network, wanted.chain]
        return BitcoinAdapter(wanted.network, Rpc(wanted.url), coin)
    return EvmAdapter(wanted.network, Rpc(wanted.url))


def read(environment: Mapping[str, str]) -> dict[str, Node]:
    """The nodes that an environment names. Raises ValueError for a chain that nobody knows."""
    found = {}
    for network in BITCOIN_FAMILY:
        if url := environment.get(f"{network}_RPC_URL"):
            chain = environment.get(f"{network}_CHAIN") or "main"
            if (network, chain) not in parameters.COINS:
                raise ValueError(f"{network}_CHAIN={chain}: no such chain")
            coin = parameters.COINS[network, chain]
            birth = _height(environment, f"{network}_BIRTH_HEIGHT")
            found[network] = Node(
                network, parameters.BITCOIN, url, chain, coin.genesis, birth, coin.seconds_a_block
            )
    for name, url in environment.items():
        if name.startswith("EVM_RPC_URL") and url:
            network = name.removeprefix("EVM_RPC_URL").removeprefix("_") or ETHEREUM
            found[network] = _evm(network, url, name.removeprefix("EVM_RPC_URL"), environment)
    return found


def _evm(network: str, url: str, suffix: str, environment: Mapping[str, str]) -> Node:
    known = parameters.EVM_CHAINS.get(network)
    chain = environment.get(f"EVM_CHAIN_ID{suffix}") or str(known.chain_id if known else "")
    if not chain.isascii() or not chain.isdigit():
        raise ValueError(f"EVM_CHAIN_ID{suffix} must say which chain {network} is")
    public = known is not None and chain == str(known.chain_id)
    return Node(
        network,
        parameters.EVM,
        url,
        chain,
        known.genesis if known and public else "",
        _height(environment, f"EVM_BIRTH_HEIGHT{suffix}"),
        known.seconds_a_block if known else 12,
    )


def _height(environment: Mapping[str, str], name: str) -> int | None:
    text = environment.get(name, "")
    if text and not (text.isascii() and text.isdigit()):
        raise ValueError(f"{name}={text} is no height")
    return int(text) if text else None


def _nodes() -> dict[str, Node]:
    return read(settings.CHAIN_ENVIRONMENT)
