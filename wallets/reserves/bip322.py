"""BIP-322 "simple" signatures, verified by our own reading: P2WPKH and P2WSH multisig.

The signer makes one kind and cosigners the other; here both are checked before they are shown to
anybody. coincurve (libsecp256k1) judges single ECDSA signatures, and only those with a low s; all
else is bytes that we lay out ourselves. Nothing here can sign.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from coincurve import PublicKey
from embit import bech32
from embit.hashes import hash160

from exchange.core.errors import Invalid

_TAG = sha256(b"BIP0322-signed-message").digest()
SIGHASH_ALL = b"\x01"
OP_0, OP_1, OP_16, OP_CHECKMULTISIG = 0x00, 0x51, 0x60, 0xAE
MOST_BYTES = 10_000


class BadProof(Invalid):
    """The signature does not prove that this address was controlled by whoever signed the text."""

    code = "bad_ownership_proof"


class Multisig(NamedTuple):
    """A witness script: how many of which keys."""

    needs: int
    keys: list[bytes]


def verify(address: str, message: str, signature: str) -> None:
    """Raises BadProof unless `signature` (base64) is by the owner of a segwit (v0) address."""
    program = program_of(address)
    stack = _stack(signature)
    if len(program) == 20:
        _verify_one(program, message, stack)
    else:
        _verify_several(program, message, stack)


def program_of(address: str) -> bytes:
    """The 20 or 32 bytes that the address stands for. Raises BadProof for other kinds."""
    version, program = bech32.decode(address.lower().rpartition("1")[0], address)
    if version != 0 or program is None:
        raise BadProof("Only segwit addresses (P2WPKH, P2WSH) can be proved.", field="address")
    return bytes(program)


def digest(program: bytes, message: str, script_code: bytes) -> bytes:
    """What is signed: BIP-143's digest of BIP-322's virtual transaction, sighash ALL."""
    to_spend = _txid_to_spend(program, message)
    outpoint = to_spend + bytes(4)
    preimage = (
        bytes(4)  # version 0: no real transaction has it
        + _twice(outpoint)
        + _twice(bytes(4))
        + outpoint
        + _sized(script_code)
        + bytes(8)
        + bytes(4)
        + _twice(bytes(8) + b"\x01\x6a")  # one output: nothing, to OP_RETURN
        + bytes(4)
        + (1).to_bytes(4, "little")
    )
    return _twice(preimage)


def digest_to_cosign(witness_script: bytes, message: str) -> bytes:
    """What each cosigner of a P2WSH address signs."""
    return digest(sha256(witness_script).digest(), message, witness_script)


def read_script(witness_script: bytes) -> Multisig:
    """Raises BadProof for anything but `m <key> … n OP_CHECKMULTISIG`."""
    keys, at = [], 1
    while witness_script[at : at + 1] == b"\x21":
        keys.append(witness_script[at + 1 : at + 34])
        at += 34
    ends = bytes([0x50 + len(keys), OP_CHECKMULTISIG])
    needs = witness_script[0] - 0x50 if witness_script else 0
    if witness_script[at:] != ends or not 1 <= needs <= len(keys) <= 16:
        raise BadProof("The witness script is no plain multisig.", field="signature")
    return Multisig(needs, keys)


def signed_by(key: bytes, witness_script: bytes, message: str, signature: bytes) -> bool:
    """Whether one cosigner's signature (DER and the sighash byte) is good."""
    return _good(key, signature, digest_to_cosign(witness_script, message))


def combined(witness_script: bytes, signatures: Mapping[bytes, bytes]) -> str:
    """Enough cosigners' signatures, by public key, as one proof. Raises BadProof for too few."""
    script = read_script(witness_script)
    chosen = [signatures[key] for key in script.keys if key in signatures][: script.needs]
    if len(chosen) < script.needs:
        raise BadProof(
            f"{len(chosen)} of {script.needs} cosigners have signed.", limit=script.needs
        )
    return encode_stack([b"", *chosen, witness_script])


def encode_stack(items: Sequence[bytes]) -> str:
    return base64.b64encode(_compact(len(items)) + b"".join(map(_sized, items))).decode()


def _verify_one(program: bytes, message: str, stack: list[bytes]) -> None:
    if len(stack) != 2:
        raise BadProof("A P2WPKH proof is a signature and a public key.", field="signature")
    signature, key = stack

    if len(key) != 33 or hash160(key) != program:
        raise BadProof("The public key is not the address's.", field="signature")
    script_code = b"\x76\xa9\x14" + program + b"\x88\xac"
    if not _good(key, signature, digest(program, message, script_code)):
        raise BadProof("The signature is not of this address over this text.", field="signature")


def _verify_several(program: bytes, message: str, stack: list[bytes]) -> None:
    if len(stack) < 3 or stack[0] != b"" or sha256(stack[-1]).digest() != program:
        raise BadProof("The witness script is not the address's.", field="signature")
    script, signatures = read_script(stack[-1]), stack[1:-1]
    if len(signatures) != script.needs:
        raise BadProof(
            f"{len(signatures)} of {script.needs} cosigners have signed.",
            field="signature",
            limit=script.needs,
        )
    signed = digest_to_cosign(stack[-1], message)
    left = iter(script.keys)  # signatures stand in the order of the keys, each of another key
    for signature in signatures:
        if not any(_good(key, signature, signed) for key in left):
            raise BadProof("A signature is of none of the cosigners.", field="signature")


def _good(key: bytes, signature: bytes, signed: bytes) -> bool:
    if signature[-1:] != SIGHASH_ALL:
        return False
    try:
        return bool(PublicKey(key).verify(signature[:-1], signed, hasher=None))
    except ValueError:
        return False


def _stack(signature: str) -> list[bytes]:
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadProof("The signature is not base64.", field="signature") from error
    if not raw or len(raw) > MOST_BYTES:
        raise BadProof("The signature has no plausible length.", field="signature")
    items, at = [], 1
    for _ in range(raw[0]):
        size, at = _size_at(raw, at)
        items.append(raw[at : at + size])
        at += size
    if at != len(raw):
        raise BadProof("The signature is not a witness.", field="signature")
    return items


def _size_at(raw: bytes, at: int) -> tuple[int, int]:
    first = raw[at] if at < len(raw) else 0xFF
    if first < 0xFD:
        return first, at + 1
    if first == 0xFD:
        return int.from_bytes(raw[at + 1 : at + 3], "little"), at + 3
    raise BadProof("The signature is not a witness.", field="signature")


def _txid_to_spend(program: bytes, message: str) -> bytes:
    commitment = b"\x00\x20" + sha256(_TAG + _TAG + message.encode()).digest()
    return _twice(
        bytes(4)
        + b"\x01"
        + bytes(32)
        + b"\xff\xff\xff\xff"
        + _sized(commitment)
        + bytes(4)
        + b"\x01"
        + bytes(8)
        + _sized(bytes([OP_0, len(program)]) + program)
        + bytes(4)
    )


def _twice(data: bytes) -> bytes:
    return sha256(sha256(data).digest()).digest()


def _sized(data: bytes) -> bytes:
    return _compact(len(data)) + data


def _compact(size: int) -> bytes:
    return bytes([size]) if size < 0xFD else b"\xfd" + size.to_bytes(2, "little")
