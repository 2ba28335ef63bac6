"""Blocks made from nothing: regtest's target is met by every second try."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Sequence

from wallets.chains.kernel_node.mempool import Waiting
from wallets.chains.wire import NO_TXID, compact, internal, merkle_root, sha256d

BITS = 0x207FFFFF
TARGET = 0x7FFFFF << (8 * (0x20 - 3))
SUBSIDY, BLOCKS_BEFORE_HALVING = 50 * 100_000_000, 150
MOST_VBYTES = 900_000
NO_WITNESS = bytes(32)


def block(
    *, parent: str, parent_header: bytes, height: int, script: bytes, waiting: Sequence[Waiting]
) -> bytes:
    """A valid block on top of `parent`, whose reward goes to `script`."""
    chosen, room = [], MOST_VBYTES
    for entry in waiting:
        room -= entry.transaction.vsize
        if room < 0:
            break
        chosen.append(entry)
    reward = (SUBSIDY >> (height // BLOCKS_BEFORE_HALVING)) + sum(e.fee for e in chosen)
    coinbase, coinbase_id = _coinbase(height, script, reward, chosen)
    ids = [coinbase_id, *(internal(e.transaction.txid) for e in chosen)]
    (parent_time,) = struct.unpack("<I", parent_header[68:72])
    head = struct.pack("<i", 0x20000000) + internal(parent) + merkle_root(ids)
    head += struct.pack("<II", max(parent_time + 1, int(time.time())), BITS)
    nonce = 0
    while int.from_bytes(sha256d(head + struct.pack("<I", nonce)), "little") > TARGET:
        nonce += 1
    body = compact(1 + len(chosen)) + coinbase + b"".join(e.transaction.raw for e in chosen)
    return head + struct.pack("<I", nonce) + body


def _coinbase(
    height: int, script: bytes, reward: int, chosen: Sequence[Waiting]
) -> tuple[bytes, bytes]:
    """The transaction that pays the miner, whole, and its txid in internal order."""
    witnesses = merkle_root([NO_WITNESS, *(internal(e.transaction.wtxid) for e in chosen)])
    commitment = b"\x6a\x24\xaa\x21\xa9\xed" + sha256d(witnesses + NO_WITNESS)
    # Random bytes: two blocks of one height are two blocks, and so are their rewards.
    signature = _number(height) + b"\x08" + os.urandom(8)
    core = b"\x01" + internal(NO_TXID) + b"\xff" * 4 + compact(len(signature)) + signature
    core += b"\xff" * 4 + b"\x02"
    for value, output in ((reward, script), (0, commitment)):
        core += struct.pack("<q", value) + compact(len(output)) + output
    version, locktime = struct.pack("<i", 2), bytes(4)
    whole = version + b"\x00\x01" + core + b"\x01\x20" + NO_WITNESS + locktime
    return whole, sha256d(version + core + locktime)


def _number(number: int) -> bytes:
    """A number as a script pushes it (BIP 34)."""
    if number <= 16:
        return bytes([0x50 + number])
    data = number.to_bytes((number.bit_length() + 8) // 8, "little")
    return bytes([len(data)]) + data
