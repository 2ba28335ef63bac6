"""What an asset is worth in USD, for thresholds and alerts; never for anybody's balance."""

from __future__ import annotations

from decimal import Decimal

from exchange.markets import queries

CENT = Decimal("0.01")
# Coins that are meant to be worth a dollar are taken at their word.
DOLLARS = {"USD", "USDT", "USDC", "DAI"}
STEPS = ("USDT", "USDC", "BTC")


def of_one(asset: str) -> Decimal | None:
    """One unit at the last trade; None when nothing was ever traded that leads to dollars."""
    if asset in DOLLARS:
        return Decimal(1)
    last = {row.symbol: row.last for row in queries.tickers() if row.last > 0}
    for quote in STEPS:
        price = last.get(f"{asset}_{quote}")
        if price is None:
            continue
        if quote in DOLLARS:
            return price
        in_dollars = last.get(f"{quote}_USDT")
        if in_dollars is not None:
            return price * in_dollars
    return None
