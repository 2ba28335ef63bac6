"""Load the pairs that the exchange starts with (data/markets.csv)."""

from __future__ import annotations

from pathlib import Path

from exchange.assets.load import rows
from exchange.assets.models import Asset
from exchange.markets.models import Market

DATA = Path(__file__).parent / "data"


def load_markets() -> int:
    """Insert what is missing; what staff have changed since stays. Returns how many pairs."""
    assets = {asset.code: asset for asset in Asset.objects.all()}
    Market.objects.bulk_create(
        (
            Market(
                symbol=r["symbol"],
                base=assets[r["base"]],
                quote=assets[r["quote"]],
                price_precision=int(r["price_precision"]),
                size_precision=int(r["size_precision"]),
                quote_precision=assets[r["quote"]].precision,
                min_size=r["min_size"],
                max_size=r["max_size"],
                min_notional=r["min_notional"],
                maker_rate=r["maker_rate"],
                taker_rate=r["taker_rate"],
                fee_class=r["fee_class"],
                status=r["status"],
                liquid=r["liquid"] == "true",
                reference_price=r["reference_price"],
                rank=rank,
            )
            for rank, r in enumerate(rows(DATA / "markets.csv"), start=1)
        ),
        ignore_conflicts=True,
    )
    return Market.objects.count()
