"""Build the trees of a snapshot, one transaction each: killed anywhere, the rest is built later.

Memory does not grow with the number of customers: balances are streamed, chunks are sorted bucket
by bucket through files of their own, and leaves leave as blocks.
"""

from __future__ import annotations

import secrets
import tempfile
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

from django.core.cache import cache
from django.db import connection, transaction
from redis.exceptions import RedisError

from exchange.audit.record import record
from exchange.core import clock, vault
from exchange.core.actors import system
from exchange.core.errors import Refused
from wallets.reserves import tree as trees
from wallets.reserves.models import LeafBlock, LiabilityTree, Snapshot
from wallets.reserves.snapshot import State, written

ITSELF = system("reserves.build")
# Of chunks that are sorted in memory at once: some 60 MB.
BUCKET = 250_000
MOST_BUCKETS = 256
AT_ONCE = 16  # blocks a statement
SHUFFLES = 50
RECORD = 32 + trees.SUM + 8
COMPRESSION = 1  # hashes do not compress; amounts do, at any level


class TreeDoesNotAddUp(Refused):
    """The root's sum is not what is owed. Nothing of the tree was kept."""

    code = "tree_does_not_add_up"


def build_next(*, snapshot_id: int) -> bool:
    """Build one tree that nobody is building. False when there is none left."""
    with transaction.atomic():
        tree = (
            LiabilityTree.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(snapshot_id=snapshot_id, snapshot__state=State.BUILDING, built_at=None)
            .select_related("snapshot")
            .order_by("code")
            .first()
        )
        if tree is None:
            return False
        _build(tree)
    return True


def finish(*, snapshot_id: int) -> bool:
    """Once every tree stands, compute the root above them. True when this call did."""
    with transaction.atomic():
        snapshot = (
            Snapshot.objects.select_for_update()
            .filter(pk=snapshot_id, state=State.BUILDING)
            .first()
        )
        if snapshot is None or snapshot.trees.filter(built_at=None).exists():
            return False
        tag = tag_of(snapshot)
        leaves = asset_leaves(snapshot)
        snapshot.root = trees.snapshot_root(tag, [leaf for _code, leaf in leaves])
        snapshot.built_at = clock.now()
        snapshot.state = State.READY
        snapshot.save(update_fields=["root", "built_at", "state"])
        record(
            actor=ITSELF,
            verb="reserves.build_snapshot",
            target=snapshot,
            after={"root": snapshot.root.hex(), "assets": len(leaves)},
        )
    return True


def tag_of(snapshot: Snapshot) -> bytes:
    assert snapshot.taken_at is not None
    return trees.snapshot_tag(snapshot.name, written(snapshot.taken_at))


def asset_leaves(snapshot: Snapshot) -> list[tuple[str, bytes]]:
    """Code and leaf of every asset, in the order of the codes' bytes."""
    tag = tag_of(snapshot)
    found = []
    for tree in sorted(snapshot.trees.all(), key=lambda tree: tree.code):
        root = trees.Root(bytes(tree.root or b""), int(tree.owed), tree.leaves)
        found.append(
            (tree.code, trees.asset_leaf(trees.asset_tag(tag, tree.code, tree.decimals), root))
        )
    return found


def leaves_done(tree: LiabilityTree) -> int:
    """How far its building is; what another process wrote down of it on the way."""
    if tree.built_at is not None:
        return int(tree.leaves)
    with suppress(RedisError, OSError):
        return int(cache.get(_progress(tree)) or 0)
    return 0


def vault_context(tree: LiabilityTree) -> str:
    return f"reserves:tree:{tree.pk}"


def _build(tree: LiabilityTree) -> None:
    tag = trees.asset_tag(tag_of(tree.snapshot), tree.code, tree.decimals)
    for _ in range(SHUFFLES):
        key = secrets.token_bytes(32)
        root, may_stay = _write_blocks(tree, tag, key)
        if may_stay:
            break
        LeafBlock.objects.filter(tree=tree).delete()
    else:
        raise TreeDoesNotAddUp(f"{tree.code} could not be shuffled.")
    if root.sum != tree.owed:
        raise TreeDoesNotAddUp(f"{tree.code}: the tree holds {root.sum}, owed is {tree.owed}.")
    tree.sealed_key = vault.seal(key, context=vault_context(tree))
    tree.root, tree.leaves, tree.built_at = root.hash, root.leaves, clock.now()
    tree.save(update_fields=["sealed_key", "root", "leaves", "built_at"])


def _write_blocks(tree: LiabilityTree, tag: bytes, key: bytes) -> tuple[trees.Root, bool]:
    """Every leaf of the tree: its root, and whether the shuffle may stay."""
    builder, last = trees.Builder(tag), deque[int](maxlen=6)
    waiting: list[trees.Block] = []
    with Sorter(tree.holders * 4) as sorter:
        for customer_id, holder, units in _balances(tree):
            holder_key = trees.holder_key(trees.customer_key(key, customer_id), holder)
            owner = customer_id.to_bytes(8)
            for nonce, amount in trees.chunks(units, holder_key, tag):
                sorter.add(nonce + amount.to_bytes(trees.SUM) + owner)
        for chunk in sorter.ordered():
            last.append(int.from_bytes(chunk[48:]))
            if block := builder.add(chunk[:32], chunk[32:48]):
                waiting.append(block)
            if len(waiting) == AT_ONCE:
                _store(tree, waiting, builder.leaves)
    if block := builder.end():
        waiting.append(block)
    _store(tree, waiting, builder.leaves)
    return builder.root(), not trees.ends_in_one_balance(list(last))


def _store(tree: LiabilityTree, waiting: list[trees.Block], done: int) -> None:
    LeafBlock.objects.bulk_create(
        LeafBlock(
            tree=tree,
            number=block.number,
            first_nonce=block.first_nonce,
            top=block.top,
            body=zlib.compress(block.body, COMPRESSION),
        )
        for block in waiting
    )
    waiting.clear()
    with suppress(RedisError, OSError):
        cache.set(_progress(tree), done, 600)


def _balances(tree: LiabilityTree) -> Iterator[tuple[int, str, int]]:
    query = """
        SELECT l.customer_id, h.name, l.units
          FROM wallets_liability l
          JOIN wallets_snapshotholder h
            ON h.snapshot_id = %s AND h.customer_id = l.customer_id
         WHERE l.tree_id = %s
    """
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, [tree.snapshot_id, tree.pk])
        while rows := cursor.fetchmany(2000):
            for customer_id, holder, units in rows:
                yield customer_id, holder, int(units)


def _progress(tree: LiabilityTree) -> str:
    return f"reserves:progress:{tree.pk}"


class Sorter:
    """Records that begin with a random nonce, sorted with bounded memory.

    A record goes to the bucket of its first byte; only one bucket at a time is read and sorted.
    """

    def __init__(self, expected: int) -> None:
        self.count = min(MOST_BUCKETS, 1 + expected // BUCKET)
        self.small: list[bytes] = []
        self.files: list[IO[bytes]] = []

    def __enter__(self) -> Sorter:
        if self.count > 1:
            self.files = [tempfile.TemporaryFile() for _ in range(self.count)]
        return self

    def __exit__(self, *_: object) -> None:
        for file in self.files:
            file.close()

    def add(self, record: bytes) -> None:
        if self.files:
            self.files[record[0] * self.count >> 8].write(record)
        else:
            self.small.append(record)

    def ordered(self) -> Iterator[bytes]:
        if not self.files:
            yield from sorted(self.small)
        for file in self.files:
            file.seek(0)
            data = file.read()
            yield from sorted(data[n : n + RECORD] for n in range(0, len(data), RECORD))
