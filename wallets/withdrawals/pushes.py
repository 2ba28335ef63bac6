"""Tell customers who are watching that a withdrawal moved. Only them: Valkey knows who.

The page asks for its rows again, so that what it shows is always whole. A push that is lost is made
up for by the next, and by the page when it connects again.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from datetime import timedelta
from typing import Any

import redis
from django.db import transaction

from exchange.assets.models import Network
from exchange.core import clock
from exchange.markets.publish import valkey
from wallets.chains.interface import Block, BlockId
from wallets.withdrawals.models import Withdrawal
from wallets.withdrawals.states import State

log = logging.getLogger(__name__)
MOST_A_BLOCK = 5_000
# What a block confirms further: sent, or confirmed within the time that any chain here needs.
STILL_CONFIRMING = timedelta(hours=6)


def after_commit(row: Withdrawal) -> None:
    """Tell its customer once the transaction has committed."""
    customer_id, told = row.customer_id, {"id": row.pk, "state": str(row.state)}
    transaction.on_commit(lambda: _publish({customer_id: [told]}))


def connect(network: Network, _block: Block) -> None:
    """A block confirms what it and those before it hold."""
    transaction.on_commit(lambda: _tell_watching(network.pk))


def disconnect(network: Network, _block: BlockId) -> None:
    transaction.on_commit(lambda: _tell_watching(network.pk))


def _tell_watching(network_id: int) -> None:
    try:
        channels: Any = valkey().pubsub_channels("user:*")
        watched = {int(channel.rpartition(b":")[2]) for channel in channels}
    except (redis.RedisError, OSError) as error:
        log.warning("who watches withdrawals is not known: %s", error)
        return
    if not watched:
        return
    rows = Withdrawal.objects.filter(
        customer_id__in=watched,
        asset_network__network=network_id,
        state__in=[State.BROADCAST, State.CONFIRMED],
        sent_at__gt=clock.now() - STILL_CONFIRMING,
    ).values_list("customer_id", "pk", "state")[:MOST_A_BLOCK]
    by_customer: defaultdict[int, list[dict[str, object]]] = defaultdict(list)
    for customer_id, pk, state in rows:
        by_customer[customer_id].append({"id": pk, "state": state})
    _publish(by_customer)


def _publish(by_customer: dict[int, list[dict[str, object]]]) -> None:
    if not by_customer:
        return
    try:
        pipe = valkey().pipeline(transaction=False)
        for customer_id, told in by_customer.items():
            message = {"withdrawals": told, "ms": clock.now_ms()}
            pipe.publish(f"user:{customer_id}", json.dumps(message, separators=(",", ":")))
        pipe.execute()
    except (redis.RedisError, OSError) as error:
        log.warning("customers were not told of their withdrawals: %s", error)
