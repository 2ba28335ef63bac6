"""Count warnings and errors as they are logged, so that the dashboard can say how many.

One hash a minute in Valkey, kept for two hours, and the last few messages without their
arguments: the text as the programmer wrote it names no customer and no secret. A handler must
never hurt who logs: Valkey being away costs one try every few seconds, and nothing is raised.
"""

from __future__ import annotations

import json
import logging
import time
from typing import NamedTuple

from redis.exceptions import RedisError

from exchange.core import logs
from exchange.portal.valkey import valkey

MINUTES_KEPT = 120
LAST_KEPT = 50
PAUSE_SECONDS = 5
KEY, LAST = "faults:{minute}", "faults:last"


class Faults(NamedTuple):
    """Counts of the last hour."""

    errors: int
    warnings: int


class LastFault(NamedTuple):
    """One of the latest messages: when, how bad, who logged, what, and the request it was in."""

    at: float
    level: str
    logger: str
    message: str
    request_id: str


class FaultCounter(logging.Handler):
    """For LOGGING: counts what is WARNING or worse."""

    def __init__(self, level: int = logging.WARNING) -> None:
        super().__init__(level)
        self._silent_until = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("redis") or time.monotonic() < self._silent_until:
            return
        level = "error" if record.levelno >= logging.ERROR else "warning"
        line = json.dumps(
            [
                record.created,
                level,
                record.name,
                str(record.msg)[:300],
                logs.request_id.get() or "",
            ]
        )
        key = KEY.format(minute=int(record.created // 60))
        try:
            pipe = valkey().pipeline(transaction=False)
            pipe.hincrby(key, level, 1)
            pipe.expire(key, MINUTES_KEPT * 60)
            pipe.lpush(LAST, line)
            pipe.ltrim(LAST, 0, LAST_KEPT - 1)
            pipe.execute()
        except (RedisError, OSError):
            self._silent_until = time.monotonic() + PAUSE_SECONDS


def last_hour(now: float | None = None) -> Faults:
    """How many errors and warnings in the last sixty minutes. One round trip."""
    minute = int((now or time.time()) // 60)
    pipe = valkey().pipeline(transaction=False)
    for back in range(60):
        pipe.hmget(KEY.format(minute=minute - back), "error", "warning")
    rows = pipe.execute()
    return Faults(sum(int(e or 0) for e, _ in rows), sum(int(w or 0) for _, w in rows))


def latest() -> list[LastFault]:
    """The last fifty, newest first."""
    return [LastFault(*json.loads(line)) for line in valkey().lrange(LAST, 0, LAST_KEPT - 1)]
