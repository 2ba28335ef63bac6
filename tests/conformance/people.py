"""Run inside a venue: open its markets, fund its customers, make their keys, and print those.

Everything is made by the exchange's own verbs, as the application's own database role.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import django

FUNDS = {"BTC": "10", "ETH": "100", "SOL": "10000", "LTC": "10000", "USDT": "1000000"}
PEOPLE = ("maker", "taker", "seller", "buyer", "poor", "batcher", "async", "crowd1", "crowd2")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings.dev")
    django.setup()
    from exchange.assets.load import load_assets
    from exchange.markets.load import load_markets
    from tests import factories

    load_assets()
    for code in FUNDS.keys() - {"USDT"}:
        factories.market(f"{code}_USDT")  # with rates and limits that tests know
    load_markets()
    json.dump({name: _person(name) for name in PEOPLE}, sys.stdout)


def _person(name: str) -> dict[str, Any]:
    from exchange.accounts import api_keys
    from tests import factories

    holder = factories.customer()
    for code, amount in FUNDS.items() if name != "poor" else [("USDT", "100")]:
        factories.fund(holder, code, amount)
    keys: dict[str, dict[str, Any]] = {
        "trade": {"can_trade": True},
        "read": {},
        "elsewhere": {"can_trade": True, "allowed_ips": ["198.51.100.7"]},
    }
    made = {
        label: api_keys.create(
            customer_id=holder.pk, label=label, actor=factories.SYSTEM, **permissions
        )
        for label, permissions in keys.items()
    }
    return {
        "customer_id": holder.pk,
        "keys": {
            label: {"key": new.key, "secret": new.secret, "memo": new.memo}
            for label, new in made.items()
        },
    }


if __name__ == "__main__":
    main()
