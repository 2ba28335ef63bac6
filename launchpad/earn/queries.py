"""What products pay and what customers have in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

# Amounts on their way out count no more, from the moment they were asked for. Weighted by time to
# the microsecond: an amount that came within the span counts for the part of it that was left.
_STAKED = """
SELECT customer_id, weight, trunc(amount, 18) AS amount FROM (
    SELECT c.customer_id, p.vote_weight AS weight,
           sum(c.amount * CASE WHEN c.at <= %s THEN 1 ELSE
               extract(epoch FROM %s - c.at) / extract(epoch FROM %s - %s::timestamptz)
               END) AS amount
      FROM launchpad_product p
      JOIN launchpad_positionchange c ON c.product_id = p.id AND c.at <= %s
      JOIN launchpad_position o ON o.id = c.position_id AND o.parent_id IS NULL
     WHERE p.asset_id = %s AND p.vote_weight > 0
     GROUP BY c.customer_id, p.vote_weight
) s WHERE amount > 0
"""


class Staked(NamedTuple):
    """What a customer had in products of one weight. Weight in hundredths: 100 counts once."""

    customer_id: int
    weight: int
    amount: Decimal


def staked_query(
    *, asset_id: int, at: datetime, since: datetime | None = None
) -> tuple[str, Sequence[Any]]:
    """SQL that gives (customer_id, weight, amount) as `staked` does, for those who insert it."""
    start = since or at
    return _STAKED, [start, at, at, start, at, asset_id]


def staked(*, asset_id: int, at: datetime, since: datetime | None = None) -> list[Staked]:
    """Who had how much at a moment in products that count for votes; with `since` the average from
    then until `at`, weighted by time. One row a customer and weight.

    Computed from the changes of positions, which are never changed: the answer for a past moment
    is always the same. Sub-accounts under their own ids.
    """
    query, params = staked_query(asset_id=asset_id, at=at, since=since)
    with connection.cursor() as cursor:
        cursor.execute(query + " ORDER BY 1, 2", params)
        return [Staked(*row) for row in cursor.fetchall()]
