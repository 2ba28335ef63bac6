"""Who paid a deposit on a UTXO chain: the addresses of every output that the transaction spent.

Blocks don't say it, the node does. It is asked outside of any transaction, once for a block, and
before the gate judges, which never talks to a network.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Q
from django.db.models.functions import Lower

from compliance.screening.addresses import Seen, key_of
from exchange.core.errors import NotFound
from wallets import chains
from wallets.chains.bitcoin import BitcoinAdapter
from wallets.chains.interface import ChainUnavailable
from wallets.deposits.models import Deposit

log = logging.getLogger(__name__)
MOST_BLOCKS = 20
MOST_DEPOSITS = 500
MOST_SENDERS = 2_000  # a block can't hold a transaction with many more inputs


def learn(network_id: int, code: str) -> int:
    """Ask the node about deposits that wait for their gate. Returns how many were learnt."""
    if not names_senders(code):
        return 0
    waiting = Deposit.objects.filter(
        network_id=network_id, state=Deposit.State.CONFIRMING, senders=None, coinbase=False
    )
    by_block: dict[str, list[Deposit]] = defaultdict(list)
    for deposit in waiting.order_by("height", "id")[:MOST_DEPOSITS]:
        by_block[deposit.block_hash].append(deposit)
    learnt = 0
    for block_hash, deposits in list(by_block.items())[:MOST_BLOCKS]:
        try:
            learnt += _ask(code, block_hash, deposits)
        except ChainUnavailable as error:
            # They wait: what can't be checked is not credited.
            log.warning("senders in block %s of %s are not known: %s", block_hash, code, error)
    return learnt


def names_senders(code: str) -> bool:
    """Does this network's node know whose outputs a transaction spent?"""
    try:
        return isinstance(chains.adapter(code), BitcoinAdapter)
    except NotFound:
        return False


def _ask(code: str, block_hash: str, deposits: Sequence[Deposit]) -> int:
    adapter = chains.adapter(code)
    assert isinstance(adapter, BitcoinAdapter)
    found = adapter.senders(block_hash, {deposit.txid for deposit in deposits})
    learnt = 0
    for deposit in deposits:
        if senders := found.get(deposit.txid):
            # Only while it is in this block: a fork may have moved it meanwhile.
            learnt += Deposit.objects.filter(pk=deposit.pk, block_hash=block_hash).update(
                senders=[key_of(each) for each in senders[:MOST_SENDERS]]
            )
    return learnt


def seen(keys: Sequence[str]) -> Iterable[Seen]:
    """Deposits of the past that came from one of these addresses."""
    wanted = set(keys)
    rows = (
        Deposit.objects.annotate(lower=Lower("sender"))
        .filter(Q(lower__in=[key.lower() for key in keys]) | Q(senders__overlap=list(keys)))
        .exclude(customer_id=None)
        .order_by("pk")
    )
    for row in rows.iterator(chunk_size=500):
        for key in {key_of(row.sender), *(row.senders or [])} & wanted:
            assert row.customer_id is not None
            yield Seen(key, row.customer_id, row.reference, row.seen_at)
