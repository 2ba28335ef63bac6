"""The address book for integrators: to read. It is written by people, on the site."""

from __future__ import annotations

from typing import Any

from exchange.api.endpoints import Access, Call, Room
from exchange.api.errors import DEPOSITS
from exchange.api.shapes import integers, strings
from exchange.core import clock
from wallets.addresses import book_rules
from wallets.addresses.models import BookEntry

room = Room("Deposits and withdrawals")

ON_CHAIN = 0  # the only kind of address there is
HELD, USABLE = 0, 1


@room.get(
    "/account/v1/withdraw/address/list",
    access=Access.KEYED,
    gives={
        "list": [
            strings("currency network address memo remark") | integers("addressType verifyStatus")
        ]
    },
    family=DEPOSITS,
)
def address_list(call: Call) -> dict[str, Any]:
    """The caller's address book. verifyStatus is 1 once an address can be withdrawn to."""
    return {"list": [_row(e) for e in book_rules.entries(customer_id=call.customer_id)]}


def _row(entry: BookEntry) -> dict[str, Any]:
    return {
        "currency": entry.asset.code if entry.asset else entry.network.native_asset,
        "network": entry.network.code,
        "address": entry.address,
        "memo": entry.memo,
        "remark": entry.label,
        "addressType": ON_CHAIN,
        "verifyStatus": USABLE if entry.usable_at <= clock.now() else HELD,
    }


urlpatterns = room.urlpatterns()
