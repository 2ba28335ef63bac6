"""What customers had at a moment that has passed, from postings alone.

A balance is kept for now only. What it was is what it is now less all that was posted since, so it
does not matter when somebody asks; `recounted` adds up every posting there ever was and has to
come to the same. Both are one statement, and so see one set of commits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

# The span's length, and how long after its start a posting was made, in whole microseconds.
_PARAMETERS = """
    SELECT %(asset)s::bigint AS asset, %(at)s::timestamptz AS at, %(since)s::timestamptz AS since,
           (extract(epoch FROM %(at)s::timestamptz - %(since)s::timestamptz) * 1000000)::numeric
               AS span
"""
_ACCOUNTS = """
    SELECT a.id, coalesce(c.parent_id, c.id) AS customer, a.purpose, a.available + a.held AS now
      FROM exchange_ledgeraccount a JOIN exchange_customer c ON c.id = a.owner_id
     WHERE a.owner_kind = 'customer' AND a.asset_id = %(asset)s AND a.purpose = ANY(%(purposes)s)
"""
# An average is the integral of the balance over the span, divided by its length: the balance at
# the end all along, less each change for as long as it had not happened yet. Rounded down to the
# 18 digits that the ledger keeps.
_SINCE = f"""
WITH p AS MATERIALIZED ({_PARAMETERS}), accounts AS MATERIALIZED ({_ACCOUNTS}),
moved AS (
    SELECT posting.account_id,
           sum(posting.available + posting.held) FILTER (WHERE e.created_at > p.at) AS later,
           sum((posting.available + posting.held)
               * (extract(epoch FROM e.created_at - p.since) * 1000000)::numeric)
               FILTER (WHERE e.created_at <= p.at) AS within
      FROM p, exchange_ledgerentry e JOIN exchange_posting posting ON posting.entry_id = e.id
     WHERE e.created_at > %(since)s
       AND posting.entry_id >= (
           SELECT min(id) FROM exchange_ledgerentry WHERE created_at > %(since)s)
       AND posting.account_id IN (SELECT id FROM accounts)
     GROUP BY posting.account_id
)
SELECT customer, purpose,
       sum(now - coalesce(later, 0)) AS total,
       CASE WHEN p.span > 0 THEN
           div(sum((now - coalesce(later, 0)) * p.span - coalesce(within, 0)) * 1e18, p.span) / 1e18
       END AS average
  FROM p, accounts LEFT JOIN moved ON moved.account_id = accounts.id
 GROUP BY customer, purpose, p.span
HAVING sum(now - coalesce(later, 0)) <> 0
    OR sum((now - coalesce(later, 0)) * p.span - coalesce(within, 0)) <> 0
 ORDER BY customer, purpose
"""  # noqa: S608  its parts are above
# Every posting up to the moment, and for how long of the span it had happened.
_EVER = f"""
WITH p AS MATERIALIZED ({_PARAMETERS}), accounts AS MATERIALIZED ({_ACCOUNTS}),
posted AS (
    SELECT accounts.customer, accounts.purpose, posting.available + posting.held AS amount,
           (extract(epoch FROM p.at - greatest(e.created_at, p.since)) * 1000000)::numeric AS stood
      FROM p, accounts JOIN exchange_posting posting ON posting.account_id = accounts.id
      JOIN exchange_ledgerentry e ON e.id = posting.entry_id
     WHERE e.created_at <= p.at
)
SELECT customer, purpose, sum(amount) AS total,
       CASE WHEN p.span > 0 THEN div(sum(amount * stood) * 1e18, p.span) / 1e18 END AS average
  FROM p, posted
 GROUP BY customer, purpose, p.span
HAVING sum(amount) <> 0 OR sum(amount * stood) <> 0
 ORDER BY customer, purpose
"""  # noqa: S608  its parts are above


class Had(NamedTuple):
    """What a customer, sub-accounts included, had for one purpose. Decimals in the asset."""

    customer_id: int
    purpose: str
    total: Decimal  # at the moment itself
    average: Decimal | None  # over the span before it; None when no span was asked for


def had(
    *, asset_id: int, at: datetime, since: datetime, purposes: Sequence[str], batch: int = 5000
) -> Iterator[list[Had]]:
    """What customers had at `at`, and on average from `since` until then; in order of customers,
    without those who had nothing. Equal moments ask for no average.

    Costs one read of the asset's accounts and of what was posted after `since`. Memory does not
    grow. Must run inside a transaction; `settled` says whether the moment is over.
    """
    return _streamed(_SINCE, asset_id, at, since, purposes, batch)


def recounted(
    *, asset_id: int, at: datetime, since: datetime, purposes: Sequence[str], batch: int = 5000
) -> Iterator[list[Had]]:
    """As `had`, without looking at any balance: reads every posting of the asset there ever was."""
    return _streamed(_EVER, asset_id, at, since, purposes, batch)


def settled(at: datetime) -> bool:
    """Has everything ended that began before `at` and may still post with an earlier time?

    An entry's time is that of its statement, by the database's clock, and others see it once its
    transaction commits.
    """
    query = """
        SELECT clock_timestamp() > %(at)s AND NOT EXISTS (
            SELECT FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()
               AND xact_start <= %(at)s
               AND (backend_xid IS NOT NULL OR (state = 'active' AND query_start <= %(at)s)))
    """
    with connection.cursor() as cursor:
        cursor.execute(query, {"at": at})
        return bool(cursor.fetchone()[0])


def _streamed(
    query: str, asset_id: int, at: datetime, since: datetime, purposes: Sequence[str], batch: int
) -> Iterator[list[Had]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            query, {"asset": asset_id, "at": at, "since": since, "purposes": list(purposes)}
        )
        while rows := cursor.fetchmany(batch):
            yield [Had(*row) for row in rows]
