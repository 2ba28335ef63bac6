"""What may be kept on the exchange, and on which networks it moves. One query each."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from django.db.models import F

from exchange.assets.models import Asset, AssetNetwork


class AssetRow(NamedTuple):
    """One asset. Deposits or withdrawals are open when they are on at least one network."""

    code: str
    name: str
    deposit_enabled: bool
    withdraw_enabled: bool


class AssetNetworkRow(NamedTuple):
    """One asset on one network. Amounts in the asset; `is_home`: the chain the asset pays for."""

    asset: str
    name: str
    network: str
    contract: str
    deposit_enabled: bool
    withdraw_enabled: bool
    deposit_min: Decimal
    withdraw_min: Decimal
    withdraw_fee: Decimal
    is_home: bool


def assets() -> list[AssetRow]:
    """Every asset that is not delisted, the most prominent first."""
    deposits, withdrawals = set(), set()
    for row in asset_networks():
        if row.deposit_enabled:
            deposits.add(row.asset)
        if row.withdraw_enabled:
            withdrawals.add(row.asset)
    named = Asset.objects.exclude(status=Asset.Status.DELISTED).values_list("code", "name")
    return [AssetRow(code, name, code in deposits, code in withdrawals) for code, name in named]


def asset_networks(*, codes: Collection[str] | None = None) -> list[AssetNetworkRow]:
    """Every asset on each of its networks, or those of the assets named.

    A suspended asset moves on no network. Of several chains that are paid for in one asset (ETH)
    the one in use is its home, else the one that was listed first.
    """
    rows = (
        AssetNetwork.objects.exclude(asset__status=Asset.Status.DELISTED)
        .annotate(
            code=F("asset__code"),
            native=F("network__native_asset"),
            status=F("asset__status"),
        )
        .order_by("asset__rank", "asset__code", "-deposit_enabled", "id")
    )
    if codes is not None:
        rows = rows.filter(asset__code__in=codes)
    homes: set[str] = set()
    found = []
    for row in rows.values_list(
        "code", "asset__name", "network__code", "contract", "deposit_enabled", "withdraw_enabled",
        "deposit_min", "withdraw_min", "withdraw_fee", "native", "status", named=True,
    ):  # fmt: skip
        moves = row.status == Asset.Status.ACTIVE
        is_home = row.native == row.code and row.code not in homes
        if is_home:
            homes.add(row.code)
        found.append(
            AssetNetworkRow(
                asset=row.code,
                name=row.asset__name,
                network=row.network__code,
                contract=row.contract,
                deposit_enabled=row.deposit_enabled and moves,
                withdraw_enabled=row.withdraw_enabled and moves,
                deposit_min=row.deposit_min,
                withdraw_min=row.withdraw_min,
                withdraw_fee=row.withdraw_fee,
                is_home=is_home,
            )
        )
    return found
