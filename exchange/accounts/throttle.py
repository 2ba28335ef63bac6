"""How often somebody may try: counted in Valkey, in one atomic step, for a stretch of time.

These limits stand behind others that live in PostgreSQL (failed logins by address, waits after
wrong codes). When Valkey is away they let through, loudly: people must be able to log in.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.core.cache import cache
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from exchange.core.errors import Refused

log = logging.getLogger(__name__)

UNREACHABLE = (RedisError, OSError)


class TooManyTries(Refused):
    """Tried too often. `limit` is the moment of the next try when it is known, else the count."""

    code = "too_many_tries"


def spend(name: str, who: object, *, limit: int, within: timedelta) -> None:
    """Count one try of `who`; raise TooManyTries when it is one more than `limit`.

    The stretch starts with the first try and ends `within` later, whatever comes between.
    """
    try:
        tries = _counted(f"tries:{name}:{who}", int(within.total_seconds()))
    except UNREACHABLE as error:
        log.error("tries are not counted, Valkey does not answer: %s", error)
        return
    if tries > limit:
        raise _too_many(limit)


def refuse_if_spent(name: str, who: object, *, limit: int) -> None:
    """Raise TooManyTries when `limit` tries are counted, without counting another."""
    try:
        tries = cache.get(f"tries:{name}:{who}", 0)
    except UNREACHABLE as error:
        log.error("tries are not counted, Valkey does not answer: %s", error)
        return
    if tries >= limit:
        raise _too_many(limit)


def forget(name: str, who: object) -> None:
    """The try succeeded: what went before no longer counts."""
    try:
        cache.delete(f"tries:{name}:{who}")
    except UNREACHABLE as error:
        log.error("tries are not forgotten, Valkey does not answer: %s", error)


def _counted(key: str, seconds: int) -> int:
    cache.add(key, 0, timeout=seconds)
    try:
        return cache.incr(key)
    except ValueError:  # the stretch ended between the two steps: this is the next one's first try
        cache.set(key, 1, timeout=seconds)
        return 1


def _too_many(limit: int) -> TooManyTries:
    return TooManyTries(_("Too many tries. Wait a while, then try again."), limit=limit)
