"""What a deposit is worth in USDT: how closely to look at it. Nothing is ever booked by it."""

from __future__ import annotations

from decimal import Decimal

from exchange.markets.models import Ticker

USDT = "USDT"
# Coins that are meant to be worth a dollar are taken at their word.
DOLLARS = {USDT, "USDC", "DAI"}


def worth_usdt(asset: str, amount: Decimal) -> Decimal | None:
    """By the last price against USDT; None when there never was one."""
    if asset in DOLLARS:
        return amount
    last = (
        Ticker.objects.filter(market__symbol=f"{asset}_{USDT}")
        .values_list("last", flat=True)
        .first()
    )
    return None if last is None else amount * last
