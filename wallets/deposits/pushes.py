"""Tell customers who are watching how their deposits come along. Only them: Valkey knows who is.

A push that is lost is made up for by the next block, and by the page when it connects again.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import redis
from django.db import transaction

from exchange.core import clock
from exchange.core.money import plain
from exchange.ledger import queries as ledger
from exchange.markets.publish import text, valkey
from wallets.deposits import queries
from wallets.deposits.models import Deposit
from wallets.deposits.queries import DepositRow

log = logging.getLogger(__name__)


def after_commit(network_id: int, *, deposits: Sequence[Deposit] = ()) -> None:
    """Tell once the transaction has committed: of these deposits, or of all under way."""
    ids = [deposit.pk for deposit in deposits]
    transaction.on_commit(lambda: _tell(network_id, ids))


def _tell(network_id: int, ids: Sequence[int]) -> None:
    try:
        watched = _watched()
        if not watched:
            return
        rows = (
            queries.as_rows(
                Deposit.objects.filter(
                    pk__in=ids, customer_id__in=watched, asset_network__isnull=False
                ).select_related("asset_network__asset", "network", "address")
            )
            if ids
            else queries.under_way(network_id=network_id)
        )
        _publish(row for row in rows if row.customer_id in watched)
    except (redis.RedisError, OSError) as error:
        log.warning("depositors on network %s not told: %s", network_id, error)


def _publish(rows: Iterable[DepositRow]) -> None:
    by_customer: defaultdict[int, list[DepositRow]] = defaultdict(list)
    for row in rows:
        by_customer[row.customer_id].append(row)
    pipe = valkey().pipeline(transaction=False)
    for customer_id, own in by_customer.items():
        message: dict[str, Any] = {"deposits": [wire(row) for row in own], "ms": clock.now_ms()}
        moved = {row.asset for row in own if row.credited_at or row.state == Deposit.State.ORPHANED}
        if moved:
            message["balances"] = [
                {"ccy": b.asset, "av_bal": text(b.available), "fz_bal": text(b.held)}
                for b in ledger.balances(customer_id=customer_id, with_empty=True)
                if b.asset in moved
            ]
        pipe.publish(f"user:{customer_id}", json.dumps(message, separators=(",", ":")))
    pipe.execute()


def wire(row: DepositRow) -> dict[str, Any]:
    """A deposit as the page's script gets it."""
    return {
        "id": row.id,
        "asset": row.asset,
        "network": row.network,
        "network_name": row.network_name,
        "amount": plain(row.amount),
        "state": row.state,
        "confirmations": row.confirmations,
        "needed": row.needed,
        "txid": row.txid,
        "address": row.address,
        "ms": clock.to_ms(row.at),
    }


def _watched() -> set[int]:
    channels: Any = valkey().pubsub_channels("user:*")
    return {int(channel.rpartition(b":")[2]) for channel in channels}
