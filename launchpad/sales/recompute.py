"""A sale told by its ledger entries alone: nothing of this room's own tables is read.

Entries name the sale in their reference ("sale:7:…") and say by their kind what they did. What this
gives must be what the subscriptions say, to the last unit; reconciliation compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

# A range, and not LIKE: the entries' unique index on (reference, kind) finds it.
_BY_CUSTOMER = """
SELECT a.owner_id,
       coalesce(sum(p.held) FILTER (WHERE e.kind IN ('sale_commit', 'sale_withdraw')), 0),
       coalesce(-sum(p.held + p.available) FILTER (
                WHERE e.kind = 'sale_settlement' AND p.held < 0), 0),
       coalesce(sum(p.available) FILTER (
                WHERE e.kind IN ('sale_settlement', 'sale_refund') AND p.held < 0), 0),
       coalesce(sum(p.available) FILTER (
                WHERE e.kind IN ('sale_settlement', 'sale_claim', 'sale_release')
                  AND p.held = 0), 0),
       coalesce(sum(p.held), 0)
  FROM exchange_ledgerentry e
  JOIN exchange_posting p ON p.entry_id = e.id
  JOIN exchange_ledgeraccount a ON a.id = p.account_id AND a.owner_kind = 'customer'
 WHERE e.reference >= %(from)s AND e.reference < %(to)s
   AND e.kind IN ('sale_commit', 'sale_withdraw', 'sale_settlement', 'sale_refund', 'sale_claim',
                  'sale_release')
 GROUP BY a.owner_id ORDER BY a.owner_id
"""
_DIFFERENT = """
SELECT count(*), count(*) FILTER (WHERE wrong), min(customer_id) FILTER (WHERE wrong)
  FROM (SELECT coalesce(l.customer_id, s.customer_id) AS customer_id,
               (coalesce(l.committed, 0), coalesce(l.tokens, 0), coalesce(l.held, 0))
                 IS DISTINCT FROM
               (coalesce(s.committed, 0), coalesce(s.released, 0),
                CASE WHEN s.settled_at IS NULL THEN coalesce(s.committed, 0) ELSE 0 END)
               OR (s.settled_at IS NOT NULL AND (l.spent, l.refunded)
                     IS DISTINCT FROM (s.spent, s.refunded) AND s.committed > 0) AS wrong
          FROM ({ledger}) l(customer_id, committed, spent, refunded, tokens, held)
          FULL JOIN (SELECT * FROM launchpad_subscription WHERE sale_id = %(sale)s) s
            ON s.customer_id = l.customer_id) compared
"""


class Told(NamedTuple):
    """One customer's part in a sale. Decimals in quote and token."""

    customer_id: int
    committed: Decimal
    spent: Decimal
    refunded: Decimal
    tokens: Decimal
    held: Decimal


class Comparison(NamedTuple):
    """How many people the ledger and the subscriptions name, and about how many they differ."""

    people: int
    wrong: int
    first: int | None


def told_by_ledger(sale_id: int) -> Iterator[Told]:
    """Everybody's part, by customer. Must run inside a transaction; memory does not grow."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(_BY_CUSTOMER, _range(sale_id))
        while rows := cursor.fetchmany(5000):
            yield from (Told(*row) for row in rows)


def compare(sale_id: int) -> Comparison:
    """The ledger against the subscriptions. Reads all entries of the sale."""
    query = _DIFFERENT.format(ledger=_BY_CUSTOMER)
    with connection.cursor() as cursor:
        cursor.execute(query, {**_range(sale_id), "sale": sale_id})
        return Comparison(*cursor.fetchone())


def _range(sale_id: int) -> dict[str, str]:
    return {"from": f"sale:{sale_id}:", "to": f"sale:{sale_id};"}  # ";" follows ":"
