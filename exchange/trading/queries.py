"""What is known of orders and trades, in the customer's own units. Newest first, always bounded."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from exchange.core.money import ZERO, from_units
from exchange.matching.commands import Kind, Side, Stp
from exchange.trading.errors import OrderNotFound
from exchange.trading.models import SpotOrder, Trade

MAX_ROWS = 200


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order. Sizes in base, price and notionals in quote; `notional` is what was asked for."""

    order_id: int
    client_order_id: str
    customer_id: int
    symbol: str
    side: str
    kind: str
    state: str
    cancel_source: str
    stp: str
    price: Decimal
    price_average: Decimal
    size: Decimal
    filled_size: Decimal
    notional: Decimal
    filled_notional: Decimal
    created_at: datetime
    updated_at: datetime

    @property
    def is_open(self) -> bool:
        return self.state in SpotOrder.OPEN_STATES


@dataclass(frozen=True, slots=True)
class TradeRow:
    """One fill as one of its two sides sees it. `fee` in `fee_asset`, the quote."""

    trade_id: int
    order_id: int
    client_order_id: str
    symbol: str
    side: str
    kind: str
    stp: str
    price: Decimal
    size: Decimal
    notional: Decimal
    fee: Decimal
    fee_asset: str
    role: str
    executed_at: datetime


def order(
    *, customer_id: int, order_id: int | None = None, client_order_id: str | None = None
) -> OrderRow:
    """One order of a customer. Raises OrderNotFound, also when it is somebody else's."""
    named = {"pk": order_id} if order_id is not None else {"client_order_id": client_order_id}
    found = (
        SpotOrder.objects.filter(customer_id=customer_id, **named).select_related("market").first()
    )
    if found is None:
        raise OrderNotFound(field="order_id" if order_id is not None else "client_order_id")
    return order_row(found)


def open_orders(
    *,
    customer_id: int,
    symbol: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = MAX_ROWS,
) -> list[OrderRow]:
    """Orders that may still trade."""
    return _orders(Q(state__in=SpotOrder.OPEN_STATES), customer_id, symbol, since, until, limit)


def order_history(
    *,
    customer_id: int,
    symbol: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = MAX_ROWS,
) -> list[OrderRow]:
    """Orders that are final: filled or cancelled."""
    return _orders(~Q(state__in=SpotOrder.OPEN_STATES), customer_id, symbol, since, until, limit)


def orders_in_states(
    *, customer_id: int, symbol: str, states: Collection[str], skip: int, limit: int = MAX_ROWS
) -> list[OrderRow]:
    """Orders of one market in some states, `skip` of them left out: a page of a list."""
    rows = SpotOrder.objects.filter(
        customer_id=customer_id, market__symbol=symbol, state__in=states
    ).select_related("market")
    return [order_row(row) for row in rows.order_by("-id")[skip : skip + _bounded(limit)]]


def trades(
    *,
    customer_id: int,
    symbol: str | None = None,
    order_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = MAX_ROWS,
) -> list[TradeRow]:
    """A customer's fills. A trade with oneself is shown from both sides."""
    limit = _bounded(limit)
    fills: list[tuple[Trade, str]] = []
    for role in ("taker", "maker"):
        mine: QuerySet[Trade] = Trade.objects.filter(**{f"{role}_id": customer_id})
        if symbol is not None:
            mine = mine.filter(market__symbol=symbol)
        if order_id is not None:
            mine = mine.filter(**{f"{role}_order_id": order_id})
        if since is not None:
            mine = mine.filter(executed_at__gte=since)
        if until is not None:
            mine = mine.filter(executed_at__lte=until)
        rows = mine.select_related("market__quote").order_by("-id")[:limit]
        fills += [(trade, role) for trade in rows]
    fills.sort(key=lambda fill: -fill[0].pk)
    fills = fills[:limit]
    orders = SpotOrder.objects.in_bulk(
        {getattr(trade, f"{role}_order_id") for trade, role in fills}
    )
    return [
        trade_row(trade, role, orders[getattr(trade, f"{role}_order_id")]) for trade, role in fills
    ]


def _orders(
    state: Q,
    customer_id: int,
    symbol: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
) -> list[OrderRow]:
    rows = SpotOrder.objects.filter(state, customer_id=customer_id).select_related("market")
    if symbol is not None:
        rows = rows.filter(market__symbol=symbol)
    if since is not None:
        rows = rows.filter(created_at__gte=since)
    if until is not None:
        rows = rows.filter(created_at__lte=until)
    return [order_row(row) for row in rows.order_by("-id")[: _bounded(limit)]]


def _bounded(limit: int) -> int:
    return max(1, min(limit, MAX_ROWS))


def order_row(row: SpotOrder) -> OrderRow:
    market = row.market
    unit = market.price_precision + market.size_precision
    filled_size = from_units(row.filled_size, market.size_precision)
    filled_notional = from_units(int(row.filled_notional), unit)
    return OrderRow(
        order_id=row.pk,
        client_order_id=row.client_order_id or "",
        customer_id=row.customer_id,
        symbol=market.symbol,
        side=Side(row.side).name.lower(),
        kind=Kind(row.kind).name.lower(),
        state=row.state,
        cancel_source=row.cancel_source,
        stp=Stp(row.stp).name.lower(),
        price=from_units(row.price, market.price_precision),
        price_average=_average(filled_notional, filled_size, market.price_precision),
        size=from_units(row.size, market.size_precision),
        filled_size=filled_size,
        notional=from_units(int(row.budget) or row.price * row.size, unit),
        filled_notional=filled_notional,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _average(notional: Decimal, size: Decimal, precision: int) -> Decimal:
    """Shown, never paid: two digits more than a price has."""
    return (notional / size).quantize(Decimal(1).scaleb(-precision - 2)) if size else ZERO


def trade_row(trade: Trade, role: str, own: SpotOrder) -> TradeRow:
    taker_side = Side(trade.taker_side)
    side = taker_side if role == "taker" else Side(1 - taker_side)
    return TradeRow(
        trade_id=trade.pk,
        order_id=own.pk,
        client_order_id=own.client_order_id or "",
        symbol=trade.market.symbol,
        side=side.name.lower(),
        kind=Kind(own.kind).name.lower(),
        stp=Stp(own.stp).name.lower(),
        price=trade.price,
        size=trade.size,
        notional=trade.price * trade.size,
        fee=trade.taker_fee if role == "taker" else trade.maker_fee,
        fee_asset=trade.market.quote.code,
        role=role,
        executed_at=trade.executed_at,
    )
