"""The Merkle sum tree of what is owed: one tree an asset, and one root above them all.

A customer's balance is split in random chunks that are shuffled among everybody's, so that the
neighbours in a proof are chunks of unknown people and nobody's balance. Each node's hash covers
both children's hashes *and* sums: leaving the sums out is the known flaw that lets a liar hide
liabilities. docs/proof-of-reserves.md writes the format down byte by byte for outsiders.

Pure Python: no Django, no clock, no randomness of its own. The same keys give the same tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b, sha256
from typing import NamedTuple

LEAF, NODE, ASSET, ASSET_NODE, SNAPSHOT, ASSET_TAG = (bytes([n]) for n in range(6))
HASH, SUM = 32, 16
RECORD = HASH + SUM
LARGEST = 2 ** (8 * SUM) - 1
# Stands where a level has no right neighbour. No SHA-256 is known that is all zeros.
EMPTY = bytes(RECORD)
EMPTY_HASH = bytes(HASH)
# Leaves are kept in blocks; a block is a whole subtree, so that a proof reads one of them.
BLOCK_DEPTH = 12
BLOCK = 2**BLOCK_DEPTH
# Neither is a power of two: no node of the tree covers just all chunks of one customer.
CHUNKS = (3, 5)
# Each chunk's number, and how many there are.
_PLACES = {parts: [n.to_bytes(2) + parts.to_bytes(2) for n in range(parts)] for parts in CHUNKS}


class NotProvable(ValueError):
    """A balance or a sum that no honest tree holds: below zero, or beyond 16 bytes."""


class Chunk(NamedTuple):
    """A part of somebody's balance before it has a place. Chunks are shuffled by their nonces."""

    nonce: bytes
    amount: int


class Step(NamedTuple):
    """A neighbour on the way up: its hash, and the sum of what stands below it."""

    hash: bytes
    sum: int


class Block(NamedTuple):
    """Up to 4096 leaves, in order: 48 bytes each, its hash and its amount."""

    number: int
    first_nonce: bytes
    top: bytes  # the record of the node above them
    body: bytes


class Root(NamedTuple):
    """What one asset's tree comes to."""

    hash: bytes
    sum: int
    leaves: int


# Tags: what binds every leaf to its snapshot and its asset.


def snapshot_tag(name: str, taken_at: str) -> bytes:
    """`taken_at` as it is published: 2026-11-26T12:00:00Z."""
    return sha256(f"holdfast liabilities 1\n{name}\n{taken_at}\n".encode()).digest()


def asset_tag(tag: bytes, code: str, decimals: int) -> bytes:
    written = code.encode("ascii")
    return sha256(ASSET_TAG + tag + bytes([len(written)]) + written + bytes([decimals])).digest()


# Leaves.

# HMAC-SHA256 of 32-byte keys, written out: a third of the time of the library's, which looks its
# algorithm up at every call. The tests compare the two.
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
_INNER_REST, _OUTER_REST = b"\x36" * 32, b"\x5c" * 32


def mac(key: bytes, message: bytes) -> bytes:
    inner = sha256(key.translate(_INNER) + _INNER_REST + message).digest()
    return sha256(key.translate(_OUTER) + _OUTER_REST + inner).digest()


def customer_key(tree_key: bytes, customer_id: int) -> bytes:
    """What a customer is told, and nobody else: 32 bytes, for one asset of one snapshot."""
    return mac(tree_key, customer_id.to_bytes(8))


def holder_key(key: bytes, holder: str) -> bytes:
    """Binds the leaves to whose they are: no two customers can be shown the same leaf."""
    return mac(key, holder.encode())


def split(amount: int, key: bytes, tag: bytes) -> list[int]:
    """3 or 5 random parts that sum to the amount. Raises NotProvable for one below zero."""
    if not 0 <= amount <= LARGEST:
        raise NotProvable(f"{amount} can't be a balance")
    drawn = blake2b(tag, key=key, person=b"split").digest()
    parts = CHUNKS[drawn[63] & 1]
    cuts = sorted(
        int.from_bytes(drawn[15 * n : 15 * n + 15]) % (amount + 1) for n in range(parts - 1)
    )
    return [after - before for before, after in zip([0, *cuts], [*cuts, amount], strict=True)]


def chunks(amount: int, key: bytes, tag: bytes) -> list[Chunk]:
    """A balance as chunks; `key` is the holder's."""
    parts = split(amount, key, tag)
    inner = key.translate(_INNER) + _INNER_REST + tag
    outer = key.translate(_OUTER) + _OUTER_REST
    found = []
    for place, part in zip(_PLACES[len(parts)], parts, strict=True):
        found.append(Chunk(sha256(outer + sha256(inner + place).digest()).digest(), part))
    return found


def leaf(tag: bytes, nonce: bytes, position: int, amount: int) -> bytes:
    """The hash of one leaf; its place is part of it."""
    return sha256(LEAF + tag + nonce + position.to_bytes(8) + amount.to_bytes(SUM)).digest()


def ends_in_one_balance(owners: Sequence[int]) -> bool:
    """Whether the last 3 or 5 leaves are all of one customer's: `owners` of the last six, in order.

    Where a level is odd its last node covers fewer leaves than its height says, and could cover
    exactly one balance. Such a tree is shuffled again.
    """
    for count in CHUNKS:
        last = owners[-count:]
        before = owners[-count - 1 : -count]
        if len(last) == count and len(set(last)) == 1 and before and before[0] != last[0]:
            return True
    return False


# Nodes. A level is a list of 48-byte records.


def parent(left: bytes, right: bytes) -> bytes:
    """The record above two. Raises NotProvable when the sum does not fit."""
    total = int.from_bytes(left[HASH:]) + int.from_bytes(right[HASH:])
    if total > LARGEST:
        raise NotProvable("a sum of balances is beyond 16 bytes")
    return sha256(NODE + left + right).digest() + total.to_bytes(SUM)


def level_above(level: Sequence[bytes]) -> list[bytes]:
    padded = [*level, EMPTY] if len(level) % 2 else level
    return [parent(padded[n], padded[n + 1]) for n in range(0, len(padded), 2)]


def block_record(block: bytes, *, alone: bool) -> bytes:
    """The record of the node above a block of leaves. `alone`: the block is the whole tree."""
    level = cut(block)
    for _ in range(BLOCK_DEPTH):
        if alone and len(level) == 1:
            break
        level = level_above(level)
    return level[0]


def cut(block: bytes) -> list[bytes]:
    return [block[n : n + RECORD] for n in range(0, len(block), RECORD)]


class Builder:
    """Takes the chunks of one asset in the order of their nonces, and gives blocks of leaves."""

    def __init__(self, tag: bytes) -> None:
        self._before = LEAF + tag
        self.tops: list[bytes] = []
        self.leaves = 0
        self._body, self._first = bytearray(), b""

    def add(self, nonce: bytes, held: bytes) -> Block | None:
        """The next chunk, its amount as 16 bytes. A block when one was full before it."""
        full = self._close(alone=False) if len(self._body) == BLOCK * RECORD else None
        if not self._body:
            self._first = nonce
        place = self.leaves.to_bytes(8)
        self._body += sha256(self._before + nonce + place + held).digest() + held
        self.leaves += 1
        return full

    def end(self) -> Block | None:
        """The last block; None for a tree without a leaf."""
        return self._close(alone=not self.tops) if self._body else None

    def root(self) -> Root:
        return root(self.tops, self.leaves)

    def _close(self, *, alone: bool) -> Block:
        body = bytes(self._body)
        self._body.clear()
        self.tops.append(block_record(body, alone=alone))
        return Block(len(self.tops) - 1, self._first, self.tops[-1], body)


def root(tops: Sequence[bytes], leaves: int) -> Root:
    """From the records above the blocks to the root. A tree without a leaf has the empty root."""
    level: Sequence[bytes] = tops or [EMPTY]
    while len(level) > 1:
        level = level_above(level)
    return Root(level[0][:HASH], int.from_bytes(level[0][HASH:]), leaves)


def path(block: bytes, tops: Sequence[bytes], position: int) -> list[Step]:
    """The neighbours of a leaf, from the bottom up. `block` is the one that holds the leaf."""
    steps, level, at = _climb(cut(block), position % BLOCK, 1 if len(tops) == 1 else 0)
    if len(tops) > 1:
        above, _, _ = _climb(list(tops), position // BLOCK, 1)
        return steps + above
    return steps


def _climb(level: list[bytes], at: int, until: int) -> tuple[list[Step], list[bytes], int]:
    """Up to one node (`until` 1), or through all the levels of a block (`until` 0)."""
    steps: list[Step] = []
    while (len(level) > 1) if until else (len(steps) < BLOCK_DEPTH):
        beside = at ^ 1
        found = level[beside] if beside < len(level) else EMPTY
        steps.append(Step(found[:HASH], int.from_bytes(found[HASH:])))
        level, at = level_above(level), at // 2
    return steps, level, at


# Above the trees: one root that commits to every asset's.


def asset_leaf(tag: bytes, found: Root) -> bytes:
    return sha256(
        ASSET + tag + found.leaves.to_bytes(8) + found.sum.to_bytes(SUM) + found.hash
    ).digest()


def snapshot_root(tag: bytes, asset_leaves: Sequence[bytes]) -> bytes:
    """`asset_leaves` in the order of the assets' codes."""
    level = list(asset_leaves) or [EMPTY_HASH]
    while len(level) > 1:
        level = _assets_above(level)
    return sha256(SNAPSHOT + tag + len(asset_leaves).to_bytes(4) + level[0]).digest()


def asset_path(asset_leaves: Sequence[bytes], position: int) -> list[bytes]:
    level, steps = list(asset_leaves), []
    while len(level) > 1:
        beside = position ^ 1
        steps.append(level[beside] if beside < len(level) else EMPTY_HASH)
        level, position = _assets_above(level), position // 2
    return steps


def _assets_above(level: Sequence[bytes]) -> list[bytes]:
    padded = [*level, EMPTY_HASH] if len(level) % 2 else level
    return [
        sha256(ASSET_NODE + padded[n] + padded[n + 1]).digest() for n in range(0, len(padded), 2)
    ]
