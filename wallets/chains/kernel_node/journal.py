"""Every block in the order in which it came, so that a kill loses none.

Core's library writes its index of blocks only now and then, and a node without peers has nobody to
ask again. A block whose end was not written is cut off.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

LARGEST_BLOCK = 4_000_000


class Journal:
    """A file of blocks, each after its length."""

    def __init__(self, path: Path) -> None:
        self.path = path
        whole = sum(4 + len(raw) for raw in self.read()) if path.exists() else 0
        self.file = path.open("ab")
        if self.file.tell() != whole:
            os.truncate(path, whole)
            self.file.seek(whole)

    def append(self, raw: bytes) -> None:
        self.file.write(struct.pack("<I", len(raw)) + raw)
        self.file.flush()  # in the kernel's hands: it survives us, if not the machine

    def read(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while len(head := file.read(4)) == 4:
                (length,) = struct.unpack("<I", head)
                if length > LARGEST_BLOCK or len(raw := file.read(length)) != length:
                    return
                yield raw

    def close(self) -> None:
        self.file.close()
