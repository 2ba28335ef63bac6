"""A customer's own inclusion proof: where their chunks stand in the trees, and the way to the root.

Nothing of a proof is stored: the leaves are found again from the customer's keys, and each path is
computed from one block of leaves. What is given out tells sums of chunks of unknown people.
"""

from __future__ import annotations

import zlib
from typing import Any

from django.utils.translation import gettext_lazy as _

from exchange.core import vault
from exchange.core.errors import NotFound
from wallets.reserves import tree as trees
from wallets.reserves.build import asset_leaves, tag_of, vault_context
from wallets.reserves.models import LeafBlock, Liability, LiabilityTree, Snapshot, SnapshotHolder
from wallets.reserves.snapshot import State, written

FORMAT = "holdfast-inclusion-1"
PROVABLE = (State.READY, State.PUBLISHED)


class NotInSnapshot(NotFound):
    """The customer had no balance at that moment."""

    code = "not_in_snapshot"
    message = _("You had no balance when this snapshot was taken.")


class LeafMissing(RuntimeError):
    """A chunk of a customer's is not in the tree: somebody changed it afterwards."""


def inclusion_proof(*, snapshot: Snapshot, customer_id: int) -> dict[str, Any]:
    """The proof as its file has it. Some 10 ms an asset. Raises NotInSnapshot."""
    holder = SnapshotHolder.objects.filter(snapshot=snapshot, customer_id=customer_id).first()
    if holder is None or snapshot.state not in PROVABLE:
        raise NotInSnapshot
    assert snapshot.taken_at is not None
    leaves = asset_leaves(snapshot)
    places = {code: place for place, (code, _leaf) in enumerate(leaves)}
    tag = tag_of(snapshot)
    mine = Liability.objects.filter(tree__snapshot=snapshot, customer_id=customer_id)
    assets = []
    for liability in mine.select_related("tree").order_by("tree_id"):
        tree = liability.tree
        place = places[tree.code]
        assets.append(
            {
                **_in_one_asset(tree, tag, holder, int(liability.units)),
                "place": place,
                "path": [
                    step.hex() for step in trees.asset_path([leaf for _c, leaf in leaves], place)
                ],
            }
        )
    return {
        "format": FORMAT,
        "snapshot": snapshot.name,
        "taken_at": written(snapshot.taken_at),
        "root": bytes(snapshot.root or b"").hex(),
        "holder": holder.name,
        "asset_count": len(leaves),
        "assets": sorted(assets, key=lambda asset: asset["asset"]),
    }


def _in_one_asset(
    tree: LiabilityTree, tag: bytes, holder: SnapshotHolder, units: int
) -> dict[str, Any]:
    bound = trees.asset_tag(tag, tree.code, tree.decimals)
    tree_key = vault.unseal(bytes(tree.sealed_key or b""), context=vault_context(tree))
    key = trees.customer_key(tree_key, holder.customer_id)
    found = Leaves(tree, bound)
    return {
        "asset": tree.code,
        "decimals": tree.decimals,
        "balance": str(units),
        "liabilities": str(tree.owed),
        "leaves": tree.leaves,
        "root": bytes(tree.root or b"").hex(),
        "key": key.hex(),
        "chunks": [
            found.proof(chunk)
            for chunk in trees.chunks(units, trees.holder_key(key, holder.name), bound)
        ],
    }


class Leaves:
    """The stored leaves of one tree, read a block at a time and only where a chunk is."""

    def __init__(self, tree: LiabilityTree, tag: bytes) -> None:
        self.tree, self.tag = tree, tag
        rows = LeafBlock.objects.filter(tree=tree).order_by("number")
        self.tops = [bytes(top) for top in rows.values_list("top", flat=True)]
        self.bodies: dict[int, bytes] = {}

    def proof(self, chunk: trees.Chunk) -> dict[str, Any]:
        position = self._position(chunk)
        body = self.bodies[position // trees.BLOCK]
        return {
            "position": position,
            "amount": str(chunk.amount),
            "path": [
                [step.hash.hex(), str(step.sum)] for step in trees.path(body, self.tops, position)
            ],
        }

    def _position(self, chunk: trees.Chunk) -> int:
        """Its block is the last that begins with a nonce no greater; its place is tried out."""
        block = (
            LeafBlock.objects.filter(tree=self.tree, first_nonce__lte=chunk.nonce)
            .order_by("-number")
            .first()
        )
        if block is None:
            raise LeafMissing(f"{self.tree}: no block")
        body = self.bodies.setdefault(block.number, zlib.decompress(bytes(block.body)))
        start = block.number * trees.BLOCK
        held = chunk.amount.to_bytes(trees.SUM)
        for number in range(len(body) // trees.RECORD):
            at = number * trees.RECORD
            if body[at + trees.HASH : at + trees.RECORD] == held and body[
                at : at + trees.HASH
            ] == trees.leaf(self.tag, chunk.nonce, start + number, chunk.amount):
                return start + number
        raise LeafMissing(f"{self.tree}: no leaf")
