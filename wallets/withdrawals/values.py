"""What an amount is worth in USDT, for limits and thresholds; never for anybody's balance."""

from __future__ import annotations

from decimal import Decimal

from exchange.core.money import ZERO
from exchange.markets import queries

MEASURE = "USDT"
AS_GOOD = {"USDT", "USDC"}
STEPS = ("USDT", "USDC", "BTC")  # quotes to value by, the first that has traded


def in_usdt(asset: str, amount: Decimal) -> Decimal | None:
    """At the last trade; None when nothing was ever traded that leads to USDT."""
    price = price_of(asset)
    return None if price is None else (amount * price).quantize(Decimal("0.000001"))


def from_usdt(asset: str, value: Decimal) -> Decimal | None:
    """How much of an asset a value buys at the last trade; None when nobody knows."""
    price = price_of(asset)
    return None if not price else value / price


def price_of(asset: str) -> Decimal | None:
    if asset in AS_GOOD:
        return Decimal(1)
    last = {row.symbol: row.last for row in queries.tickers() if row.last > ZERO}
    for quote in STEPS:
        price = last.get(f"{asset}_{quote}")
        if price is None:
            continue
        if quote in AS_GOOD:
            return price
        in_measure = last.get(f"{quote}_{MEASURE}")
        if in_measure is not None:
            return price * in_measure
    return None
