"""The trade page: one market, everything that a decision needs, and the order form.

The page is complete as it is served; from then on it follows the same WebSockets that integrators
use, and asks this server again only after a lost connection.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from exchange.accounts.actors import actor_of
from exchange.accounts.models import Restriction
from exchange.accounts.standing import standings
from exchange.core import switches
from exchange.core.errors import NotFound
from exchange.core.foreign import whole_of
from exchange.core.money import plain
from exchange.markets import fees, queries
from exchange.markets.candles import STEPS
from exchange.markets.queries import CandleRow, MarketRow, TickerRow
from exchange.portal.context import FIRST_MARKET
from exchange.trading.terms import PPM
from exchange.trading.web import rows

CANDLES = 200
LEVELS = 50
TAPE = 50
DEFAULT_STEP = 15
STEPS_SHOWN = (1, 5, 15, 60, 240, 1440, 10080)
YEAR = 365 * 24 * 3600


@require_safe
def last_market(request: HttpRequest) -> HttpResponse:
    """The market that was looked at last in this browser."""
    known = {row.symbol for row in queries.markets()}
    symbol = request.COOKIES.get("market", "")
    return redirect("trade", symbol if symbol in known else FIRST_MARKET)


@never_cache
@ensure_csrf_cookie
@require_safe
def trade(request: HttpRequest, symbol: str) -> HttpResponse:
    """One market. Other spellings (btc-usdt) are sent to the right one."""
    spelled = symbol.upper().replace("-", "_").replace("/", "_")
    try:
        market = queries.market(spelled)
    except NotFound as error:
        raise Http404 from error
    if spelled != symbol:
        return redirect("trade", spelled)
    customer_id = actor_of(request).customer_id
    step = _step(request)
    ticker = queries.ticker(market.symbol)
    data = {
        "market": _terms(market, customer_id),
        "ticker": _ticker(ticker),
        "book": _book(market.symbol),
        "tape": [
            [str(t.trade_id), plain(t.price), plain(t.size), t.side, t.ms]
            for t in queries.recent_trades(market.symbol, TAPE)
        ],
        "step": step,
        "candles": [_candle(row) for row in queries.candles(market.symbol, step, limit=CANDLES)],
        "mine": rows.mine(customer_id) if customer_id else None,
        "links": _links(market),
    }
    context = {
        "market": market,
        "ticker": ticker,
        "last": f"{ticker.last:,.{market.price_precision}f}" if ticker.last else "–",
        "data": data,
        "customer_id": customer_id,
        "notices": _notices(customer_id),
        "quotes": list(dict.fromkeys(row.quote for row in queries.markets())),
        "steps": [(minutes, STEPS[minutes]) for minutes in STEPS_SHOWN],
        "step": step,
    }
    response = render(request, "exchange/trade/trade.html", context)
    response.set_cookie("market", market.symbol, max_age=YEAR, samesite="Lax")
    return response


def _step(request: HttpRequest) -> int:
    """The candles this browser showed last."""
    wanted = request.COOKIES.get("step", "")
    step = whole_of(wanted)
    return step if step in STEPS_SHOWN else DEFAULT_STEP


def _terms(market: MarketRow, customer_id: int | None) -> dict[str, Any]:
    """What the order form computes with; the fees are the customer's own."""
    left = fees.left_of(customer_id) if customer_id else fees.Left()
    maker_ppm, taker_ppm = left.rates(int(market.maker_rate * PPM), int(market.taker_rate * PPM))
    return {
        "symbol": market.symbol,
        "base": market.base,
        "quote": market.quote,
        "price_precision": market.price_precision,
        "size_precision": market.size_precision,
        "quote_precision": market.quote_precision,
        "min_size": plain(market.min_size),
        "max_size": plain(market.max_size),
        "min_notional": plain(market.min_notional),
        "maker_ppm": maker_ppm,
        "taker_ppm": taker_ppm,
        "status": market.status,
    }


def _ticker(ticker: TickerRow) -> dict[str, str]:
    """In the words of the WebSocket's ticker, so that one function shows both."""
    return {
        "last_price": plain(ticker.last),
        "open_24h": plain(ticker.open_24h),
        "high_24h": plain(ticker.high_24h),
        "low_24h": plain(ticker.low_24h),
        "base_volume_24h": plain(ticker.base_volume_24h),
        "quote_volume_24h": plain(ticker.quote_volume_24h),
        "fluctuation": plain(ticker.fluctuation),
    }


def _book(symbol: str) -> dict[str, Any]:
    book = queries.book(symbol, LEVELS)
    return {
        "asks": [[plain(price), plain(size)] for price, size in book.asks],
        "bids": [[plain(price), plain(size)] for price, size in book.bids],
        "ms_t": book.ms,
    }


def _candle(row: CandleRow) -> list[Any]:
    """As /spot/quotation/v3/klines writes it, with the time as a number."""
    prices = [plain(value) for value in (row.open, row.high, row.low, row.close)]
    return [int(row.opened_at.timestamp()), *prices, plain(row.base_volume)]


def _notices(customer_id: int | None) -> list[dict[str, str]]:
    """What stands between this customer and any order; the market's own status stands beside."""
    notices = []
    for switch in switches.closed(switches.TRADING):
        notices.append({"kind": "switch", "reason": switch.customer_message})
    if customer_id is not None:
        kind = Restriction.Kind.TRADING
        standing = standings(customer_ids=[customer_id], kind=kind)[customer_id]
        if standing.restricted is not None:
            notices.append({"kind": "restricted", "reason": standing.restricted})
    return notices


def _links(market: MarketRow) -> dict[str, str]:
    return {
        "place": reverse("order-place"),
        "cancel": reverse("order-cancel", args=[0]),
        "cancel_all": reverse("order-cancel-all"),
        "mine": reverse("orders-mine"),
        "token": reverse("stream-token"),
        "markets": reverse("market-list"),
        "trade": reverse("trade", args=["_"]),
        "klines": "/spot/quotation/v3/klines",
        "trades": "/spot/quotation/v3/trades",
        "public": settings.WS_PUBLIC_URL,
        "private": settings.WS_PRIVATE_URL,
    }
