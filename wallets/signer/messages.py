"""Ownership proofs: BIP-322 (simple, P2WPKH) and EIP-191. Never anything that could be a payment.

Both ways of hashing are set apart from transactions by their own standards. Besides, only texts
that begin as the policy says are signed, so that nobody borrows our keys to promise other things.
"""

from __future__ import annotations

import base64
import hashlib

from embit import script as scripts
from embit.ec import PublicKey
from embit.script import Script, Witness
from embit.transaction import SIGHASH, Transaction, TransactionInput, TransactionOutput

from wallets.signer.keys import PrivateHalf, evm_address, keccak256
from wallets.signer.policy import Key
from wallets.signer.refusals import Refusal

LONGEST = 500
_TAG = hashlib.sha256(b"BIP0322-signed-message").digest()


def refuse_unless_fit(text: object, prefix: str) -> str:
    """The text, if it is one that may be signed. Raises Refusal."""
    if not isinstance(text, str) or not text.startswith(prefix) or text == prefix:
        raise Refusal("message", f"Only messages that begin with {prefix!r} are signed.")
    if len(text) > LONGEST:
        raise Refusal("message", f"A message has at most {LONGEST} characters.")
    if not text.isprintable():
        raise Refusal("message", "A message is one printable line.")
    return text


def sign(key: Key, half: PrivateHalf, branch: int, index: int, text: str) -> tuple[str, str]:
    """(the address that is proved, the signature)."""
    from wallets.signer.bitcoin import address_of

    public = half.public(branch, index)
    if key.network.family == "evm":
        raw = text.encode()
        framed = b"\x19Ethereum Signed Message:\n" + str(len(raw)).encode() + raw
        r, s, odd = half.sign(branch, index, keccak256(framed))
        return evm_address(public), "0x" + (
            r.to_bytes(32) + s.to_bytes(32) + bytes([27 + odd])
        ).hex()
    script = scripts.p2wpkh(PublicKey.parse(public))
    proof = _to_sign(text.encode(), script)
    digest = proof.sighash_segwit(0, scripts.p2pkh_from_p2wpkh(script), 0)
    made = half.sign(branch, index, digest)
    witness = Witness([made.der() + bytes([SIGHASH.ALL]), public])
    return address_of(script, key.network), base64.b64encode(witness.serialize()).decode()


def _to_sign(message: bytes, script: Script) -> Transaction:
    """BIP-322's second virtual transaction; it can never be mined."""
    tagged = hashlib.sha256(_TAG + _TAG + message).digest()
    commitment = TransactionInput(
        b"\0" * 32, 0xFFFFFFFF, script_sig=Script(b"\x00\x20" + tagged), sequence=0
    )
    to_spend = Transaction(
        version=0, vin=[commitment], vout=[TransactionOutput(0, script)], locktime=0
    )
    return Transaction(
        version=0,
        vin=[TransactionInput(to_spend.txid(), 0, sequence=0)],
        vout=[TransactionOutput(0, Script(b"\x6a"))],
        locktime=0,
    )
