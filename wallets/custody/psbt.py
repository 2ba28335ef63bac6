"""What cosigners do to one PSBT (BIP-174): check what came back, say whose it is, put it together.

Nothing that comes back is taken over as it is: a signature is verified against our own copy of the
transaction, and only the signature is kept. embit reads, coincurve verifies, bdk finalises; nothing
here can sign. No Django, so that a cosigner's offline machine runs the same code.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import NamedTuple

import bdkpython
from coincurve import PublicKey
from embit import ec
from embit.psbt import PSBT
from embit.transaction import SIGHASH, Transaction

from exchange.core.errors import Invalid

MOST_BYTES = 4_000_000  # a block is no larger


class BadPsbt(Invalid):
    """The file is no PSBT, or not one of this payment. The message says what is wrong."""

    code = "bad_psbt"


class NotEnoughSignatures(Invalid):
    """Fewer cosigners have signed than the wallet needs. `limit` is how many it needs."""

    code = "not_enough_signatures"


class Output(NamedTuple):
    script: bytes
    units: int


class Contents(NamedTuple):
    """What a PSBT does when it is signed. Amounts in satoshi."""

    txid: str
    inputs: list[tuple[str, int, int]]  # txid, number, units
    outputs: list[Output]

    @property
    def fee(self) -> int:
        return sum(units for _, _, units in self.inputs) - sum(o.units for o in self.outputs)


class Signatures(NamedTuple):
    """What one cosigner signed: for each input, in order, the public key and the signature."""

    cosigner: str  # the fingerprint of their master key, hex
    inputs: list[tuple[str, str]]


def read(data: bytes | str) -> PSBT:
    """A PSBT as base64, as hex or as bytes. Raises BadPsbt."""
    if len(data) > MOST_BYTES:
        raise BadPsbt("The file is too large for a PSBT.", field="file", limit=MOST_BYTES)
    raw = data if isinstance(data, bytes) else data.encode("ascii", "replace")
    if not raw.startswith(b"psbt\xff"):
        raw = _decoded(raw.strip())
    try:
        return PSBT.parse(raw)
    except Exception as error:  # the parser meets a stranger's bytes and fails in many ways
        raise BadPsbt("This is no PSBT.", field="file") from error


def contents(psbt: str) -> Contents:
    """Inputs with their amounts, outputs, fee. Raises BadPsbt when an amount is missing."""
    parsed = read(psbt)
    inputs = []
    for txin, scope in zip(parsed.tx.vin, parsed.inputs, strict=True):
        if scope.witness_utxo is None:
            raise BadPsbt("An input does not say what it is worth.", field="file")
        inputs.append((txin.txid.hex(), txin.vout, scope.witness_utxo.value))
    outputs = [Output(bytes(out.script_pubkey.data), out.value) for out in parsed.tx.vout]
    return Contents(parsed.tx.txid().hex(), inputs, outputs)


def with_previous(psbt: str, previous: Mapping[str, str]) -> str:
    """The PSBT with the transactions that its inputs spend, by txid, as hex.

    A cosigner's wallet can then check the amounts itself, and a hardware wallet insists on it.
    Raises BadPsbt when one is missing, is another transaction, or pays another amount.
    """
    parsed = read(psbt)
    for txin, scope in zip(parsed.tx.vin, parsed.inputs, strict=True):
        txid = txin.txid.hex()
        if txid not in previous:
            raise BadPsbt(f"The previous transaction {txid} is missing.", field="previous")
        earlier = Transaction.parse(bytes.fromhex(previous[txid]))
        if earlier.txid().hex() != txid or txin.vout >= len(earlier.vout):
            raise BadPsbt(f"This is not the transaction {txid}.", field="previous")
        paid = earlier.vout[txin.vout]
        wanted = scope.witness_utxo
        if wanted is None or (paid.value, paid.script_pubkey) != (
            wanted.value,
            wanted.script_pubkey,
        ):
            raise BadPsbt(f"The transaction {txid} pays something else.", field="previous")
        scope.non_witness_utxo = earlier
    return str(parsed.to_string())


def cosigners(psbt: str) -> list[str]:
    """The fingerprints of those who can sign it, in the order of the descriptor's keys."""
    parsed = read(psbt)
    found: dict[str, None] = {}
    for scope in parsed.inputs:
        for path in scope.bip32_derivations.values():
            found[path.fingerprint.hex()] = None
    return sorted(found)


def signatures_in(returned: bytes | str, *, ours: str) -> list[Signatures]:
    """Whose signatures a returned PSBT carries, each verified against our own copy.

    Takes what a wallet leaves behind: partial signatures, or a finished witness when it finalised
    by itself. Raises BadPsbt: another transaction, a signature that does not verify or covers less
    than everything, a key that is none of the cosigners', an input left out, none at all.
    """
    mine, theirs = read(ours), read(returned)
    if mine.tx.serialize() != theirs.tx.serialize():
        raise BadPsbt("This is a PSBT of another transaction.", field="file")
    by_cosigner: dict[str, dict[int, tuple[str, str]]] = {}
    for number, (own, scope) in enumerate(zip(mine.inputs, theirs.inputs, strict=True)):
        owners = {bytes(pub.sec()): path.fingerprint for pub, path in own.bip32_derivations.items()}
        digest = mine.sighash(number, sighash=SIGHASH.ALL)
        for public, signature in _found(scope, list(owners), digest):
            if public not in owners:
                raise BadPsbt("A key signed that is none of the cosigners'.", field="file")
            _verify(public, signature, digest)
            cosigner = owners[public].hex()
            by_cosigner.setdefault(cosigner, {})[number] = (public.hex(), signature.hex())
    if not by_cosigner:
        raise BadPsbt("Nobody has signed this file.", field="file")
    for cosigner, signed in by_cosigner.items():
        if len(signed) != len(mine.inputs):
            raise BadPsbt(
                f"{cosigner} signed {len(signed)} of {len(mine.inputs)} inputs.", field="file"
            )
    return [
        Signatures(cosigner, [signed[number] for number in range(len(mine.inputs))])
        for cosigner, signed in sorted(by_cosigner.items())
    ]


def combined(ours: str, gathered: list[Signatures]) -> str:
    """Our own PSBT with these signatures, and nothing else that came with them."""
    parsed = read(ours)
    for signed in gathered:
        for scope, (public, signature) in zip(parsed.inputs, signed.inputs, strict=True):
            key = ec.PublicKey.parse(bytes.fromhex(public))
            scope.partial_sigs[key] = bytes.fromhex(signature)
    return str(parsed.to_string())


def finalised(psbt: str, *, threshold: int) -> tuple[str, str]:
    """(raw transaction as hex, txid). bdk runs the script interpreter over what it makes.

    Raises NotEnoughSignatures when a cosigner is missing.
    """
    result = bdkpython.Psbt(psbt).finalize()
    if not result.could_finalize:
        raise NotEnoughSignatures(
            f"The wallet needs {threshold} signatures.", field="signatures", limit=threshold
        )
    transaction = result.psbt.extract_tx_unchecked_fee_rate()
    return bytes(transaction.serialize()).hex(), str(transaction.compute_txid())


def _decoded(text: bytes) -> bytes:
    try:
        if text[:10].lower() == b"70736274ff":
            return binascii.unhexlify(text)
        return base64.b64decode(b"".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadPsbt("This is no PSBT.", field="file") from error


def _found(scope: object, keys: list[bytes], digest: bytes) -> list[tuple[bytes, bytes]]:
    """(public key, signature) pairs of one input, from wherever the wallet put them."""
    partial = [(bytes(p.sec()), bytes(s)) for p, s in scope.partial_sigs.items()]  # type: ignore[attr-defined]
    witness = scope.final_scriptwitness  # type: ignore[attr-defined]
    if partial or witness is None:
        return partial
    found = []
    for item in witness.items[1:-1]:
        owner = next((key for key in keys if _is_valid(key, bytes(item), digest)), None)
        if owner is None:
            raise BadPsbt("A signature in this file is not valid.", field="file")
        found.append((owner, bytes(item)))
    return found


def _verify(public: bytes, signature: bytes, digest: bytes) -> None:
    if signature[-1:] != bytes([SIGHASH.ALL]):
        raise BadPsbt("A signature does not cover the whole transaction.", field="file")
    if not _is_valid(public, signature, digest):
        raise BadPsbt("A signature in this file is not valid.", field="file")


def _is_valid(public: bytes, signature: bytes, digest: bytes) -> bool:
    if signature[-1:] != bytes([SIGHASH.ALL]):
        return False
    try:
        return bool(PublicKey(public).verify(signature[:-1], digest, hasher=None))
    except (ValueError, Exception):  # noqa: BLE001  malformed DER comes as a bare Exception
        return False
