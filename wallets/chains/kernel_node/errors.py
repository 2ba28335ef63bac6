"""Errors with bitcoind's numbers (rpc/protocol.h)."""

from __future__ import annotations

MISC, NOT_FOUND, INVALID_PARAMETER, NOT_DECODED = -1, -5, -8, -22
MISSING_INPUTS, REJECTED, ALREADY_IN_CHAIN = -25, -26, -27
METHOD_NOT_FOUND, INVALID_REQUEST = -32601, -32600


class RpcError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message
