"""What a verb must know of its customers before it lets them do something, in one read."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from django.db import connection

from exchange.core import copy
from exchange.core.errors import NotFound, Restricted

_STANDING = """
SELECT c.id, coalesce(c.parent_id, c.id), r.customer_message
  FROM exchange_customer c
  LEFT JOIN LATERAL (
        SELECT customer_message FROM exchange_restriction
         WHERE customer_id IN (c.id, c.parent_id) AND kind = %s AND lifted_at IS NULL
           AND (until IS NULL OR until > now())
         ORDER BY id LIMIT 1) r ON true
 WHERE c.id = ANY(%s::bigint[])
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
        cursor.execute(_STANDING, [kind, copy.array(customer_ids)])
        found = {row[0]: Standing(*row) for row in cursor.fetchall()}
    for missing in set(customer_ids) - found.keys():
        raise NotFound(f"There is no customer {missing}.", field="customer_id")
    return found
