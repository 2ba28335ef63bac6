"""Place and cancel."""

from __future__ import annotations

from typing import Any

from exchange.api.endpoints import RECV_WINDOW, Access, Call, Room
from exchange.api.errors import UNAVAILABLE, WireError, said_of
from exchange.api.parameters import Many
from exchange.core.errors import Refused
from exchange.trading import cancel, place, queries
from exchange.trading.api import wire
from exchange.trading.api.wire import ANY_SIDE, ANY_SYMBOL, CLIENT_ORDER_ID, ORDER_ID, SYMBOL
from exchange.trading.check import NewOrder
from exchange.trading.errors import BelowMinimum, OrderNotFound

room = Room("Orders")

MOST_IN_A_BATCH, MOST_CANCELS = 10, 100
ORDER_PARAMS = Many(name="orderParams", required=True, of=wire.ORDER, most=MOST_IN_A_BATCH)
ORDER_IDS = Many(name="orderIds", of=ORDER_ID, most=MOST_CANCELS)
CLIENT_ORDER_IDS = Many(name="clientOrderIds", of=CLIENT_ORDER_ID, most=MOST_CANCELS)


@room.post(
    "/spot/v2/submit_order",
    access=Access.TRADE,
    takes=[SYMBOL, *wire.ORDER],
    gives={"order_id": "string"},
)
def submit_order(call: Call) -> dict[str, str]:
    """Place an order. When this answers, the order is durable and its funds are held."""
    order = wire.new_order(call.fields, customer_id=call.customer_id, symbol=call.read(SYMBOL))
    try:
        return {"order_id": str(place.place(order=order, actor=call.actor))}
    except BelowMinimum as refused:
        raise _in_its_words(refused, order) from refused


@room.post(
    "/spot/v4/batch_orders",
    access=Access.TRADE,
    takes=[SYMBOL, ORDER_PARAMS, RECV_WINDOW],
    gives={
        "code": "integer",
        "msg": "string",
        "data": {
            "orderIds": ["string"],
            "errors": [{"index": "integer", "code": "integer", "message": "string"}],
        },
    },
)
def batch_orders(call: Call) -> dict[str, Any]:
    """Place up to ten orders of one pair at once.

    Those that are refused have null in the place of their id, and their reason under errors. When
    every one of them is refused, the answer is the first one's error.
    """
    symbol = call.read(SYMBOL)
    orders: list[NewOrder] = []
    outcomes: list[int | Refused | None] = []
    for fields in call.read(ORDER_PARAMS):
        try:
            orders.append(wire.new_order(fields, customer_id=call.customer_id, symbol=symbol))
            outcomes.append(None)
        except Refused as refused:
            outcomes.append(refused)
    placed = iter(place.place_many(orders=orders, actor=call.actor) if orders else [])
    outcomes = [next(placed) if outcome is None else outcome for outcome in outcomes]
    refusals = [(i, o) for i, o in enumerate(outcomes) if isinstance(o, Refused)]
    if len(refusals) == len(outcomes):
        raise refusals[0][1]
    return {
        "code": 0,
        "msg": "success" if not refusals else f"{len(refusals)} of {len(outcomes)} refused",
        "data": {
            "orderIds": [None if isinstance(o, Refused) else str(o) for o in outcomes],
            "errors": [
                {"index": index, "code": said.code, "message": said.message}
                for index, refused in refusals
                for said in [said_of(refused)]
            ],
        },
    }


@room.post(
    "/spot/v3/cancel_order",
    access=Access.TRADE,
    takes=[ANY_SYMBOL, ORDER_ID, CLIENT_ORDER_ID],
    gives={"result": "boolean"},
)
def cancel_order(call: Call) -> dict[str, bool]:
    """Take an order back, named by either of its ids. Answers once the matcher has let it go."""
    cancel_one(call)
    return {"result": True}


@room.post(
    "/spot/v4/cancel_orders",
    access=Access.TRADE,
    takes=[ANY_SYMBOL, ORDER_IDS, CLIENT_ORDER_IDS, RECV_WINDOW],
    gives={
        "successIds": ["string"],
        "failIds": ["string"],
        "totalCount": "integer",
        "successCount": "integer",
        "failedCount": "integer",
    },
)
def cancel_orders(call: Call) -> dict[str, Any]:
    """Take several orders back. Those that were not there or had traded are listed as failed."""
    symbol = call.read(ANY_SYMBOL)
    ids, names = call.read(ORDER_IDS), call.read(CLIENT_ORDER_IDS)
    if not ids and not names:
        raise wire.NoOrderId(field="orderIds")
    named = [{"order_id": i} for i in ids] if ids else [{"client_order_id": n} for n in names]
    asked = [str(next(iter(name.values()))) for name in named]
    cancelled = _cancelled(call, [_found(call, name, symbol) for name in named])
    won = [name for name, done in zip(asked, cancelled, strict=True) if done]
    lost = [name for name, done in zip(asked, cancelled, strict=True) if not done]
    return {
        "successIds": won,
        "failIds": lost,
        "totalCount": len(asked),
        "successCount": len(won),
        "failedCount": len(lost),
    }


@room.post(
    "/spot/v4/cancel_all",
    access=Access.TRADE,
    takes=[ANY_SYMBOL, ANY_SIDE, RECV_WINDOW],
    gives={},
)
def cancel_all(call: Call) -> dict[str, Any]:
    """Take back every open order, or those of one pair or side."""
    symbol = call.read(ANY_SYMBOL)
    cancel.cancel_all(
        customer_id=call.customer_id, actor=call.actor, symbol=symbol, side=call.read(ANY_SIDE)
    )
    return {}


def cancel_one(call: Call) -> queries.OrderRow:
    """The order that a call names, cancelled. Raises NoOrderId, OrderNotFound, OrderFinal.

    A matcher that is too busy to say so in time makes it a 503: the cancel waits its turn, and the
    order may trade before that. Whoever reads of success must not be told later that it traded.
    """
    symbol, order_id = call.read(ANY_SYMBOL), call.read(ORDER_ID)
    name = _name(order_id, None if order_id is not None else call.read(CLIENT_ORDER_ID))
    _refuse_other_symbol(call, name, symbol)
    row = cancel.cancel(customer_id=call.customer_id, actor=call.actor, **name)
    if row.is_open:
        raise WireError(UNAVAILABLE.code, "The cancel is under way, ask again", UNAVAILABLE.status)
    return row


def _name(order_id: int | None, client_order_id: str | None) -> dict[str, Any]:
    if order_id is not None:
        return {"order_id": order_id}
    if client_order_id:
        return {"client_order_id": client_order_id}
    raise wire.NoOrderId(field="order_id")


def _refuse_other_symbol(call: Call, name: dict[str, Any], symbol: str | None) -> None:
    """An order of another pair than the one named is a mistake of the caller's, not a wish."""
    if symbol is not None:
        row = queries.order(customer_id=call.customer_id, **name)
        if row.symbol != symbol:
            raise OrderNotFound(field="symbol")


def _found(call: Call, name: dict[str, Any], symbol: str | None) -> int | None:
    """The id of the caller's order of that name and pair; None when there is none."""
    try:
        row = queries.order(customer_id=call.customer_id, **name)
    except Refused:
        return None
    return row.order_id if symbol in (None, row.symbol) else None


def _cancelled(call: Call, order_ids: list[int | None]) -> list[bool]:
    """For each order whether it was taken back before it had traded whole."""
    requests = [(call.customer_id, order_id) for order_id in order_ids if order_id is not None]
    if not requests:
        return [False] * len(order_ids)
    outcomes = cancel.cancel_many(requests=requests, actor=call.actor, wait_seconds=2.0)
    taken_back = {
        order_id
        for (_, order_id), refusal in zip(requests, outcomes, strict=True)
        if refusal is None and _is_taken_back(call, order_id)
    }
    return [order_id in taken_back for order_id in order_ids]


def _is_taken_back(call: Call, order_id: int) -> bool:
    row = queries.order(customer_id=call.customer_id, order_id=order_id)
    return not row.is_open and row.state != "filled"


def _in_its_words(refused: BelowMinimum, order: NewOrder) -> Exception:
    """BitMart has a number of its own for a market buy that is too small."""
    if refused.field == "notional" and order.kind == "market":
        said = said_of(refused)
        return WireError(51012, said.message, said.status)
    return refused
