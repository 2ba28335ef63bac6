"""Whoever mines the development chains of the Bitcoin family: one key, known to everybody.

It signs with coincurve and BIP 143, for one kind of input. Never for a chain whose coins are worth
anything.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import NamedTuple

import coincurve

from wallets.chains.wire import compact, internal, sha256d

_KEY = coincurve.PrivateKey(hashlib.sha256(b"holdfast development miner").digest())
PUBLIC = _KEY.public_key.format(compressed=True)
KEY_HASH = hashlib.new("ripemd160", hashlib.sha256(PUBLIC).digest()).digest()
SCRIPT = b"\x00\x14" + KEY_HASH
SIGHASH_ALL = 1
REPLACEABLE = 0xFFFFFFFD


class Source(NamedTuple):
    """An output of the miner's that a transaction spends."""

    txid: str
    output_index: int
    value: int


class Target(NamedTuple):
    value: int
    script: bytes


def signed(sources: Sequence[Source], targets: Sequence[Target]) -> bytes:
    """A transaction that spends outputs of the miner's."""
    version, locktime = struct.pack("<i", 2), bytes(4)
    sequence = struct.pack("<I", REPLACEABLE)
    points = [internal(s.txid) + struct.pack("<I", s.output_index) for s in sources]
    outputs = b"".join(
        struct.pack("<q", t.value) + compact(len(t.script)) + t.script for t in targets
    )
    code = b"\x19\x76\xa9\x14" + KEY_HASH + b"\x88\xac"
    witnesses = b""
    for point, source in zip(points, sources, strict=True):
        preimage = version + sha256d(b"".join(points)) + sha256d(sequence * len(points))
        preimage += point + code + struct.pack("<q", source.value) + sequence
        preimage += sha256d(outputs) + locktime + struct.pack("<I", SIGHASH_ALL)
        signature = _KEY.sign(sha256d(preimage), hasher=None) + bytes([SIGHASH_ALL])
        witnesses += b"\x02" + compact(len(signature)) + signature + b"\x21" + PUBLIC
    inputs = b"".join(point + b"\x00" + sequence for point in points)
    return (
        version
        + b"\x00\x01"
        + compact(len(points))
        + inputs
        + compact(len(targets))
        + outputs
        + witnesses
        + locktime
    )
