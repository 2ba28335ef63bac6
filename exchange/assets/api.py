"""Coins and their networks, as integrators list them before they do anything else."""

from __future__ import annotations

from typing import Any

from exchange.api.endpoints import Call, Room
from exchange.api.parameters import Text
from exchange.assets import queries
from exchange.assets.queries import AssetNetworkRow

room = Room("Currencies")

CURRENCIES = Text(name="currencies", about="Only these, separated by commas.")


@room.get(
    "/spot/v1/currencies",
    gives={
        "currencies": [
            {"id": "string", "name": "string", "withdraw_enabled": "boolean",
             "deposit_enabled": "boolean"}
        ]
    },
)  # fmt: skip
def currencies(call: Call) -> dict[str, Any]:
    """Every currency that balances are kept in."""
    return {
        "currencies": [
            {
                "id": asset.code,
                "name": asset.name,
                "withdraw_enabled": asset.withdraw_enabled,
                "deposit_enabled": asset.deposit_enabled,
            }
            for asset in queries.assets()
        ]
    }


@room.get(
    "/account/v1/currencies",
    takes=[CURRENCIES],
    gives={
        "currencies": [
            {"currency": "string", "name": "string", "contract_address": "string",
             "network": "string", "withdraw_enabled": "boolean", "deposit_enabled": "boolean",
             "withdraw_minsize": "string", "withdraw_minfee": "string", "withdraw_fee": "string",
             "recharge_minsize": "string"}
        ]
    },
)  # fmt: skip
def currency_networks(call: Call) -> dict[str, Any]:
    """Every currency on each of its networks, with what moving it costs."""
    named = call.read(CURRENCIES)
    codes = None if named is None else {code.strip().upper() for code in named.split(",")}
    return {"currencies": [_network(row) for row in queries.asset_networks(codes=codes)]}


def _name(row: AssetNetworkRow) -> str:
    """Clients split the name at the dash to find the currency and its network.

    Not so for names with NFT in them, which ccxt takes whole; those stay without a dash.
    """
    return row.asset if row.is_home or "NFT" in row.asset else f"{row.asset}-{row.network}"


def _network(row: AssetNetworkRow) -> dict[str, Any]:
    return {
        "currency": _name(row),
        "name": row.name,
        "contract_address": row.contract,
        "network": row.network,
        "withdraw_enabled": row.withdraw_enabled,
        "deposit_enabled": row.deposit_enabled,
        "withdraw_minsize": row.withdraw_min,
        "withdraw_minfee": row.withdraw_fee,
        "withdraw_fee": row.withdraw_fee,
        "recharge_minsize": row.deposit_min,
    }


urlpatterns = room.urlpatterns()
