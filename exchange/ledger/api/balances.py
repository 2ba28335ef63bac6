"""Balances for integrators, in the two shapes that clients ask for."""

from __future__ import annotations

from typing import Any

from exchange.api.endpoints import Access, Call, Room
from exchange.api.parameters import Text
from exchange.ledger import queries
from exchange.ledger.queries import Balance

room = Room("Balances")

CURRENCY = Text(name="currency", about="Only this currency.")
USD = Text(name="needUsdValuation", about="Accepted for compatibility.")


@room.get(
    "/spot/v1/wallet",
    access=Access.KEYED,
    gives={
        "wallet": [{"id": "string", "name": "string", "available": "string", "frozen": "string"}]
    },
)
def spot_wallet(call: Call) -> dict[str, Any]:
    """What the caller may spend, and what open orders hold, in every currency they have had."""
    return {
        "wallet": [
            {"id": b.asset, "name": b.name, "available": b.available, "frozen": b.held}
            for b in _balances(call)
        ]
    }


@room.get(
    "/account/v1/wallet",
    access=Access.KEYED,
    takes=[CURRENCY, USD],
    gives={
        "wallet": [
            {"currency": "string", "name": "string", "available": "string", "frozen": "string",
             "unAvailable": "string", "available_usd_valuation": "string"}
        ]
    },
)  # fmt: skip
def account_wallet(call: Call) -> dict[str, Any]:
    """The same, with all that can't be spent as unAvailable."""
    currency = call.read(CURRENCY)
    return {
        "wallet": [
            {
                "currency": b.asset,
                "name": b.name,
                "available": b.available,
                "frozen": b.held,
                "unAvailable": b.held,
                "available_usd_valuation": "",
            }
            for b in _balances(call)
            if currency is None or b.asset == currency.upper()
        ]
    }


def _balances(call: Call) -> list[Balance]:
    return queries.balances(customer_id=call.customer_id, with_empty=True)
