"""What people had staked, summed up for their main accounts, in the order of customers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from launchpad.earn import queries as earn

EARN = "earn"  # the purpose of the ledger accounts that hold it


class Stake(NamedTuple):
    """All that one customer had staked. `weighed` is each part times its weight in hundredths."""

    customer_id: int
    amount: Decimal
    weighed: Decimal


def stakes_of(
    *, asset_id: int, at: datetime, since: datetime, batch: int = 5000
) -> Iterator[Stake]:
    """What customers had at `at` in products that count, or on average from `since` until then.

    Follows from changes of positions, which are never changed. Memory does not grow. Must run
    inside a transaction.
    """
    query, parameters = earn.staked_query(
        asset_id=asset_id, at=at, since=since if since < at else None
    )
    owned = f"""
        SELECT coalesce(c.parent_id, c.id) AS owner, sum(s.amount), sum(s.amount * s.weight)
          FROM ({query}) s JOIN exchange_customer c ON c.id = s.customer_id
         GROUP BY owner ORDER BY owner
    """  # noqa: S608  the query is earn's own
    with connection.chunked_cursor() as cursor:
        cursor.execute(owned, parameters)
        while rows := cursor.fetchmany(batch):
            yield from (Stake(*row) for row in rows)
