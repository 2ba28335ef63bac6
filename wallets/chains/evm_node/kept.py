"""The state of the chain in Python: in memory, and in a file that a kill leaves whole.

What a block changes is written as one piece, with its length and checksum before it; a piece that
was not written to its end is cut off, and the chain ends one block earlier.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from eth.db.backends.memory import MemoryDB

_HEAD, _ENTRY = struct.Struct("<II"), struct.Struct("<II")
REMOVED = 0xFFFFFFFF


class KeptDB(MemoryDB):
    """A MemoryDB whose changes are kept by `keep`."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._changed: dict[bytes, bytes | None] = {}
        whole = 0
        if path.exists():
            for piece in _pieces(path):
                self._take(piece)
                whole += _HEAD.size + len(piece)
        self.file = path.open("ab")
        os.truncate(path, whole)
        self.file.seek(whole)

    def __setitem__(self, key: bytes, value: bytes) -> None:
        super().__setitem__(key, value)
        self._changed[key] = value

    def __delitem__(self, key: bytes) -> None:
        super().__delitem__(key)
        self._changed[key] = None

    def keep(self) -> None:
        """Write what has changed since the last time."""
        piece = b"".join(
            _ENTRY.pack(len(key), REMOVED if value is None else len(value)) + key + (value or b"")
            for key, value in self._changed.items()
        )
        self.file.write(_HEAD.pack(len(piece), zlib.crc32(piece)) + piece)
        self.file.flush()
        self._changed = {}

    def _take(self, piece: bytes) -> None:
        at = 0
        while at < len(piece):
            key_length, length = _ENTRY.unpack_from(piece, at)
            at += _ENTRY.size
            key = piece[at : at + key_length]
            at += key_length
            if length == REMOVED:
                self.kv_store.pop(key, None)
                continue
            self.kv_store[key] = piece[at : at + length]
            at += length


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            length, checksum = _HEAD.unpack(head)
            piece = file.read(length)
            if len(piece) != length or zlib.crc32(piece) != checksum:
                return
            yield piece
