"""The one source of the time, so that tests can hold it still."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_held: ContextVar[datetime | None] = ContextVar("held", default=None)


def now() -> datetime:
    """Aware UTC."""
    return _held.get() or datetime.now(UTC)


@contextmanager
def held_at(moment: datetime) -> Iterator[None]:
    """Let `now` answer `moment` in this context: for tests, and for a seed that tells a past."""
    token = _held.set(moment)
    try:
        yield
    finally:
        _held.reset(token)


def now_ms() -> int:
    """Milliseconds since 1970, as the wire format counts."""
    held = _held.get()
    return time.time_ns() // 1_000_000 if held is None else to_ms(held)


def to_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
