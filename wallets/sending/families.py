"""A transaction and what replaces it: rivals, of which a chain takes at most one."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

_FAMILY = """
WITH RECURSIVE up AS (
    SELECT id, replaces_id FROM wallets_chaintransaction WHERE id = ANY(%s)
     UNION
    SELECT t.id, t.replaces_id FROM wallets_chaintransaction t JOIN up ON t.id = up.replaces_id
), down AS (
    SELECT id FROM up
     UNION SELECT t.id FROM wallets_chaintransaction t JOIN down ON t.replaces_id = down.id
)
SELECT id FROM down ORDER BY id
"""


def family_of(ids: Sequence[int]) -> list[int]:
    """The ids of these transactions, of those they replace and of those that replace them."""
    with connection.cursor() as cursor:
        cursor.execute(_FAMILY, [list(ids)])
        return [row[0] for row in cursor.fetchall()]
