"""Compare what the signer gave back with what it was asked for, to the last field.

A signer that signs something else is broken or not ours: its bytes are never stored, never sent.
"""

from __future__ import annotations

import rlp
from embit.psbt import PSBT
from embit.transaction import Transaction
from eth_utils import keccak

from exchange.core.errors import Conflict
from wallets.sending import bitcoin, evm
from wallets.sending.models import ChainTransaction

EVM_FIELDS = (
    "chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value",
    "data",
)  # fmt: skip


class OtherContents(Conflict):
    """What was signed is not what was prepared."""

    code = "other_contents"
    message = "What the signer returned is not what it was asked to sign."


def refuse_other_contents(row: ChainTransaction, signed: str, txid: str) -> None:
    """Raises OtherContents unless `signed` is the prepared transaction plus signatures."""
    try:
        same = _evm(row, signed, txid) if row.nonce is not None else _bitcoin(row, signed, txid)
    except Exception as error:  # embit and rlp raise many kinds for what they can't read
        raise OtherContents from error
    if not same:
        raise OtherContents


def _bitcoin(row: ChainTransaction, signed: str, txid: str) -> bool:
    got = Transaction.from_string(signed)
    return got.txid().hex() == txid == bitcoin.txid_of(row.unsigned) and bool(
        got.txid() == PSBT.from_string(row.unsigned).tx.txid()
    )


def _evm(row: ChainTransaction, signed: str, txid: str) -> bool:
    raw = bytes.fromhex(signed.removeprefix("0x"))
    if raw[:1] != b"\x02" or "0x" + keccak(raw).hex() != txid:
        return False
    values = rlp.decode(raw[1:])
    if len(values) != 12 or values[8] != []:
        return False
    asked = evm.read(row.unsigned)
    return all(
        value == _as_bytes(asked[name]) for name, value in zip(EVM_FIELDS, values[:8], strict=True)
    )


def _as_bytes(value: int | str) -> bytes:
    if isinstance(value, str):
        return bytes.fromhex(value.removeprefix("0x"))
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
