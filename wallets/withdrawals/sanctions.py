"""Addresses on sanctions lists: OFAC publishes them, one a line and asset.

The lists are imported from a folder (SANCTIONED_ADDRESSES) whose text files hold an address a line.
Compliance replaces this gate with its own screening; until then this is the rule.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path

from django.conf import settings

log = logging.getLogger(__name__)
MOST_FILES, MOST_BYTES = 100, 10_000_000


def is_listed(key: str) -> bool:
    """Is this address, in the form in which addresses are compared, on a list?"""
    return key.lower() in _listed()


def _listed() -> frozenset[str]:
    folder = getattr(settings, "SANCTIONED_ADDRESSES", "")
    if not folder:
        return frozenset()
    files = sorted(Path(folder).glob("*.txt"))[:MOST_FILES]
    return _read(tuple((str(file), file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=2)
def _read(files: tuple[tuple[str, int], ...]) -> frozenset[str]:
    """Read anew whenever a file changes."""
    found: set[str] = set()
    for name, _changed in files:
        text = Path(name).read_text("utf8", "replace")[:MOST_BYTES]
        found.update(line.strip().lower() for line in text.splitlines() if line.strip())
    log.info("%s sanctioned addresses read from %s files", len(found), len(files))
    return frozenset(found)
