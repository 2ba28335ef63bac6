"""The hash chain: what of an event is hashed, and how one digest follows from the one before.

digest(n) = sha256(digest(n-1) + canonical(event n)), starting from 32 zero bytes. Changing, adding
or leaving out one event changes every later digest, so whoever noted a late digest can tell.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

GENESIS = bytes(32)

# Fixed for ever: adding a column to the table must not change old digests. JSON columns are hashed
# as PostgreSQL writes them, which keeps every digit of a number.
COLUMNS = (
    "id", "at", "actor_kind", "actor", "user_id", "verb", "target_type", "target_id",
    "reason", "before", "after", "ip", "request_id",
)  # fmt: skip
SELECTED = """
    e.id, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.actor_kind, e.actor,
    e.user_id, e.verb, e.target_type, e.target_id, e.reason, e.before::text, e.after::text,
    host(e.ip), e.request_id
"""


class Head(NamedTuple):
    """Where the chain ends. Noted outside the database, it proves that nothing was cut off."""

    position: int
    digest: bytes

    def __str__(self) -> str:
        return f"{self.position}:{self.digest.hex()}"


def canonical(row: Sequence[object]) -> bytes:
    """One event, as selected by SELECTED, in the one spelling that is hashed."""
    named = dict(zip(COLUMNS, row, strict=True))
    return json.dumps(named, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def next_digest(previous: bytes, row: Sequence[object]) -> bytes:
    return hashlib.sha256(previous + canonical(row)).digest()


def head() -> Head:
    """The last seal, or the genesis when nothing is sealed yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT position, digest FROM exchange_auditseal ORDER BY 1 DESC LIMIT 1")
        last = cursor.fetchone()
    return Head(last[0], bytes(last[1])) if last else Head(0, GENESIS)
