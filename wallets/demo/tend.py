"""Keep the development chains of the demo moving: nobody else mines there.

A chain gets a block when something waits for one, and then as many as a deposit needs to be
confirmed; an idle chain rests. One whose node lost its newest blocks is made longer than it was.
Test tokens that a fresh chain has not got are deployed again.
"""

from __future__ import annotations

import logging

from django.core.cache import cache
from redis.exceptions import RedisError

from exchange.assets.models import Network
from wallets import chains
from wallets.chains import nodes, parameters
from wallets.chains.bitcoin import BitcoinAdapter
from wallets.chains.interface import Adapter, ChainUnavailable
from wallets.chains.models import NetworkWatch
from wallets.demo import faucet, keys, tokens, vault

log = logging.getLogger(__name__)

REMEMBERED_SECONDS = 3600
CALLS_UNTIL_CONFIRMED = 4  # a chain with twelve confirmations gets three blocks at a time


def tend_all() -> int:
    """Look after every development chain. Returns how many blocks were made."""
    made = 0
    for network in chains.configured():
        if nodes.node(network).development:
            try:
                made += tend(network)
            except ChainUnavailable as error:
                log.info("%s is not tended: %s", network, error)
    return made


def tend(network: str) -> int:
    """Look after one chain. Returns how many blocks were made. Raises ChainUnavailable."""
    if nodes.node(network).family == parameters.EVM:
        tokens.deploy_all(network=network)
        if owners := keys.owners():
            vault.deploy(network=network, owners=owners, threshold=keys.THRESHOLD)
    faucet.prime(network=network)
    row = Network.objects.get(code=network)
    adapter = nodes.adapter(network)
    height = adapter.status().height
    if lost := _lost(network, height):
        faucet.mine(network=network, blocks=min(lost + 1, faucet.MOST_BLOCKS))
        return lost + 1
    if waiting(adapter):
        _remember(network, height)
    elif height > _busy_at(network) + row.confirmations:
        return 0
    blocks = max(1, row.confirmations // CALLS_UNTIL_CONFIRMED)
    faucet.mine(network=network, blocks=blocks)
    return blocks


def _lost(network: str, height: int) -> int:
    """How many blocks a chain is short of what was followed: a kill took them from its node.

    When it is longer again that is a fork like any other; nobody else would make it longer.
    """
    watch = NetworkWatch.objects.filter(network__code=network).first()
    return max(watch.height - height, 0) if watch is not None else 0


def waiting(adapter: Adapter) -> int:
    """How many transactions wait to be mined."""
    if isinstance(adapter, BitcoinAdapter):
        return int(faucet.ask(adapter.rpc, "getmempoolinfo")["size"])
    pool = faucet.ask(adapter.rpc, "txpool_status")  # type: ignore[attr-defined]
    return int(pool["pending"], 16)


def _remember(network: str, height: int) -> None:
    try:
        cache.set(f"busy:{network}", height, REMEMBERED_SECONDS)
    except (RedisError, OSError):
        return


def _busy_at(network: str) -> int:
    """The height at which something last waited; far below where nobody remembers."""
    try:
        return int(cache.get(f"busy:{network}", -1_000_000))
    except (RedisError, OSError):
        return -1_000_000
