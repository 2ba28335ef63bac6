"""Paths that BitMart has withdrawn and that clients of before 2025 still call."""

from __future__ import annotations

from typing import Any

from exchange.api.endpoints import Access, Call, Room
from exchange.api.parameters import ClientOrderId, OrderId, Symbol, Whole
from exchange.api.shapes import integers, strings
from exchange.core import clock
from exchange.core.money import plain
from exchange.markets import queries as markets
from exchange.trading import queries
from exchange.trading.api import lookups, orders, wire
from exchange.trading.api.wire import SYMBOL

room = Room("Older paths")

ANY_SYMBOL = Symbol(name="symbol")
LEVELS = Whole(name="size", least=1, most=50, default=50, clamp=True)
ORDER_ID = OrderId(name="order_id")
CLIENT_ORDER_ID = ClientOrderId(name="clientOrderId")
LEVEL = {"price": "string", "amount": "string"}
ROW = strings(
    "order_id clientOrderId symbol side type price price_avg size notional "
    "filled_notional filled_size status"
) | integers("create_time")


@room.get(
    "/spot/v1/ticker",
    takes=[ANY_SYMBOL],
    gives={
        "tickers": [
            strings(
                "symbol last_price quote_volume_24h base_volume_24h high_24h low_24h "
                "open_24h close_24h best_ask best_ask_size best_bid best_bid_size "
                "fluctuation"
            )
            | integers("timestamp")
        ]
    },
)
def tickers(call: Call) -> dict[str, Any]:
    """One pair's last 24 hours, or every pair's."""
    symbol = call.read(ANY_SYMBOL)
    rows = markets.tickers() if symbol is None else [markets.ticker(symbol)]
    return {
        "tickers": [
            {
                "symbol": row.symbol,
                "last_price": plain(row.last),
                "quote_volume_24h": plain(row.quote_volume_24h),
                "base_volume_24h": plain(row.base_volume_24h),
                "high_24h": plain(row.high_24h),
                "low_24h": plain(row.low_24h),
                "open_24h": plain(row.open_24h),
                "close_24h": plain(row.last),
                "best_ask": plain(row.ask_price),
                "best_ask_size": plain(row.ask_size),
                "best_bid": plain(row.bid_price),
                "best_bid_size": plain(row.bid_size),
                "fluctuation": plain(row.fluctuation),
                "timestamp": row.ms,
            }
            for row in rows
        ]
    }


@room.get(
    "/spot/v1/symbols/book",
    takes=[SYMBOL, LEVELS],
    gives={"timestamp": "integer", "buys": [LEVEL], "sells": [LEVEL]},
)
def book(call: Call) -> dict[str, Any]:
    """The order book, best first."""
    view = markets.book(call.read(SYMBOL), call.read(LEVELS))
    return {
        "timestamp": view.ms,
        "buys": [{"price": plain(price), "amount": plain(size)} for price, size in view.bids],
        "sells": [{"price": plain(price), "amount": plain(size)} for price, size in view.asks],
    }


@room.post(
    "/spot/v1/submit_order",
    access=Access.TRADE,
    takes=[SYMBOL, *wire.ORDER],
    gives={"order_id": "string"},
)
def submit_order(call: Call) -> dict[str, str]:
    """As /spot/v2/submit_order."""
    return orders.submit_order(call)


@room.post(
    "/spot/v2/cancel_order",
    access=Access.TRADE,
    takes=[wire.ANY_SYMBOL, wire.ORDER_ID, wire.CLIENT_ORDER_ID],
    gives={"result": "boolean"},
)
def cancel_order(call: Call) -> dict[str, bool]:
    """As /spot/v3/cancel_order."""
    return orders.cancel_order(call)


@room.get(
    "/spot/v2/order_detail",
    access=Access.KEYED,
    takes=[ORDER_ID, CLIENT_ORDER_ID],
    gives=ROW,
)
def order_detail(call: Call) -> dict[str, Any]:
    """One order, by either of its ids."""
    return _detail(call)


@room.post(
    "/spot/v2/order_detail",
    access=Access.SIGNED,
    takes=[ORDER_ID, CLIENT_ORDER_ID],
    gives=ROW,
)
def signed_order_detail(call: Call) -> dict[str, Any]:
    """One order, by either of its ids."""
    return _detail(call)


@room.get(
    "/spot/v1/trades",
    access=Access.KEYED,
    takes=[ANY_SYMBOL, ORDER_ID],
    gives={
        "trades": [
            strings(
                "detail_id order_id symbol side price_avg size notional fees "
                "fee_coin_name exec_type"
            )
            | integers("create_time")
        ]
    },
)
def trades(call: Call) -> dict[str, Any]:
    """The caller's fills, newest first."""
    rows = queries.trades(
        customer_id=call.customer_id, symbol=call.read(ANY_SYMBOL), order_id=call.read(ORDER_ID)
    )
    return {
        "trades": [
            {
                "detail_id": str(row.trade_id),
                "order_id": str(row.order_id),
                "symbol": row.symbol,
                "side": row.side,
                "price_avg": plain(row.price),
                "size": plain(row.size),
                "notional": plain(row.notional),
                "fees": plain(row.fee),
                "fee_coin_name": row.fee_asset,
                "exec_type": "T" if row.role == "taker" else "M",
                "create_time": clock.to_ms(row.executed_at),
            }
            for row in rows
        ]
    }


def _detail(call: Call) -> dict[str, Any]:
    order_id, name = call.read(ORDER_ID), call.read(CLIENT_ORDER_ID)
    if order_id is None and name is None:
        raise wire.NoOrderId(field="order_id")
    row = queries.order(customer_id=call.customer_id, order_id=order_id, client_order_id=name)
    return {**lookups.legacy_row(row), "clientOrderId": row.client_order_id}
