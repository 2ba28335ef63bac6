"""Make a market and funded customers with keys; print the keys as JSON. Run as a module."""

from __future__ import annotations

import json
import sys

import django


def make(count: int) -> list[dict[str, str]]:
    from exchange.accounts import api_keys
    from tests import factories

    for symbol in ("BTC_USDT", "ETH_USDT"):
        factories.market(symbol)
    keys = []
    for _ in range(count):
        holder = factories.customer()
        for code, amount in (("BTC", "100"), ("ETH", "100"), ("USDT", "5000000")):
            factories.fund(holder, code, amount)
        made = api_keys.create(
            customer_id=holder.pk, label="load", actor=factories.SYSTEM, memo="m", can_trade=True
        )
        keys.append({"key": made.key, "secret": made.secret, "memo": made.memo})
    return keys


if __name__ == "__main__":
    django.setup()
    print(json.dumps(make(int(sys.argv[1]))))
