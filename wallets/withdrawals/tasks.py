"""Tasks: put approved withdrawals into transactions, and look again at what waits."""

from __future__ import annotations

from celery import shared_task

from exchange.assets.models import Network
from wallets import chains
from wallets.withdrawals import judge, outcomes, registered  # noqa: F401
from wallets.withdrawals import pay as payer


@shared_task(name="wallets.pay_withdrawals", acks_late=True)
def pay_withdrawals(network_id: int) -> int:
    """Prepare what is approved on one network. Safe to run twice and alongside itself."""
    return payer.pay(network=Network.objects.get(pk=network_id))


@shared_task(name="wallets.sweep_withdrawals", acks_late=True)
def sweep_withdrawals() -> int:
    """Pay what waits, recheck holds that have ended, give back what failed. Safe to run twice."""
    found = judge.recheck_due() + outcomes.finish_failed()
    for network in Network.objects.filter(code__in=chains.configured()):
        found += payer.pay(network=network)
    return found
