"""How providers sign what they send each other. No Django, no network: both ends share it.

A request carries four headers beside the signature:

    Travel-From       the sender's LEI
    Travel-To         the receiver's LEI, so that it is good for nobody else
    Travel-Timestamp  seconds since 1970; good for two minutes either way
    Travel-Nonce      32 hexadecimal digits, taken once

and in Travel-Signature an Ed25519 signature over these, the method, the path and the SHA-256 of
the body. The answer is signed over the request's nonce, its status and the SHA-256 of its body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MOST_BYTES = 256 * 1024
GOOD_FOR_SECONDS = 120
FROM, TO, TIMESTAMP, NONCE, SIGNATURE = (
    "Travel-From", "Travel-To", "Travel-Timestamp", "Travel-Nonce", "Travel-Signature",
)  # fmt: skip
BASE = "/travel-rule/v1"
DEEPEST = 32  # the standard's messages have twelve levels
QUOTE, BACKSLASH, OPENS, CLOSES = ord('"'), ord("\\"), b"[{", b"]}"


class BadRequest(ValueError):
    """The request is not what it should be; the message says how, without saying too much."""


class Signed(NamedTuple):
    """The headers of a request, read."""

    sender: str
    receiver: str
    timestamp: int
    nonce: str
    signature: str


def sign(
    *, key: Ed25519PrivateKey, method: str, path: str, body: bytes, sender: str, to: str, at: int
) -> dict[str, str]:
    """The headers that go with a request."""
    nonce = secrets.token_hex(16)
    signature = key.sign(_request(method, path, sender, to, at, nonce, body))
    return {
        FROM: sender,
        TO: to,
        TIMESTAMP: str(at),
        NONCE: nonce,
        SIGNATURE: base64.b64encode(signature).decode(),
        "Content-Type": "application/json",
    }


def read(headers: Mapping[str, str]) -> Signed:
    """Raises BadRequest when a header is missing or malformed."""
    values = [headers.get(name, "") for name in (FROM, TO, TIMESTAMP, NONCE, SIGNATURE)]
    sender, to, timestamp, nonce, signature = values
    if not all(values) or not timestamp.isascii() or not timestamp.isdigit():
        raise BadRequest("the signature's headers are missing")
    if len(timestamp) > 12 or len(nonce) != 32 or any(c not in "0123456789abcdef" for c in nonce):
        raise BadRequest("the signature's headers are malformed")
    return Signed(sender, to, int(timestamp), nonce, signature)


def check(
    signed: Signed, *, public_key: str, method: str, path: str, body: bytes, to: str, now: int
) -> None:
    """Raises BadRequest unless it is fresh, meant for us, and signed by that key."""
    if signed.receiver != to:
        raise BadRequest("the request is meant for another provider")
    if abs(now - signed.timestamp) > GOOD_FOR_SECONDS:
        raise BadRequest("the request is too old, or a clock is wrong")
    text = _request(
        method, path, signed.sender, signed.receiver, signed.timestamp, signed.nonce, body
    )
    _verify(public_key, signed.signature, text)


def sign_answer(*, key: Ed25519PrivateKey, nonce: str, status: int, body: bytes) -> str:
    return base64.b64encode(key.sign(_answer(nonce, status, body))).decode()


def check_answer(*, public_key: str, signature: str, nonce: str, status: int, body: bytes) -> None:
    """Raises BadRequest unless the answer is to this request and by that key."""
    _verify(public_key, signature, _answer(nonce, status, body))


def public_of(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def parse(body: bytes) -> dict[str, Any]:
    """The object that a body is. Raises ValueError, also for one that is nested so deeply that
    reading it would exhaust the stack."""
    depth, in_text, escaped = 0, False, False
    for byte in body:
        if in_text:
            escaped, in_text = byte == BACKSLASH and not escaped, byte != QUOTE or escaped
        elif byte == QUOTE:
            in_text = True
        elif byte in OPENS:
            depth += 1
            if depth > DEEPEST:
                raise ValueError("nested too deeply")
        elif byte in CLOSES:
            depth -= 1
    value = json.loads(body)
    if not isinstance(value, dict):
        raise ValueError("the body is no object")
    return value


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _verify(public_key: str, signature: str, text: bytes) -> None:
    try:
        raw = base64.b64decode(signature, validate=True)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(raw, text)
    except (InvalidSignature, ValueError, binascii.Error) as error:
        raise BadRequest("the signature is not good") from error


def _request(
    method: str, path: str, sender: str, to: str, at: int, nonce: str, body: bytes
) -> bytes:
    parts = ("travel-rule request 1", method, path, sender, to, str(at), nonce, digest(body))
    return "\n".join(parts).encode()


def _answer(nonce: str, status: int, body: bytes) -> bytes:
    return "\n".join(("travel-rule answer 1", nonce, str(status), digest(body))).encode()
