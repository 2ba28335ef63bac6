"""How often somebody may try: counted in Valkey, in one atomic step, for a stretch of time."""

from __future__ import annotations

from datetime import timedelta

from django.core.cache import cache
from django.utils.translation import gettext as _

from exchange.core.errors import Refused


class TooManyTries(Refused):
    """Tried too often. `limit` is the moment of the next try when it is known, else the count."""

    code = "too_many_tries"


def spend(name: str, who: object, *, limit: int, within: timedelta) -> None:
    """Count one try of `who`; raise TooManyTries when it is one more than `limit`.

    The stretch starts with the first try and ends `within` later, whatever comes between.
    """
    key = f"tries:{name}:{who}"
    cache.add(key, 0, timeout=int(within.total_seconds()))
    try:
        tries = cache.incr(key)
    except ValueError:  # it ended between the two steps: this is the first try of the next one
        cache.set(key, 1, timeout=int(within.total_seconds()))
        return
    if tries > limit:
        raise TooManyTries(_("Too many tries. Wait a while, then try again."), limit=limit)


def refuse_if_spent(name: str, who: object, *, limit: int) -> None:
    """Raise TooManyTries when `limit` tries are counted, without counting another."""
    if cache.get(f"tries:{name}:{who}", 0) >= limit:
        raise TooManyTries(_("Too many tries. Wait a while, then try again."), limit=limit)


def forget(name: str, who: object) -> None:
    """The try succeeded: what went before no longer counts."""
    cache.delete(f"tries:{name}:{who}")
