"""Orders and trades as the wire spells them: what is read, and what is written."""

from __future__ import annotations

from typing import Any

from exchange.api.parameters import Amount, Choice, ClientOrderId, Fields, OrderId, Symbol
from exchange.api.shapes import integers, strings
from exchange.core import clock
from exchange.core.errors import Invalid
from exchange.core.money import plain
from exchange.trading.check import NewOrder
from exchange.trading.queries import OrderRow, TradeRow

SYMBOL = Symbol(name="symbol", required=True)
ANY_SYMBOL = Symbol(name="symbol", about="Only this pair.")
SIDE = Choice(name="side", required=True, among=["buy", "sell"])
ANY_SIDE = Choice(name="side", among=["buy", "sell"], about="Only this side.")
TYPE = Choice(name="type", required=True, among=["limit", "market", "limit_maker", "ioc", "fok"])
PRICE = Amount(name="price", about="In quote; for every order but a market order.")
SIZE = Amount(name="size", about="In base; for every order but a market buy.")
NOTIONAL = Amount(name="notional", about="In quote: what a market buy spends, fees on top.")
CLIENT_ORDER_ID = ClientOrderId(name="clientOrderId", about="Your own name, unique for ever.")
STP_MODE = Choice(
    name="stpMode",
    among=["none", "cancel_maker", "cancel_taker", "cancel_both"],
    default="cancel_maker",
    about="Which order gives way when you would trade with yourself.",
)
ORDER = (SIDE, TYPE, SIZE, PRICE, NOTIONAL, CLIENT_ORDER_ID, STP_MODE)
ORDER_ID = OrderId(name="orderId")

ORDER_SHAPE = strings(
    "orderId clientOrderId symbol side orderMode type state cancelSource "
    "stpMode price priceAvg size filledSize notional filledNotional"
) | integers("createTime updateTime")
TRADE_SHAPE = strings(
    "tradeId orderId clientOrderId symbol side orderMode type stpMode price "
    "size notional fee feeCoinName tradeRole"
) | integers("createTime updateTime")


class NoOrderId(Invalid):
    code = "no_order_id"


class TimeRange(Invalid):
    code = "time_range"


def new_order(fields: Fields, *, customer_id: int, symbol: str) -> NewOrder:
    """An order as it was asked for. Amounts that its type has no use for are not looked at.

    Raises MissingParameter, Unsupported and Invalid, naming the field.
    """
    side, kind = SIDE.read(fields), TYPE.read(fields)
    by_notional = kind == "market" and side == "buy"
    needed = [NOTIONAL] if by_notional else [SIZE] if kind == "market" else [SIZE, PRICE]
    amounts = {parameter.name: parameter.needed(fields) for parameter in needed}
    return NewOrder(
        customer_id=customer_id,
        symbol=symbol,
        side=side,
        kind=kind,
        client_order_id=CLIENT_ORDER_ID.read(fields) or "",
        stp=STP_MODE.read(fields),
        **amounts,
    )


def order_row(row: OrderRow) -> dict[str, Any]:
    return {
        "orderId": str(row.order_id),
        "clientOrderId": row.client_order_id,
        "symbol": row.symbol,
        "side": row.side,
        "orderMode": "spot",
        "type": row.kind,
        "state": row.state,
        "cancelSource": row.cancel_source,
        "stpMode": row.stp,
        "price": price(row),
        "priceAvg": plain(row.price_average),
        "size": plain(row.size),
        "filledSize": plain(row.filled_size),
        "notional": plain(row.notional),
        "filledNotional": plain(row.filled_notional),
        "createTime": clock.to_ms(row.created_at),
        "updateTime": clock.to_ms(row.updated_at),
    }


def price(row: OrderRow) -> str:
    """A market order has none, which clients know as 0.00."""
    return plain(row.price) if row.price else "0.00"


def trade_row(row: TradeRow) -> dict[str, Any]:
    at = clock.to_ms(row.executed_at)
    return {
        "tradeId": str(row.trade_id),
        "orderId": str(row.order_id),
        "clientOrderId": row.client_order_id,
        "symbol": row.symbol,
        "side": row.side,
        "orderMode": "spot",
        "type": row.kind,
        "stpMode": row.stp,
        "price": plain(row.price),
        "size": plain(row.size),
        "notional": plain(row.notional),
        "fee": plain(row.fee),
        "feeCoinName": row.fee_asset,
        "tradeRole": row.role,
        "createTime": at,
        "updateTime": at,
    }
