"""The portal's own connection to Valkey: short patience, because a page waits for it."""

from __future__ import annotations

from functools import cache

import redis
from django.conf import settings

PATIENCE_SECONDS = 0.3


@cache
def valkey(url: str = "") -> redis.Redis:
    """This process's connection to REDIS_URL, or to another server by its address."""
    return redis.Redis.from_url(
        url or settings.REDIS_URL,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
    )
