"""What a verb must know of its customers before it lets them do something, in one read."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from django.db import connection

from exchange.core import copy
from exchange.core.errors import NotFound, Restricted

# Customers with whom they belong to, then the restrictions that stand for any of those.
_STANDING = """
WITH c AS MATERIALIZED (
    SELECT id, coalesce(parent_id, id) AS owner FROM exchange_customer WHERE id = ANY(%s::bigint[])
)
SELECT id, owner, NULL FROM c
 UNION ALL
(SELECT NULL, customer_id, customer_message FROM exchange_restriction
  WHERE customer_id IN (SELECT id FROM c UNION ALL SELECT owner FROM c)
    AND kind = %s AND lifted_at IS NULL AND (until IS NULL OR until > now())
  ORDER BY id)
"""


class Standing(NamedTuple):
    """One customer: who they are when trades with oneself are prevented, and what forbids."""

    customer_id: int
    self_trade_id: int
    restricted: str | None  # what the customer is told; None when nothing forbids it

    def refuse_if_restricted(self) -> None:
        if self.restricted is not None:
            raise Restricted(self.restricted)


def standings(*, customer_ids: Collection[int], kind: str) -> dict[int, Standing]:
    """The standing of customers as to one kind of restriction; a parent's binds sub-accounts.

    Raises NotFound when one of them does not exist.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [copy.array(customer_ids), kind])
        rows = cursor.fetchall()
    owners = {customer_id: owner for customer_id, owner, _ in rows if customer_id is not None}
    for missing in set(customer_ids) - owners.keys():
        raise NotFound(f"There is no customer {missing}.", field="customer_id")
    forbids: dict[int, str] = {}
    for _, customer_id, message in rows[len(owners) :]:
        forbids.setdefault(customer_id, message)  # the oldest that stands
    return {
        customer_id: Standing(
            customer_id, owner, forbids.get(customer_id, forbids.get(owner)) if forbids else None
        )
        for customer_id, owner in owners.items()
    }
