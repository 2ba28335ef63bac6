"""Tasks: walk every chain that has a node."""

from __future__ import annotations

from celery import shared_task
from django.core.cache import cache
from redis.exceptions import RedisError

from exchange.core import dispatch
from wallets import chains
from wallets.chains import watch

SECONDS_A_WALK = 60


@shared_task(name="chains.wake_watchers", acks_late=True)
def wake_watchers() -> int:
    """Have every network walked, unless somebody is at it. Returns how many were woken."""
    woken = 0
    for network in chains.configured():
        try:
            free = cache.add(_key(network), 1, SECONDS_A_WALK)
        except (RedisError, OSError):
            free = True  # two walkers are one too many, and do no harm
        if free:
            dispatch.send("chains.follow", queue="wallets", network=network)
            woken += 1
    return woken


@shared_task(name="chains.follow", acks_late=True)
def follow(network: str) -> int:
    """Follow one network to its tip, a bounded number of blocks. Safe to run twice at once."""
    try:
        return watch.follow(network)
    finally:
        try:
            cache.delete(_key(network))
        except (RedisError, OSError):
            pass


@shared_task(name="chains.prune_blocks", acks_late=True)
def prune_blocks() -> int:
    """Forget the hashes of blocks that no fork reaches. Safe to run twice."""
    return sum(watch.prune(network) for network in chains.configured())


def _key(network: str) -> str:
    return f"walking:{network}"
