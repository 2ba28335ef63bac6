"""EIP-191 personal messages: who signed one. Nothing here can sign."""

from __future__ import annotations

import json

from coincurve import PublicKey
from eth_utils import keccak, to_checksum_address

from wallets.reserves.bip322 import BadProof

# Half of the curve's order: of the two forms of a signature only the lower counts (EIP-2).
HALF = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


def signer_of(message: str, signature: str) -> str:
    """The address that signed the text. Raises BadProof for what is no signature."""
    digits = signature.lower().removeprefix("0x")
    try:
        raw = bytes.fromhex(digits)
    except ValueError as error:
        raise BadProof("The signature is not hex.", field="signature") from error
    if len(raw) != 65 or raw[64] not in (27, 28) or int.from_bytes(raw[32:64]) > HALF:
        raise BadProof("The signature is not 65 bytes that end in 1b or 1c.", field="signature")
    try:
        key = PublicKey.from_signature_and_message(
            raw[:64] + bytes([raw[64] - 27]), digest(message), hasher=None
        )
    except Exception as error:  # coincurve raises a bare Exception for a signature of no key
        raise BadProof("The signature is of no key.", field="signature") from error
    return str(to_checksum_address(keccak(key.format(compressed=False)[1:])[-20:]))


def digest(message: str) -> bytes:
    text = message.encode()
    return bytes(keccak(b"\x19Ethereum Signed Message:\n" + str(len(text)).encode() + text))


def verify(address: str, message: str, signature: str) -> None:
    """Raises BadProof unless the address's key signed the text."""
    found = signer_of(message, signature)
    if found.lower() != address.lower():
        raise BadProof(f"The signature is of {found}.", field="signature")


def verify_owners(message: str, signatures: str, *, owners: list[str], needs: int) -> None:
    """A Safe's proof: a JSON list of its owners' signatures. Raises BadProof for too few."""
    try:
        listed = json.loads(signatures)
    except ValueError as error:
        raise BadProof("The owners' signatures are not a list.", field="signature") from error
    if not isinstance(listed, list) or len(listed) > len(owners):
        raise BadProof("The owners' signatures are not a list.", field="signature")
    found = {signer_of(message, str(signature)) for signature in listed}
    if len(found) < needs or not found <= set(owners):
        raise BadProof(f"{len(found & set(owners))} of {needs} owners have signed.", limit=needs)
