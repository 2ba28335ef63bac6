"""Deposits and withdrawals for integrators: the list, and one of them by its number."""

from __future__ import annotations

from typing import Any

from exchange.api.endpoints import Access, Call, Room
from exchange.api.errors import DEPOSITS
from exchange.api.parameters import Choice, Moment, Text, Whole
from exchange.api.shapes import integers, strings
from exchange.core import clock
from exchange.core.errors import NotFound
from wallets.history import queries
from wallets.history.queries import DEPOSIT, MOST_ROWS, WITHDRAW, Movement

room = Room("Deposits and withdrawals")

OPERATION = Choice(name="operation_type", among=[DEPOSIT, WITHDRAW], required=True)
CURRENCY = Text(name="currency", about="Only this currency.")
NEWEST = Whole(name="N", least=1, most=MOST_ROWS, default=100, clamp=True)
START = Moment(name="startTime", about="Only those asked for since, in milliseconds.")
END = Moment(name="endTime", about="Only those asked for until, in milliseconds.")
ID = Whole(name="id", required=True, about="A withdraw_id or a deposit_id.")

RECORD = strings(
    "withdraw_id deposit_id operation_type currency arrival_amount fee address address_memo tx_id"
) | integers("apply_time status")


@room.get(
    "/account/v2/deposit-withdraw/history",
    access=Access.KEYED,
    takes=[OPERATION, CURRENCY, NEWEST, START, END],
    gives={"records": [RECORD]},
    family=DEPOSITS,
)
def history(call: Call) -> dict[str, Any]:
    """The caller's deposits or withdrawals, newest first.

    status: 0 created, 1 submitted, 2 processing, 3 done, 4 cancelled or returned, 5 failed.
    """
    currency = (call.read(CURRENCY) or "").upper().partition("-")[0]
    rows = queries.of_customer(
        customer_id=call.customer_id,
        kinds=[call.read(OPERATION)],
        choice=queries.Choice(
            asset=currency, since=call.read(START), until=call.read(END), limit=call.read(NEWEST)
        ),
    )
    return {"records": [_record(row) for row in rows]}


@room.get(
    "/account/v1/deposit-withdraw/detail",
    access=Access.KEYED,
    takes=[ID],
    gives={"record": RECORD},
    family=DEPOSITS,
)
def detail(call: Call) -> dict[str, Any]:
    """One of the caller's deposits or withdrawals."""
    row = queries.one(customer_id=call.customer_id, number=call.read(ID))
    if row is None:
        raise NotFound(field="id")
    return {"record": _record(row)}


def _record(row: Movement) -> dict[str, Any]:
    return {
        "withdraw_id": str(row.number) if row.kind == WITHDRAW else "",
        "deposit_id": str(row.number) if row.kind == DEPOSIT else "",
        "operation_type": row.kind,
        "currency": f"{row.asset}-{row.network}" if row.network else row.asset,
        "apply_time": clock.to_ms(row.at),
        "arrival_amount": row.amount,
        "fee": row.fee,
        "status": row.code,
        "address": row.address,
        "address_memo": row.memo,
        "tx_id": row.txid,
    }


urlpatterns = room.urlpatterns()
