"""What a cold payment needs to know of its chain before it is drafted. Asks nodes, so: no locks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from wallets import chains
from wallets.addresses.models import KeySet
from wallets.chains.interface import Adapter, ChainUnavailable
from wallets.chains.rpc import RpcError
from wallets.custody import safe
from wallets.sending import fees


class Terms(NamedTuple):
    """The fee rate to prepare with (Bitcoin), or the Safe's next number."""

    fee_rate: int
    nonce: int


class SafeState(NamedTuple):
    """What a Safe's contract says of itself."""

    nonce: int
    threshold: int
    owners: Sequence[str]
    version: str


def current(key_set: KeySet) -> Terms:
    """Raises ChainUnavailable, NotFound without a node."""
    if key_set.scheme == KeySet.Scheme.SAFE:
        return Terms(0, safe_state(chains.adapter(key_set.network.code), key_set.public).nonce)
    return Terms(fees.current(key_set.network), 0)


def safe_state(adapter: Adapter, address: str) -> SafeState:
    """Raises ChainUnavailable when there is no Safe, or the node does not answer."""
    nonce = _ask(adapter, address, safe.ASK_NONCE, "uint256")
    return SafeState(
        nonce=nonce,
        threshold=_ask(adapter, address, safe.ASK_THRESHOLD, "uint256"),
        owners=[
            safe.to_checksum_address(each)
            for each in _ask(adapter, address, safe.ASK_OWNERS, "address[]")
        ],
        version=_ask(adapter, address, safe.ASK_VERSION, "string"),
    )


def hash_by_contract(adapter: Adapter, address: str, tx: safe.SafeTx) -> bytes:
    """What the contract itself says has to be signed."""
    return bytes(_ask(adapter, address, safe.ask_hash(tx), "bytes32"))


def previous_transactions(adapter: Adapter, inputs: Sequence[tuple[str, int]]) -> dict[str, str]:
    """Raw transactions by id, of (txid, height) pairs: with its block named no index is needed."""
    found: dict[str, str] = {}
    for txid, height in inputs:
        if txid in found:
            continue
        block = adapter.block_id(height)
        if block is None:
            raise ChainUnavailable(f"the node has no block {height}")
        found[txid] = str(_call(adapter, "getrawtransaction", txid, False, block.hash))
    return found


def _ask(adapter: Adapter, address: str, data: str, kind: str) -> Any:
    said = _call(adapter, "eth_call", {"to": address, "data": data}, "latest")
    try:
        return safe.answer(kind, said)
    except Exception as error:  # whatever eth_abi makes of an empty or a strange answer
        raise ChainUnavailable(f"{address} does not answer like a Safe") from error


def _call(adapter: Adapter, method: str, *params: Any) -> Any:
    """Methods beyond the adapters' interface: both families' adapters keep their RPC at hand."""
    try:
        return adapter.rpc.call(method, *params)  # type: ignore[attr-defined]
    except RpcError as error:
        raise ChainUnavailable(f"{method}: {error}") from error
