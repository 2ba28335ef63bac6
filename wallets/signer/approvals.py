"""Operators' approvals: Ed25519 over the exact bytes, one operator counted once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from wallets.signer.refusals import Refusal

MOST = 20


def approved_by(operators: Mapping[str, bytes], given: Any, contents: bytes) -> dict[str, str]:
    """The signatures over these very bytes, by operator. One who signs twice is one.

    What does not hold (unknown names, other bytes, other keys) counts for nothing. Raises Refusal
    when the list itself is malformed.
    """
    if not isinstance(given, list) or len(given) > MOST:
        raise Refusal("malformed", f"approvals must be a list of at most {MOST}.")
    good = {}
    for approval in given:
        if not isinstance(approval, dict):
            raise Refusal("malformed", "An approval is an object of operator and signature.")
        operator, signature = approval.get("operator"), approval.get("signature")
        if not isinstance(operator, str) or not isinstance(signature, str):
            raise Refusal("malformed", "An approval is an object of operator and signature.")
        if operator in operators and _holds(operators[operator], signature, contents):
            good[operator] = signature.lower()
    return good


def _holds(public: bytes, signature: str, contents: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(signature), contents)
    except (InvalidSignature, ValueError):
        return False
    return True
