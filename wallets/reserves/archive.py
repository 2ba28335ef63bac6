"""The auditor's archive: everything to recompute a snapshot from, and the scripts that do.

Streamed as it is read, so its size costs no memory. Leaves are anonymous: 48 bytes each, a hash
and an amount, with nothing that says whose they are.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from hashlib import sha256
from io import RawIOBase
from pathlib import Path
from typing import Any

from django.conf import settings

from wallets.reserves.models import LeafBlock, LiabilityTree, ReserveAddress, Snapshot
from wallets.reserves.snapshot import written

SCRIPTS = ("verify_archive.py", "verify_inclusion.py", "secp256k1.py")
ADDRESSES = 500
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same snapshot gives the same bytes


class _Drain(RawIOBase):
    """What zipfile writes to: keeps what was written until it is taken."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.waiting.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        data = b"".join(self.waiting)
        self.waiting.clear()
        return data


def manifest(snapshot: Snapshot) -> dict[str, Any]:
    """The snapshot in one document: what is hashed into the root, in its order."""
    assert snapshot.taken_at is not None
    return {
        "format": "holdfast-snapshot-1",
        "snapshot": snapshot.name,
        "taken_at": written(snapshot.taken_at),
        "root": bytes(snapshot.root or b"").hex(),
        "assets": [
            {
                "asset": tree.code,
                "decimals": tree.decimals,
                "liabilities": str(tree.owed),
                "leaves": tree.leaves,
                "root": bytes(tree.root or b"").hex(),
            }
            for tree in sorted(snapshot.trees.all(), key=lambda tree: tree.code)
        ],
    }


def archive(snapshot: Snapshot) -> Iterator[bytes]:
    """A zip file, piece by piece; its last member is the list of checksums."""
    drain, sums = _Drain(), []
    with zipfile.ZipFile(drain, "w", zipfile.ZIP_DEFLATED) as packed:  # type: ignore[arg-type]
        for name, pieces in _members(snapshot):
            digest = sha256()
            with packed.open(zipfile.ZipInfo(name, EPOCH), "w", force_zip64=True) as member:
                for piece in pieces:
                    digest.update(piece)
                    member.write(piece)
                    yield drain.taken()
            sums.append(f"{digest.hexdigest()}  {name}\n")
        packed.writestr(zipfile.ZipInfo("SHA256SUMS", EPOCH), "".join(sums))
    yield drain.taken()


def _members(snapshot: Snapshot) -> Iterator[tuple[str, Iterable[bytes]]]:
    yield "snapshot.json", [_json(manifest(snapshot))]
    yield "ownership.json", _ownership(snapshot)
    for tree in sorted(snapshot.trees.all(), key=lambda tree: tree.code):
        yield f"liabilities/{tree.code}.bin", _leaves(tree)
    for name in SCRIPTS:
        yield name, [(Path(settings.ROOT) / "static" / "reserves" / name).read_bytes()]
    yield "README.md", [(Path(settings.ROOT) / "docs" / "proof-of-reserves.md").read_bytes()]


def _leaves(tree: LiabilityTree) -> Iterator[bytes]:
    rows = LeafBlock.objects.filter(tree=tree).order_by("number")
    for body in rows.values_list("body", flat=True).iterator(chunk_size=16):
        yield zlib.decompress(bytes(body))


def _ownership(snapshot: Snapshot) -> Iterator[bytes]:
    """A list of every address that has signed, one a line."""
    yield b"[\n"
    before = b""
    for row in _proved(snapshot):
        yield before + _json(described(row))
        before = b",\n"
    yield b"\n]\n"


def described(row: ReserveAddress) -> dict[str, Any]:
    """An address as outsiders see it."""
    return {
        "network": row.network.code,
        "address": row.written,
        "role": row.role,
        "scheme": row.scheme,
        "block_height": row.height,
        "block_hash": row.block_hash,
        "message": row.message,
        "signature": row.signature,
        "holdings": [
            {
                "asset": held.asset.code,
                "contract": held.contract,
                "decimals": held.decimals,
                "units": str(held.units),
            }
            for held in row.holdings.all()
        ],
    }


def _proved(snapshot: Snapshot) -> Iterator[ReserveAddress]:
    rows = snapshot.addresses.filter(proved_at__isnull=False)
    found = rows.select_related("network").prefetch_related("holdings__asset").order_by("pk")
    yield from found.iterator(chunk_size=ADDRESSES)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
