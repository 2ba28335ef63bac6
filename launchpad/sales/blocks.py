"""The Bitcoin block whose hash goes into a draw: named before it exists, read when it is buried."""

from __future__ import annotations

from exchange.core.errors import NotFound
from wallets.chains import nodes
from wallets.chains.interface import ChainUnavailable

NETWORK = "BTC"
AHEAD = 3  # blocks after the tip: the named one can't be known, nor half mined, when it is named
BURIED = 3  # blocks on top of it before it counts; nobody undoes so many for a sale


def named() -> int | None:
    """The height of a block that does not exist yet; None while the node does not answer, or does
    not know all blocks: what it has not seen others have."""
    try:
        status = nodes.adapter(NETWORK).status()
    except (ChainUnavailable, NotFound):
        return None
    return None if status.catching_up else status.height + AHEAD


def hash_at(height: int) -> str | None:
    """The hash of the block at that height once enough blocks lie on it; None before."""
    try:
        adapter = nodes.adapter(NETWORK)
        status = adapter.status()
        if status.catching_up or status.height < height + BURIED:
            return None
        found = adapter.block_id(height)
    except (ChainUnavailable, NotFound):
        return None
    return found.hash.lower() if found else None


def chain() -> str:
    """Which chain it is ("main", "regtest"); empty without a node."""
    try:
        return nodes.node(NETWORK).chain
    except NotFound:
        return ""
