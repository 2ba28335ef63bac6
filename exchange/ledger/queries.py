"""What the ledger knows: balances, statements, the trial balance."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from exchange.core.money import ZERO
from exchange.ledger.accounts import SPOT
from exchange.ledger.models import LedgerAccount, LedgerEntry, Posting

_BALANCES_OF_MANY = """
SELECT a.owner_id, s.code, a.available, a.held
  FROM exchange_ledgeraccount a JOIN exchange_asset s ON s.id = a.asset_id
 WHERE a.owner_kind = 'customer' AND a.purpose = 'spot'
   AND a.owner_id = ANY(%s) AND a.asset_id = ANY(%s)
"""


class Balance(NamedTuple):
    """One asset of one customer. Decimals in the asset."""

    asset: str
    name: str
    available: Decimal
    held: Decimal

    @property
    def total(self) -> Decimal:
        return self.available + self.held


class Owed(NamedTuple):
    """What the house owes its customers in one asset, and what its own accounts say against it."""

    asset_id: int
    code: str
    precision: int
    customers: Decimal
    house: Decimal  # with `customers` zero, or the books do not balance
    holders: int
    digits: int  # after the point, in the finest balance


class OwedTo(NamedTuple):
    """All that one customer has of one asset, held or not. Decimals in the asset."""

    asset_id: int
    customer_id: int
    total: Decimal
    lowest: Decimal  # of its parts: below zero nothing may be, not even to be made up for


class StatementLine(NamedTuple):
    """One posting, oldest first, with the balances after it."""

    posting_id: int
    at: datetime
    kind: str
    reference: str
    asset: str
    available_change: Decimal
    held_change: Decimal
    available_after: Decimal
    held_after: Decimal


def balance(*, customer_id: int, asset_id: int, purpose: str = SPOT) -> Balance:
    """One balance; zeros when the customer never held the asset. One indexed read."""
    row = (
        LedgerAccount.objects.filter(
            owner_kind="customer", owner_id=customer_id, asset_id=asset_id, purpose=purpose
        )
        .select_related("asset")
        .first()
    )
    if row is None:
        return Balance("", "", ZERO, ZERO)
    return Balance(row.asset.code, row.asset.name, row.available, row.held)


def balances(*, customer_id: int, purpose: str = SPOT, with_empty: bool = False) -> list[Balance]:
    """Every balance of a customer that is not empty, the most prominent asset first.

    `with_empty` adds the assets that the customer had once.
    """
    rows = (
        LedgerAccount.objects.filter(owner_kind="customer", owner_id=customer_id, purpose=purpose)
        .select_related("asset")
        .order_by("asset__rank", "asset__code")
    )
    if not with_empty:
        rows = rows.exclude(available=0, held=0)
    return [Balance(r.asset.code, r.asset.name, r.available, r.held) for r in rows]


def balances_of_many(
    *, customer_ids: Collection[int], asset_ids: Collection[int]
) -> dict[int, list[tuple[str, Decimal, Decimal]]]:
    """(code, available, held) of some assets for many customers, in one indexed query."""
    found: dict[int, list[tuple[str, Decimal, Decimal]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES_OF_MANY, [list(customer_ids), list(asset_ids)])
        for customer_id, code, available, held in cursor.fetchall():
            found.setdefault(customer_id, []).append((code, available, held))
    return found


def statement(
    *, customer_id: int, since: datetime | None = None, until: datetime | None = None
) -> Iterator[StatementLine]:
    """A customer's postings in order, streamed: memory does not grow with history.

    Balances after each line count from the first posting ever, so a later start shows true ones.
    """
    query = """
        SELECT * FROM (
            SELECT p.id, e.created_at, e.kind, e.reference, s.code, p.available, p.held,
                   sum(p.available) OVER w, sum(p.held) OVER w
              FROM exchange_ledgeraccount a
              JOIN exchange_asset s ON s.id = a.asset_id
              JOIN exchange_posting p ON p.account_id = a.id
              JOIN exchange_ledgerentry e ON e.id = p.entry_id
             WHERE a.owner_kind = 'customer' AND a.owner_id = %s
            WINDOW w AS (PARTITION BY a.id ORDER BY p.id)
        ) lines
         WHERE created_at >= coalesce(%s, '-infinity'::timestamptz)
           AND created_at < coalesce(%s, 'infinity'::timestamptz)
         ORDER BY id
    """
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, [customer_id, since, until])
        while rows := cursor.fetchmany(1000):
            yield from (StatementLine(*row) for row in rows)


def postings_of(*, reference: str, kind: str) -> list[Posting]:
    """The postings of one entry, for screens that explain a movement."""
    return list(
        Posting.objects.filter(entry__kind=kind, entry__reference=reference)
        .select_related("account__asset")
        .order_by("id")
    )


def entry_ids(*, references: Collection[str]) -> dict[str, int]:
    """The id of an entry by its reference, for those that there are. One indexed query."""
    found = LedgerEntry.objects.filter(reference__in=references)
    return dict(found.values_list("reference", "pk"))


def trial_balance() -> list[tuple[str, Decimal]]:
    """Per asset, the sum of all balances of customers and house: zero, or something is wrong."""
    query = """
        SELECT s.code, sum(a.available + a.held)
          FROM exchange_ledgeraccount a JOIN exchange_asset s ON s.id = a.asset_id
         GROUP BY s.code ORDER BY s.code
    """
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [(code, total) for code, total in cursor.fetchall()]


def house_balances(*, purpose: str) -> dict[int, Decimal]:
    """What one kind of house account holds and has set aside, by asset id. One indexed query."""
    rows = LedgerAccount.objects.filter(owner_kind="house", owner_id=0, purpose=purpose)
    return {
        asset_id: available + held
        for asset_id, available, held in rows.values_list("asset_id", "available", "held")
    }


def house_balance(*, asset_id: int, purpose: str) -> tuple[Decimal, Decimal]:
    """(available, held) of one account of the house; zeros when it was never opened."""
    row = LedgerAccount.objects.filter(
        owner_kind="house", owner_id=0, asset_id=asset_id, purpose=purpose
    ).first()
    return (ZERO, ZERO) if row is None else (row.available, row.held)


def owed_to_customers() -> dict[int, Decimal]:
    """What all customers together own, by asset id. Reads every customer's account."""
    query = """
        SELECT asset_id, sum(available + held) FROM exchange_ledgeraccount
         WHERE owner_kind = 'customer' GROUP BY asset_id
    """
    with connection.cursor() as cursor:
        cursor.execute(query)
        return dict(cursor.fetchall())


def owed() -> list[Owed]:
    """Per asset, what customers have and what balances it. One scan of the balances."""
    query = """
        SELECT s.id, s.code, s.precision,
               coalesce(sum(a.available + a.held) FILTER (WHERE a.owner_kind = 'customer'), 0),
               coalesce(sum(a.available + a.held) FILTER (WHERE a.owner_kind = 'house'), 0),
               count(DISTINCT a.owner_id) FILTER (
                   WHERE a.owner_kind = 'customer' AND (a.available <> 0 OR a.held <> 0)),
               max(scale(trim_scale(a.available + a.held)))
          FROM exchange_ledgeraccount a JOIN exchange_asset s ON s.id = a.asset_id
         GROUP BY s.id ORDER BY s.code COLLATE "C"
    """
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [Owed(*row) for row in cursor.fetchall()]


def owed_to_each(*, batch: int = 5000) -> Iterator[list[OwedTo]]:
    """Every customer's total of every asset that is not empty, in batches. Memory does not grow.

    Sub-accounts count under their own ids. Must run inside a transaction.
    """
    query = """
        SELECT asset_id, owner_id, sum(available + held), min(least(available, held))
          FROM exchange_ledgeraccount
         WHERE owner_kind = 'customer' AND (available <> 0 OR held <> 0)
         GROUP BY asset_id, owner_id ORDER BY asset_id, owner_id
    """
    with connection.chunked_cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(batch):
            yield [OwedTo(*row) for row in rows]


def holders(*, asset_id: int, above: int = 0, limit: int = 500) -> list[tuple[int, Decimal]]:
    """Customers who own some of an asset, by their number, and how much: the next so many after
    one. Sub-accounts count under their own numbers."""
    query = """
        SELECT owner_id, sum(available + held) FROM exchange_ledgeraccount
         WHERE owner_kind = 'customer' AND asset_id = %s AND owner_id > %s
         GROUP BY owner_id HAVING sum(available + held) > 0 ORDER BY owner_id LIMIT %s
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [asset_id, above, limit])
        return cursor.fetchall()
