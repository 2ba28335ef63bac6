"""The chain of hashes over what was applied to a book, and replay.

Each applied batch has a digest made of the digest before it, the packed commands and the events
they gave. Whoever holds the packed commands can apply them to an empty book and must arrive at the
same digests: if one differs, a command was lost, added or changed, or the book no longer does what
it did.

How commands are cut into batches is part of the chain; digests are compared batch by batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final

from exchange.matching.book import Book
from exchange.matching.commands import unpack
from exchange.matching.events import Event, pack_events

GENESIS: Final = bytes(32)
"""The digest before a market's first batch."""


def chained(previous: bytes, commands: bytes, events: Iterable[Event]) -> bytes:
    """The digest of a batch: SHA-256 of the previous digest, its packed commands, its events.

    `commands` is what `commands.pack` gave; `events` are those of all commands, one after another.
    Returns 32 bytes. Raises ValueError when `previous` isn't 32 bytes.
    """
    if len(previous) != len(GENESIS):
        raise ValueError(f"a digest has {len(GENESIS)} bytes, not {len(previous)}")
    return sha256(previous + commands + pack_events(events)).digest()


def replay(book: Book, batches: Iterable[bytes], *, previous: bytes = GENESIS) -> Iterator[bytes]:
    """Apply packed batches to a book, oldest first. Yields each batch's digest as it is done.

    `book` and `previous` are the state before the first of them; `book` is changed.
    """
    for batch in batches:
        events = [event for command in unpack(batch) for event in book.apply(command)]
        previous = chained(previous, batch, events)
        yield previous
