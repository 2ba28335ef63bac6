"""Snapshots without a database: trees of made-up customers, honest or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from wallets.reserves import tree as trees

TAKEN_AT = "2026-11-26T12:00:00Z"
Balances = Mapping[str, Mapping[int, int]]  # asset to customer to units


@dataclass
class Grown:
    """What an exchange keeps of a snapshot, and the proofs that it gives out."""

    balances: Balances
    name: str = "2026-11-26-1"
    decimals: int = 8
    tags: dict[str, bytes] = field(default_factory=dict)
    leaves: dict[str, list[tuple[trees.Chunk, int]]] = field(default_factory=dict)
    bodies: dict[str, list[bytes]] = field(default_factory=dict)
    roots: dict[str, trees.Root] = field(default_factory=dict)
    tops: dict[str, list[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tag = trees.snapshot_tag(self.name, TAKEN_AT)
        for code, owed in sorted(self.balances.items()):
            self._grow(code, owed)
        self.above = [trees.asset_leaf(self.tags[code], self.roots[code]) for code in self.roots]
        self.root = trees.snapshot_root(self.tag, self.above)

    def _grow(self, code: str, owed: Mapping[int, int]) -> None:
        self.tags[code] = tag = trees.asset_tag(self.tag, code, self.decimals)
        found = [
            (chunk, customer_id)
            for customer_id, units in owed.items()
            for chunk in trees.chunks(units, self.holder_key(code, customer_id), tag)
        ]
        self.leaves[code] = sorted(found)
        builder, blocks = trees.Builder(tag), []
        for chunk, _customer_id in self.leaves[code]:
            blocks.append(builder.add(chunk.nonce, chunk.amount.to_bytes(16)))
        blocks.append(builder.end())
        self.bodies[code] = [block.body for block in blocks if block]
        self.tops[code], self.roots[code] = builder.tops, builder.root()

    def key(self, code: str, customer_id: int) -> bytes:
        tree_key = sha256(f"{self.name} {code}".encode()).digest()
        return trees.customer_key(tree_key, customer_id)

    def holder(self, customer_id: int) -> str:
        return f"{customer_id} person{customer_id}@example.com"

    def holder_key(self, code: str, customer_id: int) -> bytes:
        return trees.holder_key(self.key(code, customer_id), self.holder(customer_id))

    def positions(self, code: str, customer_id: int) -> list[int]:
        """Where a customer's chunks stand, in the order of the chunks."""
        places = {chunk.nonce: at for at, (chunk, _) in enumerate(self.leaves[code])}
        units = self.balances[code][customer_id]
        made = trees.chunks(units, self.holder_key(code, customer_id), self.tags[code])
        return [places[chunk.nonce] for chunk in made]

    def path(self, code: str, position: int) -> list[list[str]]:
        body = self.bodies[code][position // trees.BLOCK]
        steps = trees.path(body, self.tops[code], position)
        return [[step.hash.hex(), str(step.sum)] for step in steps]

    def proof(self, customer_id: int) -> dict[str, Any]:
        codes = list(self.roots)
        return {
            "format": "holdfast-inclusion-1",
            "snapshot": self.name,
            "taken_at": TAKEN_AT,
            "root": self.root.hex(),
            "holder": self.holder(customer_id),
            "asset_count": len(codes),
            "assets": [
                self._asset(code, customer_id, codes)
                for code in codes
                if customer_id in self.balances[code]
            ],
        }

    def _asset(self, code: str, customer_id: int, codes: Sequence[str]) -> dict[str, Any]:
        root, place = self.roots[code], codes.index(code)
        return {
            "asset": code,
            "decimals": self.decimals,
            "balance": str(self.balances[code][customer_id]),
            "liabilities": str(root.sum),
            "leaves": root.leaves,
            "root": root.hash.hex(),
            "key": self.key(code, customer_id).hex(),
            "chunks": [
                {
                    "position": at,
                    "amount": str(self.leaves[code][at][0].amount),
                    "path": self.path(code, at),
                }
                for at in self.positions(code, customer_id)
            ],
            "place": place,
            "path": [step.hex() for step in trees.asset_path(self.above, place)],
        }


def crowd(customers: int = 40) -> Grown:
    """Three assets; not everybody has each of them."""
    return Grown(
        {
            "BTC": {n: 10_000_000 + n * 12_345 for n in range(1, customers + 1)},
            "ETH": {n: 5_000_000_000 + n for n in range(1, customers + 1, 2)},
            "USDT": dict.fromkeys(range(1, customers + 1), 100000000000),
        }
    )
