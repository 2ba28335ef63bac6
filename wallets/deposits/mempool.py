"""Deposits that a network has heard of and no block has yet: to show, never to credit.

Only nodes of the Bitcoin family are asked. What this misses or gets wrong does no harm: the block
that comes says what is true.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction

from exchange.assets.models import Network
from exchange.core import clock
from wallets import chains
from wallets.chains.bitcoin import BitcoinAdapter
from wallets.chains.interface import ChainUnavailable
from wallets.deposits import pushes
from wallets.deposits.detect import arrivals_in, filled
from wallets.deposits.models import Deposit

log = logging.getLogger(__name__)
State = Deposit.State
MOST_AT_ONCE = 200
FORGOTTEN_AFTER = timedelta(minutes=2)  # a block may take it out of the mempool before we read it
_looked: dict[str, set[str]] = {}  # by network: those that this process has looked at already


def look_everywhere() -> int:
    """Look at every network's mempool. Returns how many deposits were seen for the first time."""
    seen = 0
    for code in chains.configured():
        adapter = chains.adapter(code)
        if isinstance(adapter, BitcoinAdapter):
            try:
                seen += look(adapter)
            except ChainUnavailable as error:
                log.info("%s's mempool was not read: %s", code, error)
    return seen


def look(adapter: BitcoinAdapter) -> int:
    """Write down what waits, and what is no longer waited for. Raises ChainUnavailable."""
    network = Network.objects.get(code=adapter.network)
    waiting = adapter.waiting()
    _forget(network, waiting)
    looked = _looked.get(adapter.network, set()) & waiting
    fresh = list(waiting - looked)[:MOST_AT_ONCE]
    received = [each for txid in fresh for each in adapter.outputs_of_waiting(txid)]
    _looked[adapter.network] = looked | set(fresh)
    begun = [
        filled(Deposit(network=network), arrival, None)
        for arrival in arrivals_in(network, received)
    ]
    begun = [deposit for deposit in begun if deposit.state == State.CONFIRMING]
    for deposit in begun:
        deposit.state = State.SEEN
    with transaction.atomic():
        # One that a block has brought meanwhile is there already, and further on.
        Deposit.objects.bulk_create(begun, ignore_conflicts=True)
        new = Deposit.objects.filter(
            network=network, state=State.SEEN, txid__in={deposit.txid for deposit in begun}
        )
        if listed := list(new):
            pushes.after_commit(network.pk, deposits=listed)
    return len(listed)


def _forget(network: Network, waiting: set[str]) -> None:
    """What a network no longer knows, and no block has: replaced, or never paid for."""
    with transaction.atomic():
        gone = list(
            Deposit.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(
                network=network,
                state=State.SEEN,
                changed_at__lt=clock.now() - FORGOTTEN_AFTER,
            )
            .exclude(txid__in=waiting)
            .order_by("id")[:MOST_AT_ONCE]
        )
        for deposit in gone:
            deposit.orphaned_from, deposit.state = State.SEEN, State.ORPHANED
            deposit.reason = "the network forgot it before a block had it"
            deposit.save()
        if gone:
            pushes.after_commit(network.pk, deposits=gone)
