"""Which of the addresses that a block pays are ours, and whose."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from django.db import connection

from wallets.addresses.models import Address

_OURS = """
SELECT a.id, a.key, a.address, a.memo, a.key_set_id, s.role, a.customer_id, a.index, a.change,
       a.retired_at IS NOT NULL
  FROM wallets_address a JOIN wallets_keyset s ON s.id = a.key_set_id
 WHERE a.network_id = %s AND a.key = ANY(%s) AND a.memo = ''
"""


class Ours(NamedTuple):
    """An address of ours. `customer_id` is None for the wallets' own; a retired one counts too."""

    address_id: int
    key: str
    address: str
    memo: str
    key_set_id: int
    role: str  # KeySet.Role
    customer_id: int | None
    at_index: int  # of its key set
    change: bool
    retired: bool


def ours(network_id: int, keys: Collection[str]) -> dict[str, Ours]:
    """Those of the keys that are addresses of ours on this network, by key. One indexed query.

    On networks with a memo the shared address belongs to the wallet; whose deposit it is says
    `owner_of_memo`.
    """
    wanted = list(set(keys))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_OURS, [network_id, wanted])
        return {row[1]: Ours(*row) for row in cursor.fetchall()}


def owner_of_memo(network_id: int, key: str, memo: str) -> Address | None:
    """The customer's row of a shared address; None when nobody has that memo."""
    if not memo:
        return None
    return Address.objects.filter(network_id=network_id, key=key, memo=memo).first()


def current(*, customer_id: int, network_id: int) -> Address | None:
    """The deposit address that a customer is shown on a network; None before the first visit."""
    return (
        Address.objects.filter(
            customer_id=customer_id, network_id=network_id, retired_at__isnull=True
        )
        .select_related("network")
        .first()
    )
