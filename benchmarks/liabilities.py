"""How long the trees of 100,000 customers with three assets take, on one core.

    python -m benchmarks.liabilities

Prints one JSON line. `value` is seconds of processor time from balances to the root of the
snapshot: chunks, shuffle, leaves, nodes, blocks as they are stored. `baseline` is the same trees as
one would write them at first, leaf by leaf with objects and recursion, in the same run and with
the same keys: both must come to the same root before anything is printed. `proof_ms` is one
customer's proof of three assets from the blocks, `verify_ms` its check by the script that customers
download.
"""

from __future__ import annotations

import gc
import hashlib
import hmac
import importlib.util
import json
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from wallets.reserves import tree as trees

CUSTOMERS = 100_000
ASSETS = ("BTC", "ETH", "USDT")
DECIMALS = 8
NAME, TAKEN_AT = "2026-11-26-1", "2026-11-26T12:00:00Z"
SCRIPT = Path(__file__).parents[1] / "static" / "reserves" / "verify_inclusion.py"
Owed = dict[str, list[int]]


def balances() -> Owed:
    random = Random(1)
    return {code: [random.randrange(1, 10**12) for _ in range(CUSTOMERS)] for code in ASSETS}


def holder(customer_id: int) -> str:
    return f"{customer_id} person{customer_id}@example.com"


def tree_key(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()


# Ours: what `wallets.reserves.build` does, without its database.


def grow(owed: Owed) -> tuple[bytes, dict[str, tuple[trees.Builder, list[bytes]]]]:
    tag, above, kept = trees.snapshot_tag(NAME, TAKEN_AT), [], {}
    for code in ASSETS:
        bound, key = trees.asset_tag(tag, code, DECIMALS), tree_key(code)
        records = []
        for customer_id, units in enumerate(owed[code]):
            own = trees.holder_key(trees.customer_key(key, customer_id), holder(customer_id))
            for nonce, amount in trees.chunks(units, own, bound):
                records.append(nonce + amount.to_bytes(trees.SUM))
        records.sort()
        builder, bodies = trees.Builder(bound), []
        for record in records:
            if block := builder.add(record[:32], record[32:48]):
                bodies.append(block.body)
        if block := builder.end():
            bodies.append(block.body)
        kept[code] = builder, bodies
        above.append(trees.asset_leaf(bound, builder.root()))
    return trees.snapshot_root(tag, above), kept


# The baseline: the same format, as plain objects.


@dataclass
class Node:
    digest: bytes
    total: int


def sha256(*parts: bytes) -> bytes:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
    return whole.digest()


def mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, "sha256").digest()


@dataclass
class Leaf:
    nonce: bytes
    amount: int

    def node(self, tag: bytes, position: int) -> Node:
        place, held = position.to_bytes(8), self.amount.to_bytes(16)
        return Node(sha256(b"\x00", tag, self.nonce, place, held), self.amount)


def naive_leaves(code: str, tag: bytes, customer_id: int, units: int) -> list[Leaf]:
    key = mac(tree_key(code), customer_id.to_bytes(8))
    own = mac(key, holder(customer_id).encode())
    drawn = hashlib.blake2b(tag, key=own, person=b"split").digest()
    parts = 5 if drawn[63] & 1 else 3
    cuts = [int.from_bytes(drawn[15 * n : 15 * n + 15]) % (units + 1) for n in range(parts - 1)]
    edges = [0, *sorted(cuts), units]
    count = parts.to_bytes(2)
    return [
        Leaf(mac(own, tag + n.to_bytes(2) + count), edges[n + 1] - edges[n]) for n in range(parts)
    ]


def naive_root(nodes: list[Node]) -> Node:
    if len(nodes) == 1:
        return nodes[0]
    if len(nodes) % 2:
        nodes = [*nodes, Node(bytes(32), 0)]
    above = []
    for left, right in zip(nodes[::2], nodes[1::2], strict=True):
        digest = sha256(
            b"\x01", left.digest, left.total.to_bytes(16), right.digest, right.total.to_bytes(16)
        )
        above.append(Node(digest, left.total + right.total))
    return naive_root(above)


def naive(owed: Owed) -> bytes:
    tag, above = trees.snapshot_tag(NAME, TAKEN_AT), []
    for code in ASSETS:
        bound = trees.asset_tag(tag, code, DECIMALS)
        leaves = [
            leaf
            for customer_id, units in enumerate(owed[code])
            for leaf in naive_leaves(code, bound, customer_id, units)
        ]
        leaves.sort(key=lambda leaf: leaf.nonce)
        top = naive_root([leaf.node(bound, position) for position, leaf in enumerate(leaves)])
        found = trees.Root(top.digest, top.total, len(leaves))
        above.append(trees.asset_leaf(bound, found))
    return trees.snapshot_root(tag, above)


# A proof from the blocks, and its check.


def proof(customer_id: int, owed: Owed, root: bytes, kept: Any) -> dict[str, Any]:
    tag = trees.snapshot_tag(NAME, TAKEN_AT)
    above = [
        trees.asset_leaf(trees.asset_tag(tag, code, DECIMALS), kept[code][0].root())
        for code in ASSETS
    ]
    assets = []
    for place, code in enumerate(ASSETS):
        builder, bodies = kept[code]
        bound, found = trees.asset_tag(tag, code, DECIMALS), builder.root()
        key = trees.customer_key(tree_key(code), customer_id)
        own = trees.holder_key(key, holder(customer_id))
        chunks = []
        for nonce, amount in trees.chunks(owed[code][customer_id], own, bound):
            position = _position(bodies, bound, nonce, amount)
            steps = trees.path(bodies[position // trees.BLOCK], builder.tops, position)
            path = [[step.hash.hex(), str(step.sum)] for step in steps]
            chunks.append({"position": position, "amount": str(amount), "path": path})
        assets.append(
            {
                "asset": code, "decimals": DECIMALS, "key": key.hex(), "chunks": chunks,
                "balance": str(owed[code][customer_id]), "liabilities": str(found.sum),
                "leaves": found.leaves, "root": found.hash.hex(), "place": place,
                "path": [step.hex() for step in trees.asset_path(above, place)],
            }
        )  # fmt: skip
    return {
        "format": "holdfast-inclusion-1", "snapshot": NAME, "taken_at": TAKEN_AT,
        "root": root.hex(), "holder": holder(customer_id), "asset_count": len(ASSETS),
        "assets": assets,
    }  # fmt: skip


def _position(bodies: list[bytes], tag: bytes, nonce: bytes, amount: int) -> int:
    held = amount.to_bytes(trees.SUM)
    for number, body in enumerate(bodies):
        at = body.find(held)
        while at >= 0:
            position = number * trees.BLOCK + at // trees.RECORD
            if body[at - 32 : at] == trees.leaf(tag, nonce, position, amount):
                return position
            at = body.find(held, at + 1)
    raise SystemExit("a leaf is missing")


def main() -> None:
    owed = balances()
    gc.collect()
    began = time.process_time()
    root, kept = grow(owed)
    ours = time.process_time() - began
    gc.collect()
    began = time.process_time()
    if naive(owed) != root:
        raise SystemExit("the two ways do not come to the same root")
    baseline = time.process_time() - began
    began = time.process_time()
    made = proof(777, owed, root, kept)
    proof_ms = (time.process_time() - began) * 1000
    spec = importlib.util.spec_from_file_location("verify_inclusion", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    began = time.process_time()
    script.check(made, root.hex())
    verify_ms = (time.process_time() - began) * 1000
    figure = {
        "name": "trees of liabilities",
        "value": round(ours, 2),
        "unit": "s (processor) for 100,000 customers with 3 assets",
        "baseline": round(baseline, 2),
        "ratio": round(baseline / ours, 2),
        "leaves": sum(builder.leaves for builder, _ in kept.values()),
        "proof_ms": round(proof_ms, 1),
        "verify_ms": round(verify_ms, 1),
        "proof_bytes": len(json.dumps(made)),
    }
    print(json.dumps(figure))


if __name__ == "__main__":
    main()
