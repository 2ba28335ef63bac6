"""Deposit addresses for integrators."""

from __future__ import annotations

from typing import Any

from exchange.api.endpoints import Access, Call, Room
from exchange.api.errors import DEPOSITS
from exchange.api.parameters import Text
from exchange.api.shapes import strings
from exchange.core.errors import NotFound, SwitchedOff
from wallets.addresses import issue
from wallets.deposits import offers
from wallets.deposits.offers import UnknownAsset

room = Room("Deposits and withdrawals")

CURRENCY = Text(name="currency", required=True, about="A currency, or USDT-ERC20 for a network.")


@room.get(
    "/account/v1/deposit/address",
    access=Access.KEYED,
    takes=[CURRENCY],
    gives=strings("currency chain address address_memo"),
    family=DEPOSITS,
)
def deposit_address(call: Call) -> dict[str, Any]:
    """The caller's own address, made now if there is none yet."""
    asked = call.read(CURRENCY)
    try:
        offer = offers.named(asked)
    except UnknownAsset:
        raise
    except NotFound as closed:
        raise issue.NoAddresses(str(closed), field="currency") from closed
    if offer.paused:
        raise SwitchedOff(offer.paused, field="currency")
    made = issue.issue(customer_id=call.customer_id, network_id=offer.network_id, actor=call.actor)
    return {
        "currency": asked.strip().upper(),
        "chain": offer.network,
        "address": made.address,
        "address_memo": made.memo,
    }


urlpatterns = room.urlpatterns()
