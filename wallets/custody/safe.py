"""The Safe 1.4.1 multisig: what its owners sign, and what its contract is called with.

The hash is computed here from the standard (EIP-712) and compared with the contract's own before
anybody signs; signatures are recovered here before the contract sees them. Only encodings: this
module talks to nobody and can sign nothing. No Django: a cosigner's offline machine runs it too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from eth_abi import decode, encode
from eth_keys import keys
from eth_keys.exceptions import BadSignature as NoSignature
from eth_keys.exceptions import ValidationError
from eth_utils import keccak, to_checksum_address

from exchange.core.errors import Invalid

NOBODY = "0x" + "00" * 20
CALL = 0  # the other operation, DELEGATECALL, could do anything: never proposed here
TRANSFER = bytes.fromhex("a9059cbb")  # ERC-20: transfer(address,uint256)

_DOMAIN = keccak(text="EIP712Domain(uint256 chainId,address verifyingContract)")
_FIELDS = (
    ("to", "address"),
    ("value", "uint256"),
    ("data", "bytes"),
    ("operation", "uint8"),
    ("safeTxGas", "uint256"),
    ("baseGas", "uint256"),
    ("gasPrice", "uint256"),
    ("gasToken", "address"),
    ("refundReceiver", "address"),
    ("nonce", "uint256"),
)
_TYPE = keccak(text="SafeTx(" + ",".join(f"{kind} {name}" for name, kind in _FIELDS) + ")")
CONTRACTS = Path(__file__).with_name("contracts") / "safe-1.4.1.json"


class BadSignature(Invalid):
    """Not a signature of an owner over this transaction."""

    code = "bad_signature"


class SafeTx(NamedTuple):
    """One call that a Safe makes. Gas is paid by whoever executes it: no refunds, no delegation."""

    to: str
    value: int
    data: bytes
    nonce: int

    def values(self) -> tuple[Any, ...]:
        """The standard's ten fields, in its order."""
        return (self.to, self.value, self.data, CALL, 0, 0, 0, NOBODY, NOBODY, self.nonce)


class Decoded(NamedTuple):
    """What a Safe transaction pays. `contract` is empty for the native asset."""

    recipient: str
    units: int
    contract: str


def payment(*, recipient: str, units: int, contract: str, nonce: int) -> SafeTx:
    """The transaction that pays somebody the native asset, or a token."""
    if not contract:
        return SafeTx(to_checksum_address(recipient), units, b"", nonce)
    data = TRANSFER + encode(["address", "uint256"], [recipient, units])
    return SafeTx(to_checksum_address(contract), 0, data, nonce)


def decoded(tx: SafeTx) -> Decoded:
    """What it pays and to whom. Raises Invalid for a call that is not a plain payment."""
    if not tx.data:
        return Decoded(to_checksum_address(tx.to), tx.value, "")
    if tx.data[:4] != TRANSFER or len(tx.data) != 68 or tx.value:
        raise Invalid("This call is no plain payment.", field="data")
    recipient, units = decode(["address", "uint256"], tx.data[4:])
    return Decoded(to_checksum_address(recipient), units, to_checksum_address(tx.to))


def hash_of(*, chain_id: int, safe: str, tx: SafeTx) -> bytes:
    """What the owners sign: the EIP-712 hash, equal to the contract's `getTransactionHash`."""
    domain = keccak(encode(["bytes32", "uint256", "address"], [_DOMAIN, chain_id, safe]))
    types = ["bytes32", *("bytes32" if kind == "bytes" else kind for _, kind in _FIELDS)]
    values = [keccak(v) if kind == "bytes" else v for v, (_, kind) in _pairs(tx)]
    return keccak(b"\x19\x01" + domain + keccak(encode(types, [_TYPE, *values])))


def typed_data(*, chain_id: int, safe: str, tx: SafeTx) -> dict[str, Any]:
    """The same as the JSON that wallets show and sign (eth_signTypedData_v4)."""
    message = dict(zip((name for name, _ in _FIELDS), tx.values(), strict=True))
    return {
        "types": {
            "EIP712Domain": [
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "SafeTx": [{"name": name, "type": kind} for name, kind in _FIELDS],
        },
        "primaryType": "SafeTx",
        "domain": {"chainId": chain_id, "verifyingContract": to_checksum_address(safe)},
        "message": {**message, "data": "0x" + tx.data.hex()},
    }


def read_typed_data(content: Mapping[str, Any]) -> tuple[int, str, SafeTx]:
    """Chain, Safe and transaction of such JSON. Raises Invalid when it is anything else."""
    try:
        domain, message = content["domain"], content["message"]
        tx = SafeTx(
            to=to_checksum_address(message["to"]),
            value=int(message["value"]),
            data=bytes.fromhex(message["data"].removeprefix("0x")),
            nonce=int(message["nonce"]),
        )
        chain_id, safe = int(domain["chainId"]), to_checksum_address(domain["verifyingContract"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid("This is no Safe transaction.", field="file") from error
    if dict(content) != typed_data(chain_id=chain_id, safe=safe, tx=tx):
        raise Invalid("This Safe transaction has fields that we never use.", field="file")
    return chain_id, safe, tx


def signer_of(digest: bytes, signature: bytes) -> str:
    """The address whose key signed. Raises BadSignature.

    v of 27 and 28 sign the hash itself; 31 and 32 (the Safe's convention) sign it as a message,
    which is all that some hardware wallets can do.
    """
    if len(signature) != 65:
        raise BadSignature("A signature has 65 bytes.", field="signature", limit=65)
    v = signature[64]
    if v in (31, 32):
        digest, v = keccak(b"\x19Ethereum Signed Message:\n32" + digest), v - 4
    if v not in (27, 28):
        raise BadSignature("This kind of signature is not supported.", field="signature")
    try:
        made = keys.Signature(signature[:64] + bytes([v - 27]))
        return str(made.recover_public_key_from_msg_hash(digest).to_checksum_address())
    except (NoSignature, ValidationError) as error:
        raise BadSignature("This is no valid signature.", field="signature") from error


def joined(signatures: Mapping[str, bytes]) -> bytes:
    """Signatures by owner, as the contract wants them: sorted by the owner's number."""
    return b"".join(sig for _, sig in sorted(signatures.items(), key=lambda x: int(x[0], 16)))


def exec_data(tx: SafeTx, signatures: bytes) -> str:
    """Call data of `execTransaction`. Anybody may send it: the signatures are what counts."""
    kinds = [kind for _, kind in _FIELDS[:-1]]
    return _call("execTransaction", [*kinds, "bytes"], [*tx.values()[:-1], signatures])


def ask_hash(tx: SafeTx) -> str:
    """Call data of `getTransactionHash`; the answer is 32 bytes."""
    return _call("getTransactionHash", [kind for _, kind in _FIELDS], list(tx.values()))


ASK_NONCE = "0x" + keccak(text="nonce()")[:4].hex()
ASK_OWNERS = "0x" + keccak(text="getOwners()")[:4].hex()
ASK_THRESHOLD = "0x" + keccak(text="getThreshold()")[:4].hex()
ASK_VERSION = "0x" + keccak(text="VERSION()")[:4].hex()


def answer(kind: str, data: str) -> Any:
    """One value that the contract returned: "uint256", "address[]", "string", "bytes32"."""
    (value,) = decode([kind], bytes.fromhex(data.removeprefix("0x")))
    return value


# Making a Safe


@lru_cache(maxsize=1)
def contracts() -> dict[str, str]:
    """Creation bytecode by name: singleton, factory, fallback, proxy. See contracts/README.md."""
    return {name: each["bytecode"] for name, each in json.loads(CONTRACTS.read_text()).items()}


def setup_data(*, owners: Sequence[str], threshold: int, fallback: str) -> str:
    """Call data of `setup`: who owns it, and how many of them must sign."""
    kinds = ["address[]", "uint256", "address", "bytes", "address", "address", "uint256", "address"]
    return _call("setup", kinds, [owners, threshold, NOBODY, b"", fallback, NOBODY, 0, NOBODY])


def create_data(*, singleton: str, initializer: str, salt: int) -> str:
    """Call data for the factory: make a proxy of the singleton and set it up."""
    kinds = ["address", "bytes", "uint256"]
    values = [singleton, bytes.fromhex(initializer[2:]), salt]
    return _call("createProxyWithNonce", kinds, values)


def proxy_address(*, factory: str, singleton: str, initializer: str, salt: int) -> str:
    """Where the factory will put it (CREATE2): known before the chain is asked."""
    code = bytes.fromhex(contracts()["proxy"].removeprefix("0x"))
    code += encode(["address"], [singleton])
    seed = keccak(keccak(bytes.fromhex(initializer[2:])) + encode(["uint256"], [salt]))
    place = keccak(b"\xff" + bytes.fromhex(factory[2:]) + seed + keccak(code))
    return str(to_checksum_address(place[-20:]))


def _call(name: str, kinds: Sequence[str], values: Sequence[Any]) -> str:
    selector = keccak(text=f"{name}({','.join(kinds)})")[:4]
    return "0x" + (selector + encode(kinds, values)).hex()


def _pairs(tx: SafeTx) -> list[tuple[Any, tuple[str, str]]]:
    return list(zip(tx.values(), _FIELDS, strict=True))
