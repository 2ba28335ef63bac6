"""Errors with bitcoind's numbers (rpc/protocol.h)."""

from __future__ import annotations

from wallets.chains.node_server import RpcError

__all__ = ["RpcError"]

MISC, NOT_FOUND, INVALID_PARAMETER, NOT_DECODED = -1, -5, -8, -22
MISSING_INPUTS, REJECTED, ALREADY_IN_CHAIN = -25, -26, -27
