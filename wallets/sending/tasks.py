"""Tasks: send what is prepared, and find what got stuck."""

from __future__ import annotations

from celery import shared_task

from exchange.assets.models import Network
from wallets import chains
from wallets.sending import registered, sweep  # noqa: F401
from wallets.sending import send as sender


@shared_task(name="wallets.send", acks_late=True)
def send(transaction_id: int) -> int:
    """Sign and broadcast one transaction. Safe to run twice and alongside itself."""
    return int(sender.send(transaction_id=transaction_id) == sender.State.BROADCAST)


@shared_task(name="wallets.sweep_sending", acks_late=True)
def sweep_sending() -> int:
    """Wake what waits, and look for what nodes forgot. Safe to run twice."""
    found = sweep.wake()
    for network in Network.objects.filter(code__in=chains.configured(), watch__isnull=False):
        found += sweep.look_for_dropped(network=network)
        found += sweep.give_up_lost(network=network)
        found += sweep.free_coins(network=network)
    return found
