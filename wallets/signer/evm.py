"""EVM transactions: read from their fields, never from call data we don't understand.

Only four things can be said: pay the native asset; call `transfer(address,uint256)` of a token
that the policy lists; without value, have the policy's cold Safe execute what its owners signed;
and lend to a vault of the policy or fetch back (`vaults`). No contract creation, no other call, no
access list.
"""

from __future__ import annotations

import re
from typing import Any

from wallets.signer import vaults
from wallets.signer.keys import PrivateHalf, checksummed, evm_address, keccak256
from wallets.signer.policy import EVM_ADDRESS, Key
from wallets.signer.proposal import Payment, Proposal, Whose
from wallets.signer.refusals import Refusal

TRANSFER = bytes.fromhex("a9059cbb")
EXECUTE = bytes.fromhex("6a761202")  # a Safe's execTransaction(…)
NOWHERE = "0x" + "0" * 40
MAX_GAS = 2_000_000
FIELDS = {
    2: {"maxFeePerGas", "maxPriorityFeePerGas"},
    0: {"gasPrice"},
}
COMMON = {"type", "chainId", "nonce", "to", "value", "gas", "data", "index"}


def propose(
    *,
    id: str,
    key: Key,
    fields: Any,
    halves: dict[str, PrivateHalf],
    hint: Any,
    fee_limit: int | None,
    unnumbered: bool = False,
) -> Proposal:
    """What a transaction would do. `hint` says which own deposit address it tops up, if any.
    Operators may approve it `unnumbered`: its nonce is known only when its turn comes.

    Raises Refusal for everything that is not one of the things that can be said.
    """
    if not isinstance(fields, dict):
        raise Refusal("malformed", "evm must be an object of a transaction's fields.")
    kind = _number(fields, "type", most=2)
    if kind not in FIELDS or set(fields) - COMMON - FIELDS[kind]:
        raise Refusal("malformed", "Only legacy and EIP-1559 transactions, with their own fields.")
    if str(_number(fields, "chainId")) != key.network.chain:
        raise Refusal("wrong_chain", f"{key.name} signs for chain {key.network.chain} only.")
    index = _number(fields, "index", default=0)
    if key.role == "hot" and index:
        raise Refusal("derivation", "A hot key pays from its first address only.")
    half = halves[key.name]
    source = evm_address(half.public(0, index))
    tip = "maxPriorityFeePerGas" if kind == 2 else "gasPrice"
    price = "maxFeePerGas" if kind == 2 else "gasPrice"
    prices = (_number(fields, price), _number(fields, tip))
    if not 0 < prices[0] or prices[1] > prices[0]:
        raise Refusal("malformed", "The price of gas is positive, and the tip a part of it.")
    gas = _number(fields, "gas", most=MAX_GAS)
    payment = _payment(key, fields, source, halves, hint)
    open_yet = unnumbered and fields.get("nonce") is None
    nonce = None if open_yet else _number(fields, "nonce", most=2**63 - 1)
    common = [_address(fields, "to"), _number(fields, "value"), _data(fields)]
    unsigned: list[Any]
    if kind == 2:
        unsigned = [int(key.network.chain), nonce or 0, prices[1], prices[0], gas, *common, []]
        digest = keccak256(b"\x02" + rlp(unsigned))
    else:
        unsigned = [nonce or 0, prices[0], gas, *common]
        digest = keccak256(rlp([*unsigned, int(key.network.chain), b"", b""]))

    def sign() -> tuple[str, str]:
        if nonce is None:
            raise Refusal("nonce", "Without its nonce nothing is signed.")
        r, s, odd = half.sign(0, index, digest)
        if kind == 2:
            raw = b"\x02" + rlp([*unsigned, odd, r, s])
        else:
            raw = rlp([*unsigned, odd + 35 + 2 * int(key.network.chain), r, s])
        return "0x" + raw.hex(), "0x" + keccak256(raw).hex()

    cap = key.fees.per_transaction
    return Proposal(
        id=id,
        key=key,
        source=source,
        payments=(payment,),
        fee=gas * prices[0],
        fee_limit=cap if fee_limit is None else min(cap, fee_limit),
        fingerprint="" if nonce is None else "0x" + digest.hex(),
        nonce=nonce,
        prices=prices,
        coins=(),
        sign=sign,
    )


def _payment(
    key: Key, fields: dict[str, Any], source: str, halves: dict[str, PrivateHalf], hint: Any
) -> Payment:
    to, value, data = _address(fields, "to"), _number(fields, "value"), _data(fields)
    called = "0x" + to.hex()
    if data[:4] == EXECUTE and key.role == "hot" and called == key.cold and not value:
        # Its owners signed what it pays; this only costs gas, which the fee limits cap.
        native = key.assets[key.network.native]
        return Payment(checksummed(called), native.code, "", 0, Whose.COLD)
    if data and (lent := vaults.call(key, to=called, value=value, data=data, source=source)):
        return lent
    if called in key.vaults:
        raise Refusal("call", "A vault is lent to by its own calls only.")
    if not data:
        asset, recipient, units = key.assets[key.network.native], called, value
        if key.asset_of(called):
            raise Refusal("call", "A token's contract is not a recipient.")
    else:
        found = key.asset_of(called)
        if found is None or not found.contract:
            raise Refusal("contract", f"{checksummed(called)} is no token of {key.name}'s policy.")
        if value or len(data) != 68 or data[:4] != TRANSFER or any(data[4:16]):
            raise Refusal("call", "Only transfer(address,uint256) may be called, without value.")
        asset, recipient, units = found, "0x" + data[16:36].hex(), int.from_bytes(data[36:])
    if units <= 0:
        raise Refusal("amount", "A payment pays something.")
    nobody = recipient in (NOWHERE, source.lower()) or recipient in key.vaults
    if nobody or (key.asset_of(recipient) and recipient):
        raise Refusal("destination", "Nobody is there to be paid.")
    return Payment(
        address=checksummed(recipient),
        asset=asset.code,
        contract=asset.contract,
        units=units,
        whose=_whose(key, recipient, halves, hint),
    )


def _whose(key: Key, recipient: str, halves: dict[str, PrivateHalf], hint: Any) -> Whose:
    if recipient == key.cold:
        return Whose.COLD
    if any(recipient == evm_address(halves[hot].public(0, 0)).lower() for hot in key.pays):
        return Whose.HOT
    if key.gas is not None and isinstance(hint, dict) and hint.get("key") == key.gas.key:
        index = _number(hint, "index")
        if recipient == evm_address(halves[key.gas.key].public(0, index)).lower():
            return Whose.DEPOSIT
    return Whose.LISTED if recipient in key.destinations else Whose.STRANGER


def rlp(item: Any) -> bytes:
    """Recursive length prefix of integers, bytes and lists of them."""
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8)
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _length(len(item), 0x80) + item
    body = b"".join(rlp(part) for part in item)
    return _length(len(body), 0xC0) + body


def _length(size: int, offset: int) -> bytes:
    if size < 56:
        return bytes([offset + size])
    digits = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([offset + 55 + len(digits)]) + digits


def _number(
    fields: dict[str, Any], name: str, *, default: int | None = None, most: int = 2**256 - 1
) -> int:
    """A whole number, as such or as decimal digits."""
    value = fields.get(name, default)
    if isinstance(value, str) and re.fullmatch(r"\d{1,78}", value, re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise Refusal("malformed", f"{name} must be a whole number of at most {most}.")
    return value


def _address(fields: dict[str, Any], name: str) -> bytes:
    text = fields.get(name)
    if not isinstance(text, str) or not EVM_ADDRESS.fullmatch(text.lower()):
        raise Refusal("malformed", f"{name} must be an address.")
    if text not in (text.lower(), "0x" + text[2:].upper(), checksummed(text)):
        raise Refusal("malformed", f"{name} has a wrong checksum.")
    return bytes.fromhex(text[2:])


def _data(fields: dict[str, Any]) -> bytes:
    text = fields.get("data", "")
    if text in ("", "0x"):
        return b""
    if not isinstance(text, str) or not re.fullmatch(r"0x[0-9a-fA-F]{2,4096}", text):
        raise Refusal("call", "data is no call that we know.")
    try:
        return bytes.fromhex(text[2:])
    except ValueError:
        raise Refusal("call", "data is no call that we know.") from None
