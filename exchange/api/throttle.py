"""Rate limits that hold under concurrency: one atomic script in Valkey decides each call.

A bucket holds up to `calls` tokens and refills evenly. When Valkey is away calls are let through:
a limit protects the exchange from its customers, and refusing all of them would be the larger
harm. That is logged, and Valkey is not asked again for a second, so that nobody waits for it.
"""

from __future__ import annotations

import logging
import time
from functools import lru_cache
from typing import NamedTuple

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.exceptions import RedisError
from redis.retry import Retry

from exchange.api.limits import Limit

log = logging.getLogger(__name__)

# KEYS[1] bucket; ARGV[1] calls, ARGV[2] milliseconds in which an empty bucket fills, ARGV[3] cost
# (0 only looks). Answers {1 when let through, tokens used}.
# The time is the server's: web processes on several machines need not agree on it.
TAKE = """
local calls, fill, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local t = redis.call('TIME')
local now = t[1] * 1000 + t[2] / 1000
local b = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = calls
if b[1] then
    tokens = math.min(calls, tonumber(b[1]) + math.max(0, now - tonumber(b[2])) * calls / fill)
end
if tokens < math.max(cost, 1) then
    return {0, math.ceil(calls - tokens)}
end
if cost > 0 then
    tokens = tokens - cost
    redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens),
               'at', string.format('%.3f', now))
    redis.call('PEXPIRE', KEYS[1], fill)
end
return {1, math.ceil(calls - tokens)}
"""

ANSWER_SECONDS = 0.25  # longer than Valkey ever takes while it is well
PAUSE_SECONDS = 1.0
PREFIX = "limit:"


class Taken(NamedTuple):
    """Whether a call may go on, and how many of the bucket's calls are used."""

    allowed: bool
    used: int


class _Pause:
    """Until when Valkey is left alone after it failed."""

    until = 0.0


def take(bucket: str, limit: Limit, *, cost: int = 1) -> Taken:
    """Take `cost` calls out of a bucket. Nothing is taken from one that hasn't got them."""
    if time.monotonic() < _Pause.until:
        return Taken(True, 0)
    try:
        allowed, used = _script()(
            keys=[PREFIX + bucket], args=[limit.calls, limit.seconds * 1000, cost]
        )
    except (RedisError, OSError) as error:
        _Pause.until = time.monotonic() + PAUSE_SECONDS
        log.error("rate limits are off, Valkey does not answer: %s", error)
        return Taken(True, 0)
    return Taken(bool(allowed), int(used))


@lru_cache(maxsize=1)
def _script() -> Script:
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 1),  # a connection that a restart of Valkey closed
    )
    return client.register_script(TAKE)
