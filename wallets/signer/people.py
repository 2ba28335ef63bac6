"""Key files of people: the administrator who signs policies, the operators who approve.

JSON, so that a browser opens the same file as this program: an Ed25519 key as PKCS #8, sealed with
AES-256-GCM under a passphrase (PBKDF2), or plain where the file itself lies under lock and key.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from wallets.signer.refusals import Unfit

KIND = "holdfast.person.v1"
ITERATIONS = 600_000  # OWASP's figure of 2023 for PBKDF2 with SHA-256


def make(path: Path, name: str, passphrase: str = "", iterations: int = ITERATIONS) -> str:
    """Write a new key file that only its owner reads. Returns the public key in hex.

    Raises Unfit when the file exists: a key is never overwritten.
    """
    private = Ed25519PrivateKey.generate()
    secret = private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = private.public_key().public_bytes_raw().hex()
    content: dict[str, Any] = {"kind": KIND, "name": name, "public": public}
    if passphrase:
        salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
        sealed = AESGCM(_key(passphrase, salt, iterations)).encrypt(nonce, secret, KIND.encode())
        content |= {
            "iterations": iterations,
            "salt": salt.hex(),
            "nonce": nonce.hex(),
            "sealed": sealed.hex(),
        }
    else:
        content["private"] = secret.hex()
    write_new(path, json.dumps(content, indent=1) + "\n")
    return public


def open_file(path: Path, passphrase: str = "") -> tuple[str, Ed25519PrivateKey]:
    """(the person's name, their key). Raises Unfit for a wrong passphrase or another file."""
    try:
        content = json.loads(path.read_text("utf8"))
        if content["kind"] != KIND:
            raise Unfit(f"{path.name} is no person's key file")
        if "sealed" in content:
            key = _key(passphrase, bytes.fromhex(content["salt"]), int(content["iterations"]))
            secret = AESGCM(key).decrypt(
                bytes.fromhex(content["nonce"]), bytes.fromhex(content["sealed"]), KIND.encode()
            )
        else:
            secret = bytes.fromhex(content["private"])
        private = serialization.load_der_private_key(secret, None)
    except InvalidTag:
        raise Unfit("the passphrase is wrong") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unfit(f"{path.name} can't be read: {type(error).__name__}") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise Unfit(f"{path.name} holds another kind of key")
    return content["name"], private


def is_sealed(path: Path) -> bool:
    try:
        return "sealed" in json.loads(path.read_text("utf8"))
    except (OSError, ValueError, TypeError):
        return False


def approval(path: Path, contents: bytes, passphrase: str = "") -> dict[str, str]:
    """An operator's approval of these bytes, as the signer takes it."""
    name, private = open_file(path, passphrase)
    return {"operator": name, "signature": private.sign(contents).hex()}


def write_new(path: Path, text: str) -> None:
    """Write a private file that was not there. Raises Unfit where one was."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise Unfit(f"{path} exists, and keys are never overwritten") from error
    with os.fdopen(descriptor, "w", encoding="utf8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _key(passphrase: str, salt: bytes, iterations: int) -> bytes:
    if not 1 <= iterations <= 10_000_000:
        raise Unfit("an impossible number of iterations")
    kdf = PBKDF2HMAC(hashes.SHA256(), length=32, salt=salt, iterations=iterations)
    return kdf.derive(passphrase.encode())
