"""Tasks: check and credit what the chains have confirmed."""

from __future__ import annotations

from celery import shared_task

from exchange.core import dispatch
from wallets.deposits import check, credit, mempool
from wallets.deposits.models import Deposit

State = Deposit.State


@shared_task(name="deposits.credit", acks_late=True)
def credit_confirmed(network_id: int) -> int:
    """Check and credit one network's confirmed deposits. Safe to run twice and alongside itself."""
    check.check_confirmed(network_id=network_id)
    return credit.credit_checked(network_id=network_id)


@shared_task(name="deposits.sweep", acks_late=True)
def sweep() -> int:
    """Wake crediting where something waits: after a lost message, or when a pause has ended."""
    networks = (
        Deposit.objects.filter(state__in=[State.CONFIRMING, State.CHECKED])
        .values_list("network_id", flat=True)
        .distinct()
    )
    for network_id in networks:
        dispatch.send("deposits.credit", queue="wallets", network_id=network_id)
    return len(networks)


@shared_task(name="deposits.look_at_mempools", acks_late=True)
def look_at_mempools() -> int:
    """Show what networks have heard of before any block has it. Safe to run twice at once."""
    return mempool.look_everywhere()
