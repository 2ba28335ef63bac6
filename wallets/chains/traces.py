"""Transfers inside transactions: what contracts send on, which leaves no log.

Two dialects say it: `trace_block` (Erigon, Nethermind, reth, anvil) as a flat list, and
`debug_traceBlockByNumber` with the callTracer (geth, reth) as trees. Both are read depth first,
so that the same transfer has the same position whichever node tells of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from wallets.chains.interface import ChainUnavailable

PARITY, GETH = "trace_block", "debug_traceBlockByNumber"
CALL_TRACER = {"tracer": "callTracer"}


class Moved(NamedTuple):
    """Value that a call moved. `position` counts such transfers within their transaction."""

    txid: str
    position: int
    sender: str
    recipient: str
    units: int


def moved(method: str, found: Any, hashes: Sequence[str], block_hash: str) -> list[Moved]:
    """All internal transfers of a block with these transactions. Raises ChainUnavailable."""
    if not isinstance(found, list):
        raise ChainUnavailable("the node gave no traces")
    pairs = _flat(found, block_hash) if method == PARITY else _trees(found, hashes)
    positions: dict[str, int] = {}
    result = []
    for txid, sender, recipient, units in pairs:
        position = positions.get(txid, 0)
        positions[txid] = position + 1
        result.append(Moved(txid, position, sender, recipient, units))
    return result


def _flat(found: Sequence[Any], block_hash: str) -> Iterator[tuple[str, str, str, int]]:
    """`trace_block`: one row a call; a call within one that failed did not happen either."""
    failed: tuple[str, tuple[int, ...]] | None = None  # rows below a call follow it at once
    for row in found:
        if row["blockHash"].lower() != block_hash:
            raise ChainUnavailable("the node traced another block")
        if row.get("transactionHash") is None:
            continue  # rewards of the block
        txid, place = row["transactionHash"].lower(), tuple(row["traceAddress"])
        if failed and failed[0] == txid and place[: len(failed[1])] == failed[1]:
            continue
        failed = (txid, place) if row.get("error") else None
        if failed or not place:  # the outermost call is the transaction's own value
            continue
        way = _way(row)
        if way and (units := int(way[2], 16)) and way[1]:
            yield txid, way[0].lower(), way[1].lower(), units


def _way(row: Any) -> tuple[str, str, str] | None:
    """From whom to whom a call moves how much; None for calls that only borrow code."""
    action = row["action"]
    if row["type"] == "call" and action.get("callType", "call") == "call":
        return action["from"], action["to"], action["value"]
    if row["type"] == "create":
        return action["from"], (row.get("result") or {}).get("address") or "", action["value"]
    if row["type"] in ("suicide", "selfdestruct"):
        return action["address"], action["refundAddress"], action["balance"]
    return None


def _trees(found: Sequence[Any], hashes: Sequence[str]) -> Iterator[tuple[str, str, str, int]]:
    """The callTracer: a tree a transaction, in the block's order."""
    if len(found) != len(hashes):
        raise ChainUnavailable("the node traced another block")
    for row, txid in zip(found, hashes, strict=True):
        if row.get("txHash", txid).lower() != txid:
            raise ChainUnavailable("the node traced another block")
        if "result" not in row:
            raise ChainUnavailable("the node could not trace one of the transactions")
        if not row["result"].get("error"):
            yield from _calls(txid, row["result"].get("calls") or ())


def _calls(txid: str, calls: Sequence[Any]) -> Iterator[tuple[str, str, str, int]]:
    """Depth first, without recursion: a payer chooses how deep his calls go."""
    waiting = list(reversed(calls))
    while waiting:
        call = waiting.pop()
        if call.get("error"):
            continue
        units = int(call.get("value") or "0x0", 16)
        if call["type"] in ("CALL", "CREATE", "CREATE2", "SELFDESTRUCT") and units:
            yield txid, call["from"].lower(), call["to"].lower(), units
        waiting.extend(reversed(call.get("calls") or ()))
