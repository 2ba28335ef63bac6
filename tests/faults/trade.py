"""Two customers trade, through the exchange's own processes. Run as a module."""

from __future__ import annotations

import django


def trade() -> None:
    from exchange.accounts.models import Customer
    from tests.factories.trading import limit

    seller, buyer = Customer.objects.order_by("pk")[:2]
    limit(seller, "sell", "30000", "0.05", symbol="ETH_USDT")
    limit(buyer, "buy", "70000", "0.05", symbol="ETH_USDT")


if __name__ == "__main__":
    django.setup()
    trade()
