"""Orders, fills and balances as the pages' scripts read them: amounts as text, times in ms."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from exchange.core import clock
from exchange.core.money import plain
from exchange.ledger import queries as ledger
from exchange.ledger.queries import Balance
from exchange.trading import queries
from exchange.trading.queries import OrderRow, TradeRow

SHOWN = 50


def mine(customer_id: int) -> dict[str, Any]:
    """What the trade page shows of one customer: balances, open orders, the latest past ones."""
    return {
        "balances": [balance(row) for row in ledger.balances(customer_id=customer_id)],
        "open": [order(row) for row in queries.open_orders(customer_id=customer_id)],
        "history": [
            order(row) for row in queries.order_history(customer_id=customer_id, limit=SHOWN)
        ],
        "trades": [fill(row) for row in queries.trades(customer_id=customer_id, limit=SHOWN)],
    }


def balance(row: Balance) -> dict[str, str]:
    return {
        "asset": row.asset,
        "name": row.name,
        "available": plain(row.available),
        "held": plain(row.held),
    }


def order(row: OrderRow) -> dict[str, Any]:
    return {
        "id": str(row.order_id),
        "symbol": row.symbol,
        "side": row.side,
        "kind": row.kind,
        "state": row.state,
        "cancel_source": row.cancel_source,
        "price": _text(row.price),
        "average": plain(row.price_average),
        "size": _text(row.size),
        "filled": _text(row.filled_size),
        "notional": plain(row.notional),
        "filled_notional": plain(row.filled_notional),
        "created": _ms(row.created_at),
        "updated": _ms(row.updated_at),
    }


def fill(row: TradeRow) -> dict[str, Any]:
    return {
        "id": str(row.trade_id),
        "order_id": str(row.order_id),
        "symbol": row.symbol,
        "side": row.side,
        "price": plain(row.price),
        "size": plain(row.size),
        "notional": plain(row.notional),
        "fee": plain(row.fee),
        "fee_asset": row.fee_asset,
        "role": row.role,
        "at": _ms(row.executed_at),
    }


def _text(amount: Decimal) -> str:
    """All the digits that its market keeps."""
    return format(amount, "f")


def _ms(moment: datetime) -> int:
    return clock.to_ms(moment)
