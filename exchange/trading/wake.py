"""Wake a market's matcher after a commit, once however many orders wait.

The rows are the queue; a message only says that there are some. A key in Valkey says that a wake-up
is under way and has not begun to drain: then another is not needed. The matcher deletes the key
before it looks, so a row committed after that sends a wake-up of its own. Without Valkey, or with
a message lost, the sweep finds the rows within seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from redis.exceptions import RedisError

from exchange.core import dispatch

KEY_SECONDS = 1
_unneeded: ContextVar[bool] = ContextVar("unneeded", default=False)


@contextmanager
def unneeded() -> Iterator[None]:
    """Wake nobody in this context: whoever places here matches too, as a seed that tells a past."""
    token = _unneeded.set(True)
    try:
        yield
    finally:
        _unneeded.reset(token)


def after_commit(market_ids: Iterable[int]) -> None:
    """Wake the matchers of these markets when the transaction has committed."""
    for market_id in sorted(market_ids):
        transaction.on_commit(lambda m=market_id: wake(m))  # type: ignore[misc]


def wake(market_id: int) -> None:
    if _unneeded.get():
        return
    try:
        if not cache.add(_key(market_id), 1, KEY_SECONDS):
            return
    except (RedisError, OSError):
        pass  # then send one message too many
    dispatch.send("trading.match", queue=queue(market_id), market_id=market_id)


def queue(market_id: int) -> str:
    """The queue whose one worker is this market's single writer."""
    return f"matching.{market_id % settings.MATCHING_SHARDS}"


def begun(market_id: int) -> None:
    """The matcher is about to look: whoever commits from now on wakes it again."""
    if _unneeded.get():
        return
    try:
        cache.delete(_key(market_id))
    except (RedisError, OSError):
        return


def waiting_markets(*, older_than_seconds: float = 1) -> list[int]:
    """Markets whose oldest command has waited that long: their wake-up was lost, or is slow."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT market_id FROM exchange_matchcommand"
            " WHERE created_at < now() - make_interval(secs => %s) ORDER BY 1 LIMIT 5000",
            [older_than_seconds],
        )
        return [row[0] for row in cursor.fetchall()]


def sweep() -> int:
    """Wake every market with commands that have waited too long. Returns how many there were."""
    late = waiting_markets()
    for market_id in late:
        dispatch.send("trading.match", queue=queue(market_id), market_id=market_id)
    return len(late)


def _key(market_id: int) -> str:
    return f"wake:{market_id}"
