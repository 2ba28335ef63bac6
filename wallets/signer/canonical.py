"""One JSON text for one meaning: what is signed by people and chained in the journal.

Keys sorted, no spaces, ASCII only. Amounts are decimal strings, so that a browser reads the same
number. Reading is strict: no fraction, no duplicate key, no depth that could exhaust the stack.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

MAX_DEPTH = 12
MAX_DIGITS = 80


def encode(value: Any) -> bytes:
    """The canonical bytes. Raises TypeError or ValueError for what has none."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    ).encode("ascii")


def digest(value: Any) -> str:
    return hashlib.sha256(encode(value)).hexdigest()


def decode(text: bytes) -> Any:
    """What the bytes say, where they say it unambiguously. Raises ValueError."""
    depth = deepest = 0
    for byte in text:
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    # Brackets inside strings count too: harmless for texts of ours, and nothing can hide.
    if deepest > MAX_DEPTH:
        raise ValueError("nested too deeply")
    return json.loads(
        text.decode("utf8"),
        object_pairs_hook=_unique,
        parse_float=_no_fraction,
        parse_constant=_no_fraction,
        parse_int=_bounded,
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_fraction(text: str) -> Any:
    raise ValueError("numbers are whole here")


def _bounded(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError("a number is too long")
    return int(text)
