"""Post one entry with very many legs, which PostgreSQL gathers itself from a query.

For payouts to a million people: not a row of it passes through Python. The guards are the same as
for every other posting; the entry's legs must sum to zero, and its key can be posted once.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction

from exchange.ledger.post import refusal

# For a query with a table `c` that has customer_id, purpose and asset_id: whose account each is.
JOIN_ACCOUNTS = """
JOIN exchange_ledgeraccount a ON a.owner_kind = 'customer' AND a.owner_id = c.customer_id
     AND a.asset_id = c.asset_id AND a.purpose = c.purpose
"""
_OPEN = """
INSERT INTO exchange_ledgeraccount
    (owner_kind, owner_id, purpose, asset_id, available, held, may_be_negative)
SELECT DISTINCT 'customer', c.customer_id, c.purpose, c.asset_id, 0, 0, false
  FROM ({wanted}) c(customer_id, purpose, asset_id)
 WHERE NOT EXISTS (SELECT FROM exchange_ledgeraccount a
                    WHERE a.owner_kind = 'customer' AND a.owner_id = c.customer_id
                      AND a.asset_id = c.asset_id AND a.purpose = c.purpose)
 ORDER BY 4, 3, 2
ON CONFLICT DO NOTHING
"""
_ENTRY = "INSERT INTO exchange_ledgerentry (kind, reference) VALUES (%s, %s) RETURNING id"
_LEGS = """
INSERT INTO exchange_posting (entry_id, account_id, available, held)
SELECT %s, q.account_id, q.available, q.held FROM ({query}) q(account_id, available, held)
"""


class Posted(NamedTuple):
    """What was written: the entry, and how many legs it has."""

    entry_id: int
    legs: int


def open_accounts(*, query: str, params: Sequence[Any] = ()) -> int:
    """Open customers' accounts that are missing; the query gives (customer, purpose, asset).

    Returns how many were opened.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OPEN.format(wanted=query), params)
        return cursor.rowcount


def post_from(*, kind: str, reference: str, query: str, params: Sequence[Any] = ()) -> Posted:
    """Post one entry whose legs (account, available, held) a query gives.

    Raises InsufficientFunds, KeyReused when (kind, reference) was posted before, Invalid when the
    legs do not balance; a refused entry has changed nothing. The caller keeps, in the same
    transaction, the mark that says that this was done.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_ENTRY, [kind, reference])
            entry_id = int(cursor.fetchone()[0])
            cursor.execute(_LEGS.format(query=query), [entry_id, *params])
            legs = cursor.rowcount
    except IntegrityError as error:
        raise refusal(error) from error
    return Posted(entry_id, legs)


def received_by(entry_id: int, *, besides: int) -> Decimal:
    """What all accounts of an entry together received, besides one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(available + held), 0) FROM exchange_posting"
            " WHERE entry_id = %s AND account_id <> %s",
            [entry_id, besides],
        )
        return Decimal(cursor.fetchone()[0])
