"""Blocks and transactions of the Bitcoin family as they travel: read, measured, hashed.

Reads what Bitcoin Core and its relatives serialise, witnesses included, and Litecoin's blocks with
their MWEB part, which pays nobody that we could recognise and is skipped. Everything is bounded by
the bytes at hand; what does not add up is `Malformed`.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import NamedTuple

HEADER_BYTES = 80
WITNESS, MWEB = 1, 8
NO_TXID = "00" * 32


class Malformed(Exception):
    """These bytes are no block, or no transaction."""


class Input(NamedTuple):
    txid: str
    output_index: int
    script: bytes
    sequence: int


class Output(NamedTuple):
    value: int
    script: bytes


class Transaction(NamedTuple):
    raw: bytes
    txid: str
    wtxid: str
    vsize: int
    inputs: Sequence[Input]
    outputs: Sequence[Output]

    @property
    def coinbase(self) -> bool:
        return self.inputs[0].txid == NO_TXID and self.inputs[0].output_index == 0xFFFFFFFF

    @property
    def replaceable(self) -> bool:
        """Whether it says that it may be replaced (BIP 125)."""
        return any(source.sequence < 0xFFFFFFFE for source in self.inputs)


class RawBlock(NamedTuple):
    hash: str
    parent: str
    merkle_root: bytes
    time: int
    transactions: Sequence[Transaction]


def sha256d(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def display(digest: bytes) -> str:
    """A hash as people write it: its bytes the other way round."""
    return digest[::-1].hex()


def internal(text: str) -> bytes:
    return bytes.fromhex(text)[::-1]


def compact(number: int) -> bytes:
    if number < 0xFD:
        return bytes([number])
    if number <= 0xFFFF:
        return b"\xfd" + struct.pack("<H", number)
    if number <= 0xFFFFFFFF:
        return b"\xfe" + struct.pack("<I", number)
    return b"\xff" + struct.pack("<Q", number)


class Reader:
    """A position in bytes. Raises Malformed at their end."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self.data):
            raise Malformed("ends too early")
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def number(self, form: str) -> int:
        (found,) = struct.unpack(form, self.take(struct.calcsize(form)))
        return int(found)

    def compact(self) -> int:
        first = self.take(1)[0]
        if first < 0xFD:
            return first
        return self.number({0xFD: "<H", 0xFE: "<I", 0xFF: "<Q"}[first])

    def text(self) -> bytes:
        return self.take(self.compact())

    def left(self) -> int:
        return len(self.data) - self.at


def read_transaction(reader: Reader) -> Transaction:
    """The transaction that begins here; the reader stands behind it afterwards."""
    start = reader.at
    version = reader.take(4)
    body = reader.at
    flags = 0
    if reader.data[reader.at : reader.at + 1] == b"\x00":
        reader.take(1)
        flags = reader.take(1)[0]
        body = reader.at
        if not flags or flags & ~(WITNESS | MWEB):
            raise Malformed("unknown flags of a transaction")
    inputs = [_input(reader) for _ in range(reader.compact())]
    outputs = [Output(reader.number("<q"), reader.text()) for _ in range(reader.compact())]
    end_of_body = reader.at
    if flags & WITNESS:
        for _source in inputs:
            for _item in range(reader.compact()):
                reader.text()
    if flags & MWEB and reader.take(1) != b"\x00":
        raise Malformed("a transaction with a MWEB part outside of a block's own")
    locktime = reader.take(4)
    if not inputs:
        raise Malformed("a transaction without inputs")
    raw = reader.data[start : reader.at]
    plain = version + reader.data[body:end_of_body] + locktime
    return Transaction(
        raw=raw,
        txid=display(sha256d(plain)),
        wtxid=display(sha256d(raw)),
        vsize=(3 * len(plain) + len(raw) + 3) // 4,
        inputs=inputs,
        outputs=outputs,
    )


def parse_transaction(raw: bytes) -> Transaction:
    """Exactly one transaction. Raises Malformed."""
    reader = Reader(raw)
    transaction = read_transaction(reader)
    if reader.left():
        raise Malformed("more than one transaction")
    return transaction


def parse_block(raw: bytes) -> RawBlock:
    """A whole block, whose transactions are the ones that its header names. Raises Malformed."""
    reader = Reader(raw)
    header = reader.take(HEADER_BYTES)
    transactions = [read_transaction(reader) for _ in range(reader.compact())]
    root = header[36:68]
    if not transactions or merkle_root([internal(tx.txid) for tx in transactions]) != root:
        raise Malformed("its transactions are not those of its header")
    return RawBlock(
        hash=display(sha256d(header)),
        parent=display(header[4:36]),
        merkle_root=root,
        time=struct.unpack("<I", header[68:72])[0],
        transactions=transactions,
    )


def merkle_root(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes in their internal order. A list that repeats its tail is Malformed:
    it has the same root as without (CVE-2012-2459)."""
    level = list(hashes)
    while len(level) > 1:
        pairs = range(0, len(level) - 1, 2)
        if any(level[left] == level[left + 1] for left in pairs):
            raise Malformed("a transaction twice")
        if len(level) % 2:
            level.append(level[-1])
        level = [sha256d(level[left] + level[left + 1]) for left in range(0, len(level), 2)]
    return level[0]


def _input(reader: Reader) -> Input:
    return Input(display(reader.take(32)), reader.number("<I"), reader.text(), reader.number("<I"))
