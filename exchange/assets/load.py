"""Load the catalogue of coins and networks that the exchange starts with (data/*.csv)."""

from __future__ import annotations

import csv
from pathlib import Path

from exchange.assets.models import Asset, AssetNetwork, Network

DATA = Path(__file__).parent / "data"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf8", newline="") as file:
        return list(csv.DictReader(file))


def load_assets() -> int:
    """Insert what is missing; what staff have changed since stays. Returns how many assets."""
    Asset.objects.bulk_create(
        (
            Asset(
                code=r["code"],
                name=r["name"],
                precision=int(r["precision"]),
                kind=r["kind"],
                status=r["status"],
                rank=int(r["rank"]),
            )
            for r in rows(DATA / "assets.csv")
        ),
        ignore_conflicts=True,
    )
    Network.objects.bulk_create(
        (
            Network(
                code=r["code"],
                name=r["name"],
                family=r["family"],
                native_asset=r["native_asset"],
                confirmations=int(r["confirmations"]),
                memo_required=r["memo_required"] == "true",
                memo_name=r["memo_name"],
            )
            for r in rows(DATA / "networks.csv")
        ),
        ignore_conflicts=True,
    )
    assets = dict(Asset.objects.values_list("code", "id"))
    networks = dict(Network.objects.values_list("code", "id"))
    AssetNetwork.objects.bulk_create(
        (
            AssetNetwork(
                asset_id=assets[r["asset"]],
                network_id=networks[r["network"]],
                contract=r["contract"],
                decimals=int(r["decimals"]),
                deposit_enabled=r["deposit_enabled"] == "true",
                withdraw_enabled=r["withdraw_enabled"] == "true",
                deposit_min=r["deposit_min"],
                withdraw_min=r["withdraw_min"],
                withdraw_fee=r["withdraw_fee"],
            )
            for r in rows(DATA / "asset_networks.csv")
        ),
        ignore_conflicts=True,
    )
    return len(assets)
