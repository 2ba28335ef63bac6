"""What our wallets hold, as the followed blocks say: by wallet and asset, and by asset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from exchange.core.money import ZERO, from_units
from wallets.addresses.models import KeySet
from wallets.custody.vaults import reading

VAULT = "vault"  # in the place of a role: lent to a contract
COLD = KeySet.Role.COLD
HOT = KeySet.Role.HOT

_HOLDINGS = """
SELECT k.id, k.name, k.role, n.id, n.code, an.id, s.id, s.code, an.decimals, h.units
  FROM (SELECT a.key_set_id, an.id AS asset_network_id, sum(c.units) AS units
          FROM wallets_coin c
          JOIN wallets_address a ON a.id = c.address_id
          JOIN exchange_network n ON n.id = c.network_id
          JOIN exchange_asset s ON s.code = n.native_asset
          JOIN exchange_assetnetwork an ON an.network_id = n.id AND an.asset_id = s.id
         WHERE c.spent_height IS NULL
         GROUP BY a.key_set_id, an.id
         UNION ALL
        SELECT a.key_set_id, b.asset_network_id, sum(b.units)
          FROM wallets_accountbalance b JOIN wallets_address a ON a.id = b.address_id
         GROUP BY a.key_set_id, b.asset_network_id) h
  JOIN wallets_keyset k ON k.id = h.key_set_id
  JOIN exchange_assetnetwork an ON an.id = h.asset_network_id
  JOIN exchange_network n ON n.id = an.network_id
  JOIN exchange_asset s ON s.id = an.asset_id
 ORDER BY s.rank, s.code, n.code, k.role, k.name
"""


class Holding(NamedTuple):
    """One asset in one wallet. `units` are whole base units; `amount` is in the asset."""

    key_set_id: int
    wallet: str
    role: str
    network_id: int
    network: str
    asset_network_id: int
    asset_id: int
    asset: str
    decimals: int
    units: int

    @property
    def amount(self) -> Decimal:
        return from_units(self.units, self.decimals)


class Spread(NamedTuple):
    """How an asset lies over hot, cold and what is between. Decimals in the asset."""

    hot: Decimal = ZERO
    deposit: Decimal = ZERO
    warm: Decimal = ZERO
    cold: Decimal = ZERO
    vault: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.hot + self.deposit + self.warm + self.cold + self.vault

    def share_bp(self, part: Decimal) -> int | None:
        """Basis points of the whole, rounded down; None when there is nothing at all."""
        return None if self.total <= 0 else int(part * 10_000 / self.total)

    @property
    def cold_bp(self) -> int | None:
        return self.share_bp(self.cold)

    @property
    def hot_bp(self) -> int | None:
        """What keys in the signer could spend: the hot wallet and addresses not swept yet."""
        return self.share_bp(self.hot + self.deposit)


def holdings(lent: Sequence[reading.Lent] | None = None) -> list[Holding]:
    """Every wallet's every asset, zeros included, and what is lent to vaults, a line each.

    One query over unspent coins and balances, and one over vaults that were not read before.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLDINGS)
        found = [Holding._make((*row[:9], int(row[9]))) for row in cursor.fetchall()]
    return found + [_lent(each) for each in (reading.lent() if lent is None else lent)]


def _lent(each: reading.Lent) -> Holding:
    """A vault's shares, as what they can be turned into."""
    row, what = each.vault, each.vault.asset_network
    return Holding(
        key_set_id=row.key_set_id,
        wallet=f"{row.key_set.name} in vault {row.address[:6]}…{row.address[-4:]}",
        role=VAULT,
        network_id=what.network_id,
        network=what.network.code,
        asset_network_id=what.pk,
        asset_id=what.asset_id,
        asset=what.asset.code,
        decimals=what.decimals,
        units=row.worth,
    )


def spread(rows: Iterable[Holding]) -> Spread:
    """Holdings of one asset, added up by role."""
    by_role: dict[str, Decimal] = {}
    for row in rows:
        by_role[row.role] = by_role.get(row.role, ZERO) + row.amount
    return Spread(**by_role)


def by_asset(rows: Iterable[Holding]) -> dict[str, Spread]:
    """Spreads by the asset's code."""
    grouped: dict[str, list[Holding]] = {}
    for row in rows:
        grouped.setdefault(row.asset, []).append(row)
    return {code: spread(each) for code, each in grouped.items()}


def by_asset_network(rows: Iterable[Holding]) -> dict[int, Spread]:
    """Spreads by asset and network: what rebalancing looks at."""
    grouped: dict[int, list[Holding]] = {}
    for row in rows:
        grouped.setdefault(row.asset_network_id, []).append(row)
    return {key: spread(each) for key, each in grouped.items()}
