"""Secrets at rest: AES-256-GCM under VAULT_KEY, bound to what the secret belongs to.

`context` ("api-key:17") is authenticated but not stored, so that a ciphertext copied onto another
row does not open there. The first byte names the key's version, which leaves room for rotation.
"""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION = b"\x01"
NONCE_BYTES = 12


def seal(secret: bytes, *, context: str) -> bytes:
    """Encrypt. The result is 29 bytes longer than the secret."""
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + _cipher().encrypt(nonce, secret, context.encode())


def unseal(sealed: bytes, *, context: str) -> bytes:
    """Decrypt. Raises ValueError when the bytes, the context or the key are not the right ones."""
    sealed = bytes(sealed)
    if sealed[:1] != VERSION:
        raise ValueError("sealed with an unknown key version")
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return _cipher().decrypt(nonce, body, context.encode())
    except InvalidTag as error:
        raise ValueError("not sealed with this key for this context") from error


def _cipher() -> AESGCM:
    return AESGCM(base64.b64decode(settings.VAULT_KEY))
