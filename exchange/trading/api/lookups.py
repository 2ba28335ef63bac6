"""What became of orders."""

from __future__ import annotations

from typing import Any

from exchange.api.endpoints import RECV_WINDOW, Access, Call, Room
from exchange.api.parameters import Choice, ClientOrderId, Moment, OrderId, Parameter, Whole
from exchange.api.shapes import integers, strings
from exchange.trading import queries
from exchange.trading.api import wire
from exchange.trading.api.wire import ANY_SYMBOL, ORDER_SHAPE, SYMBOL, TRADE_SHAPE
from exchange.trading.errors import OrderNotFound
from exchange.trading.queries import OrderRow

room = Room("Order queries")

ORDER_ID = OrderId(name="orderId", required=True)
CLIENT_ORDER_ID = ClientOrderId(name="clientOrderId", required=True)
QUERY_STATE = Choice(name="queryState", among=["open", "history"], about="Both, if not given.")
ORDER_MODE = Choice(name="orderMode", among=["spot", "iso_margin"], default="spot")
START = Moment(name="startTime", about="Placed at or after this, in milliseconds.")
END = Moment(name="endTime", about="Placed at or before this, in milliseconds.")
LIMIT = Whole(name="limit", least=1, most=200, default=200, clamp=True)
FILTERS = (ANY_SYMBOL, ORDER_MODE, START, END, LIMIT, RECV_WINDOW)

# The legacy list speaks of states in numbers, and pages by offset.
OPEN, FILLED, CANCELLED = "9", "6", "8"
STATUS = Choice(name="status", required=True, among=[OPEN, FILLED, CANCELLED])
OFFSET = Whole(name="offset", least=1, most=10_000, default=1, about="The page, from 1.")
PAGE_SIZE = Whole(name="N", least=1, most=100, default=100, clamp=True)
STATUS_OF = {
    "new": "4",
    "partially_filled": "5",
    "filled": FILLED,
    "canceled": CANCELLED,
    "partially_canceled": CANCELLED,
}
STATES_OF = {
    OPEN: ["new", "partially_filled"],
    FILLED: ["filled"],
    CANCELLED: ["canceled", "partially_canceled"],
}


def _query(path: str, takes: list[Parameter] | tuple[Parameter, ...], gives: Any) -> Any:
    return room.post(f"/spot/v4/query/{path}", access=Access.SIGNED, takes=takes, gives=gives)


@_query("order", [ORDER_ID, QUERY_STATE, RECV_WINDOW], ORDER_SHAPE)
def order(call: Call) -> dict[str, Any]:
    """One order, by its id."""
    return _in_state(
        call, queries.order(customer_id=call.customer_id, order_id=call.read(ORDER_ID))
    )


@_query("client-order", [CLIENT_ORDER_ID, QUERY_STATE, RECV_WINDOW], ORDER_SHAPE)
def client_order(call: Call) -> dict[str, Any]:
    """One order, by the customer's own name of it."""
    name = call.read(CLIENT_ORDER_ID)
    return _in_state(call, queries.order(customer_id=call.customer_id, client_order_id=name))


@_query("open-orders", FILTERS, [ORDER_SHAPE])
def open_orders(call: Call) -> list[dict[str, Any]]:
    """Orders that may still trade, newest first."""
    return [wire.order_row(row) for row in _filtered(call, queries.open_orders)]


@_query("history-orders", FILTERS, [ORDER_SHAPE])
def history_orders(call: Call) -> list[dict[str, Any]]:
    """Orders that are final, filled or cancelled, newest first."""
    return [wire.order_row(row) for row in _filtered(call, queries.order_history)]


@_query("trades", FILTERS, [TRADE_SHAPE])
def trades(call: Call) -> list[dict[str, Any]]:
    """The caller's fills, newest first."""
    return [wire.trade_row(row) for row in _filtered(call, queries.trades)]


@_query("order-trades", [ORDER_ID, RECV_WINDOW], [TRADE_SHAPE])
def order_trades(call: Call) -> list[dict[str, Any]]:
    """The fills of one order, newest first."""
    found = queries.order(customer_id=call.customer_id, order_id=call.read(ORDER_ID))
    rows = queries.trades(customer_id=call.customer_id, order_id=found.order_id)
    return [wire.trade_row(row) for row in rows]


@room.get(
    "/spot/v3/orders",
    access=Access.SIGNED,
    takes=[SYMBOL, OFFSET, PAGE_SIZE, STATUS],
    gives={
        "current_page": "integer",
        "orders": [
            strings(
                "order_id symbol side type price price_avg size notional "
                "filled_notional filled_size status"
            )
            | integers("create_time")
        ],
    },
)
def orders_by_status(call: Call) -> dict[str, Any]:
    """Orders of one pair in one state, by pages. Kept for clients that list cancelled orders."""
    page, size = call.read(OFFSET), call.read(PAGE_SIZE)
    rows = queries.orders_in_states(
        customer_id=call.customer_id,
        symbol=call.read(SYMBOL),
        states=STATES_OF[call.read(STATUS)],
        skip=(page - 1) * size,
        limit=size,
    )
    return {"current_page": page, "orders": [legacy_row(row) for row in rows]}


def legacy_row(row: OrderRow) -> dict[str, Any]:
    """An order as the version before the last spelled it."""
    full = wire.order_row(row)
    return {
        "order_id": full["orderId"],
        "symbol": row.symbol,
        "create_time": full["createTime"],
        "side": row.side,
        "type": row.kind,
        "price": full["price"],
        "price_avg": full["priceAvg"],
        "size": full["size"],
        "notional": full["notional"],
        "filled_notional": full["filledNotional"],
        "filled_size": full["filledSize"],
        "status": STATUS_OF[row.state],
    }


def _in_state(call: Call, row: OrderRow) -> dict[str, Any]:
    wanted = call.read(QUERY_STATE)
    if wanted is not None and row.is_open != (wanted == "open"):
        raise OrderNotFound(field="orderId")
    return wire.order_row(row)


def _filtered(call: Call, read: Any) -> list[Any]:
    """The rows that a call's filters leave. Margin orders are none: there is no margin."""
    since, until = call.read(START), call.read(END)
    if since is not None and until is not None and until < since:
        raise wire.TimeRange(field="endTime")
    symbol, limit = call.read(ANY_SYMBOL), call.read(LIMIT)
    if call.read(ORDER_MODE) == "iso_margin":
        return []
    return read(customer_id=call.customer_id, symbol=symbol, since=since, until=until, limit=limit)
