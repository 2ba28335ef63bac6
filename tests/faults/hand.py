"""A process of the exchange that does what it is told, a line at a time. Run as a module.

It stays, as web processes do, so that a test does not start Python for every order.
"""

from __future__ import annotations

import sys
from io import StringIO

import django


def trade() -> str:
    """Two customers trade."""
    from exchange.accounts.models import Customer
    from tests.factories.trading import limit

    seller, buyer = Customer.objects.order_by("pk")[:2]
    limit(seller, "sell", "30000", "0.05", symbol="ETH_USDT")
    limit(buyer, "buy", "70000", "0.05", symbol="ETH_USDT")
    return "placed"


def wake() -> str:
    """Wake the market's matcher far more often than there is work."""
    from exchange.core import dispatch
    from exchange.markets.models import Market
    from exchange.trading import wake as waking

    market = Market.objects.get(symbol="ETH_USDT").pk
    for _ in range(25):
        dispatch.send("trading.match", queue=waking.queue(market), market_id=market)
    return "woken"


def reconcile() -> str:
    from django.core.management import call_command

    said = StringIO()
    call_command("reconcile", stdout=said)
    return said.getvalue().splitlines()[-1]


def main() -> None:
    from django.db import close_old_connections

    for line in sys.stdin:
        close_old_connections()
        print({"trade": trade, "wake": wake, "reconcile": reconcile}[line.strip()](), flush=True)


if __name__ == "__main__":
    django.setup()
    main()
