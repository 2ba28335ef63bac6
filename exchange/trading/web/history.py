"""A customer's orders and fills, with filters, and all of them as CSV."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from exchange.accounts.actors import actor_of
from exchange.core.foreign import whole_of
from exchange.core.money import plain
from exchange.portal.downloads import asked_day, csv_download
from exchange.trading import archive
from exchange.trading.archive import PAGE, SIDES, Choice
from exchange.trading.queries import OrderRow, TradeRow

VIEWS = {"open": ("open",), "history": ("filled", "canceled")}
TABS = [("open", _("Open orders")), ("history", _("Order history")), ("trades", _("Trades"))]

KINDS = {
    "limit": _("Limit"),
    "market": pgettext_lazy("order", "Market"),
    "limit_maker": _("Post-only"),
    "ioc": _("IOC"),
    "fok": _("FOK"),
}
STATES = {
    "new": (_("Open"), ""),
    "partially_filled": (_("Partly filled"), "info"),
    "filled": (_("Filled"), "good"),
    "canceled": (_("Cancelled"), ""),
    "partially_canceled": (_("Partly filled, rest cancelled"), "info"),
}
REASONS = {
    "system": _("by the exchange's rules for this kind of order"),
    "stp": _("it would have traded with your own order"),
}


@never_cache
@ensure_csrf_cookie
@login_required
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """Open orders, past orders or fills, newest first."""
    customer_id = actor_of(request).customer_id
    if customer_id is None:  # staff have no orders
        return redirect("security")
    view = request.GET.get("view", "open")
    view = view if view in ("open", "history", "trades") else "open"
    choice = _choice(request, view)
    if view == "trades":
        fills = archive.fills(customer_id=customer_id, choice=choice, limit=PAGE)
        rows: list[Any] = [_shown_fill(row) for row in fills]
        oldest = fills[-1].trade_id if len(fills) >= PAGE else None
    else:
        found = archive.orders(customer_id=customer_id, choice=choice, limit=PAGE)
        rows = [_shown_order(row) for row in found]
        oldest = found[-1].order_id if len(found) >= PAGE else None
    context = {
        "view": view,
        "tabs": TABS,
        "rows": rows,
        "asked": {name: request.GET.get(name, "") for name in ("symbol", "side", "since", "until")},
        "filtered": _is_filtered(request),
        "older": _older(request, oldest),
        "query": _query(request),
    }
    return render(request, "exchange/orders/orders.html", context)


@login_required
@require_safe
def orders_csv(request: HttpRequest) -> HttpResponseBase:
    """Every order that matches the filters. Times in UTC, amounts in plain notation."""
    columns = [
        "order_id", "client_order_id", "created_utc", "updated_utc", "market", "side", "type",
        "state", "cancelled_by", "price", "average_price", "amount", "filled", "value",
        "filled_value",
    ]  # fmt: skip
    customer_id = actor_of(request).customer_id
    if customer_id is None:
        return redirect("security")
    choice = _choice(request, "history" if request.GET.get("view") == "history" else "")
    rows = archive.all_orders(customer_id=customer_id, choice=choice)
    return csv_download(
        name="holdfast-orders.csv", columns=columns, rows=(_order_cells(row) for row in rows)
    )


@login_required
@require_safe
def trades_csv(request: HttpRequest) -> HttpResponseBase:
    """Every fill that matches the filters, with its fee."""
    columns = [
        "trade_id", "order_id", "executed_utc", "market", "side", "role", "price", "amount",
        "value", "fee", "fee_asset",
    ]  # fmt: skip
    customer_id = actor_of(request).customer_id
    if customer_id is None:
        return redirect("security")
    rows = archive.all_fills(customer_id=customer_id, choice=_choice(request, ""))
    return csv_download(
        name="holdfast-trades.csv", columns=columns, rows=(_fill_cells(row) for row in rows)
    )


def _choice(request: HttpRequest, view: str) -> Choice:
    """The filters of the address. What cannot be read is left out, and the form shows it empty."""
    side = request.GET.get("side", "")
    before = request.GET.get("before", "")
    until = asked_day(request, "until")
    return Choice(
        symbol=_symbol(request),
        side=side if side in SIDES else "",
        states=VIEWS.get(view, ()),
        since=asked_day(request, "since"),
        until=until + timedelta(days=1) if until else None,
        before=whole_of(before),
    )


def _symbol(request: HttpRequest) -> str:
    """BTC_USDT, however it is written; "?" for what can be no symbol, which matches nothing."""
    written = re.sub(r"[\s/_-]+", "_", request.GET.get("symbol", "").strip().upper())
    return written if re.fullmatch(r"[A-Z0-9_]{0,31}", written) else "?"


def _is_filtered(request: HttpRequest) -> bool:
    return any(request.GET.get(name) for name in ("symbol", "side", "since", "until"))


def _query(request: HttpRequest) -> str:
    """The filters alone, for links that keep them."""
    kept = request.GET.copy()
    for name in ("view", "before"):
        kept.pop(name, None)
    return kept.urlencode()


def _older(request: HttpRequest, oldest: int | None) -> str:
    if oldest is None:
        return ""
    kept = request.GET.copy()
    kept["before"] = str(oldest)
    return f"?{kept.urlencode()}"


def _shown_order(row: OrderRow) -> dict[str, Any]:
    word, tone = STATES[row.state]
    base, quote = row.symbol.split("_")
    by_value = row.kind == "market" and row.side == "buy"
    return {
        "row": row,
        "base": base,
        "quote": quote,
        "kind": KINDS[row.kind],
        "state": word,
        "tone": tone,
        "reason": REASONS.get(row.cancel_source, ""),
        "price": f"{row.price:,f}" if row.price else "",
        "average": f"{row.price_average:,f}" if row.price_average else "",
        "size": f"{plain(row.notional)} {quote}" if by_value else f"{plain(row.size)} {base}",
        "filled": plain(row.filled_size),
        "filled_notional": plain(row.filled_notional),
        "share": _share(row, by_value=by_value),
    }


def _share(row: OrderRow, *, by_value: bool) -> str:
    done, asked = (row.filled_notional, row.notional) if by_value else (row.filled_size, row.size)
    return f"{done / asked * 100:.0f}%" if asked else ""


def _shown_fill(row: TradeRow) -> dict[str, Any]:
    base, quote = row.symbol.split("_")
    return {
        "row": row,
        "base": base,
        "quote": quote,
        "price": plain(row.price),
        "size": plain(row.size),
        "notional": plain(row.notional),
        "fee": plain(row.fee),
    }


def _order_cells(row: OrderRow) -> list[object]:
    return [
        row.order_id,
        row.client_order_id,
        row.created_at.isoformat(),
        row.updated_at.isoformat(),
        row.symbol,
        row.side,
        row.kind,
        row.state,
        row.cancel_source,
        plain(row.price) if row.price else "",
        plain(row.price_average) if row.price_average else "",
        plain(row.size) if row.size else "",
        plain(row.filled_size),
        plain(row.notional),
        plain(row.filled_notional),
    ]


def _fill_cells(row: TradeRow) -> list[object]:
    return [
        row.trade_id,
        row.order_id,
        row.executed_at.isoformat(),
        row.symbol,
        row.side,
        row.role,
        plain(row.price),
        plain(row.size),
        plain(row.notional),
        plain(row.fee),
        row.fee_asset,
    ]
