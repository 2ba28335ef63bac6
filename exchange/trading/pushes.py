"""What a batch means to those who watch: the public tape, and each customer's own orders.

Messages are made only for customers somebody is watching: Valkey knows which channels have
subscribers, so a thousand bots without a socket cost nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from datetime import datetime
from typing import Any

import redis

from exchange.core import clock
from exchange.core.money import from_units
from exchange.ledger import queries as ledger
from exchange.markets.models import Market
from exchange.markets.publish import text, valkey
from exchange.matching.commands import Kind, Side
from exchange.trading.live import OpenOrder
from exchange.trading.settle import Settlement, TradeLine

log = logging.getLogger(__name__)

STATE_CODES = {
    "new": "4",
    "partially_filled": "5",
    "filled": "6",
    "canceled": "8",
    "partially_canceled": "8",
}


def public_trades(settlement: Settlement, at: datetime) -> list[list[Any]]:
    """[id, price, size, taker's side, ms] of each trade, oldest first."""
    terms, ms = settlement.terms, clock.to_ms(at)
    return [
        [
            t.trade_id,
            format(from_units(t.price, terms.price_precision), "f"),
            format(from_units(t.size, terms.size_precision), "f"),
            "buy" if t.taker.side == Side.BUY else "sell",
            ms,
        ]
        for t in settlement.trades
    ]


def tell_customers(market: Market, settlement: Settlement, at: datetime) -> None:
    """Push orders and balances to the customers of this batch who are watching."""
    news = {**settlement.rested, **settlement.touched}
    involved = {order.customer_id for order in news.values()}
    try:
        watched = involved & _watched()
        if not watched:
            return
        balances = _balances(watched, market)
        last = {}
        for trade in settlement.trades:
            last[trade.taker.order_id] = last[trade.maker.order_id] = trade
        pipe = valkey().pipeline(transaction=False)
        for customer_id in watched:
            orders = [
                _order(market, settlement, order, last.get(order.order_id), at)
                for order in news.values()
                if order.customer_id == customer_id
            ]
            message = {
                "orders": orders,
                "balances": balances.get(customer_id, []),
                "ms": clock.to_ms(at),
            }
            pipe.publish(f"user:{customer_id}", json.dumps(message, separators=(",", ":")))
        pipe.execute()
    except (redis.RedisError, OSError) as error:
        log.warning("customers of %s not told: %s", market.symbol, error)


def _watched() -> set[int]:
    channels: Any = valkey().pubsub_channels("user:*")
    return {int(channel.rpartition(b":")[2]) for channel in channels}


def _balances(customers: Collection[int], market: Market) -> dict[int, list[dict[str, str]]]:
    found = ledger.balances_of_many(
        customer_ids=customers, asset_ids=[market.base_id, market.quote_id]
    )
    return {
        customer_id: [
            {"ccy": code, "av_bal": text(available), "fz_bal": text(held)}
            for code, available, held in rows
        ]
        for customer_id, rows in found.items()
    }


def _order(
    market: Market,
    settlement: Settlement,
    order: OpenOrder,
    trade: TradeLine | None,
    at: datetime,
) -> dict[str, Any]:
    """An order as the private channel shows it."""
    terms = settlement.terms
    unit = terms.price_precision + terms.size_precision
    row: dict[str, Any] = {
        "order_id": str(order.order_id),
        "client_order_id": order.client_order_id or "",
        "clientOid": order.client_order_id or "",
        "symbol": market.symbol,
        "side": Side(order.side).name.lower(),
        "type": Kind(order.kind).name.lower(),
        "price": format(from_units(order.price, terms.price_precision), "f"),
        "size": format(from_units(order.size, terms.size_precision), "f"),
        "notional": text(from_units(order.budget or order.price * order.size, unit)),
        "filled_size": format(from_units(order.filled_size, terms.size_precision), "f"),
        "filled_notional": text(from_units(order.filled_notional, unit)),
        "state": STATE_CODES[order.state],
        "order_state": order.state,
        "ms_t": str(clock.to_ms(at)),
        "create_time": str(order.created_ms),
        "update_time": str(clock.to_ms(at)),
        "order_type": "0",
        "order_mode": "0",
        "margin_trading": "0",
        "entrust_type": "normal",
        "last_fill_price": "0",
        "last_fill_count": "0",
        "last_fill_time": "0",
        "exec_type": "",
        "detail_id": "",
        "dealFee": "0",
        "deal_fee_coin_name": "",
    }
    if trade is not None:
        takes = trade.taker is order
        paid = trade.taker_fee if takes else trade.maker_fee
        row |= {
            "last_fill_price": format(from_units(trade.price, terms.price_precision), "f"),
            "last_fill_count": format(from_units(trade.size, terms.size_precision), "f"),
            "last_fill_time": str(clock.to_ms(at)),
            "exec_type": "T" if takes else "M",
            "detail_id": str(trade.trade_id),
            "dealFee": text(from_units(paid, terms.quote_precision)),
            "deal_fee_coin_name": market.quote.code,
        }
    return row
