"""Find the ledger accounts of customers and of the house, opening them where they are missing."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from exchange.core import copy

SPOT = "spot"  # what customers trade with
FEES = "fees"  # house: trading fees earned
CUSTODY = "custody"  # house, negative: what the outside world has handed in, less what it took out
CAPITAL = "capital"  # house, negative: the owners' own funds
WITHDRAWAL_FEES = "withdrawal_fees"  # house: what customers paid for withdrawals
NETWORK_COSTS = "network_costs"  # house, negative: what chains took for transactions
REORG_LOSS = "reorg_loss"  # house, negative: credited, spent, and then taken back by the chain
ROUNDING = "rounding"  # house: what deposits had beyond the precision an asset is kept with

MAY_BE_NEGATIVE = {CUSTODY, CAPITAL, NETWORK_COSTS, REORG_LOSS, ROUNDING}

_FIND = """
SELECT owner_id, asset_id, id, available FROM exchange_ledgeraccount
 WHERE owner_kind = %s AND purpose = %s AND owner_id = ANY(%s::bigint[])
   AND asset_id = ANY(%s::bigint[])
"""
_LOCK = """
SELECT id, available FROM exchange_ledgeraccount WHERE id = ANY(%s::bigint[])
 ORDER BY id FOR NO KEY UPDATE
"""
_OPEN = """
INSERT INTO exchange_ledgeraccount
    (owner_kind, owner_id, purpose, asset_id, available, held, may_be_negative)
SELECT %s, o, %s, a, 0, 0, %s FROM unnest(%s::bigint[], %s::bigint[]) AS wanted(o, a)
 ORDER BY o, a
ON CONFLICT DO NOTHING
"""


class Seen(NamedTuple):
    """An account, and what was available in it when somebody looked."""

    id: int
    available: Decimal


def customer_accounts(
    pairs: Iterable[tuple[int, int]], *, purpose: str = SPOT
) -> dict[tuple[int, int], int]:
    """Account ids by (customer id, asset id); opens those that do not exist yet."""
    return {key: seen.id for key, seen in customer_balances(pairs, purpose=purpose).items()}


def customer_balances(
    pairs: Iterable[tuple[int, int]], *, purpose: str = SPOT
) -> dict[tuple[int, int], Seen]:
    """As `customer_accounts`, with what is available as seen without a lock: it may be gone by the
    time it is spent, and then the guard refuses."""
    return _accounts("customer", purpose, set(pairs))


def house_account(*, asset_id: int, purpose: str) -> int:
    """The id of the house's account of one asset for one purpose."""
    return _accounts("house", purpose, {(0, asset_id)})[0, asset_id].id


def _accounts(kind: str, purpose: str, pairs: set[tuple[int, int]]) -> dict[tuple[int, int], Seen]:
    if not pairs:
        return {}
    found = _find(kind, purpose, pairs)
    missing = sorted(pairs - found.keys())
    if missing:
        with connection.cursor() as cursor:
            cursor.execute(
                _OPEN,
                [
                    kind,
                    purpose,
                    kind == "house" and purpose in MAY_BE_NEGATIVE,
                    [owner for owner, _ in missing],
                    [asset for _, asset in missing],
                ],
            )
        found = _find(kind, purpose, pairs)
    return found


def _find(kind: str, purpose: str, pairs: set[tuple[int, int]]) -> dict[tuple[int, int], Seen]:
    owners, assets = {o for o, _ in pairs}, {a for _, a in pairs}
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [kind, purpose, copy.array(owners), copy.array(assets)])
        return {(o, a): Seen(i, b) for o, a, i, b in cursor.fetchall() if (o, a) in pairs}


def locked_available(account_ids: Iterable[int]) -> dict[int, Decimal]:
    """Lock accounts in id order and read what is available; the locks last until the commit."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [copy.array(sorted(set(account_ids)))])
        return dict(cursor.fetchall())
