"""Pages anybody may see: home and the list of markets. The trade page is in the trading room."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from exchange.core import clock
from exchange.core.money import ZERO, plain
from exchange.markets import queries
from exchange.markets.queries import MarketRow, TickerRow

AT_HOME = 6
FIRST_ROWS = 40  # what the server writes into the page; the browser has the rest a moment later
VALUED_IN = "USDT"
LIST_SECONDS = 3


class Shown(NamedTuple):
    """A pair as a row of a list. `turnover` is the 24-hour quote volume in USDT, or zero."""

    market: MarketRow
    ticker: TickerRow
    turnover: Decimal

    @property
    def price(self) -> str:
        return f"{self.ticker.last:,.{self.market.price_precision}f}" if self.ticker.last else "–"

    @property
    def volume(self) -> str:
        ticker = self.ticker
        return f"{short(ticker.quote_volume_24h)} {self.market.quote}" if ticker.last else "–"

    @property
    def change(self) -> str:
        """With an arrow and a sign, so that it doesn't take colour to read it."""
        if not self.ticker.last:
            return "–"
        percent = f"{abs(self.ticker.fluctuation) * 100:.2f}%"
        if self.ticker.fluctuation > 0:
            return f"▲ +{percent}"
        return f"▼ −{percent}" if self.ticker.fluctuation < 0 else percent

    @property
    def tone(self) -> str:
        fluctuation = self.ticker.fluctuation
        return "up" if fluctuation > 0 else "down" if fluctuation < 0 else ""


def short(amount: Decimal) -> str:
    """A volume in few characters: 1.24M."""
    for least, divisor, unit, digits in ((9, 9, "B", 2), (6, 6, "M", 2), (4, 3, "K", 1)):
        if amount >= Decimal(10) ** least:
            return f"{amount.scaleb(-divisor):.{digits}f}{unit}"
    return f"{amount:.2f}" if amount >= 1 else plain(amount.quantize(Decimal("1e-8")))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What Holdfast is, and how to start. A customer who is logged in goes to the markets."""
    if request.user.is_authenticated and "stay" not in request.GET:
        return redirect("markets")
    rows = _by_turnover()[:AT_HOME]
    context = {"rows": rows, "pairs": f"{len(queries.markets()):,}"}
    return render(request, "exchange/home/home.html", context)


@require_safe
def markets(request: HttpRequest) -> HttpResponse:
    """Every pair, found and sorted in the browser."""
    rows = _by_turnover()
    quotes = list(dict.fromkeys(row.quote for row in queries.markets()))
    context = {"rows": rows[:FIRST_ROWS], "pairs": f"{len(rows):,}", "quotes": quotes}
    return render(request, "exchange/markets/markets.html", context)


@gzip_page
@require_safe
def market_list(request: HttpRequest) -> JsonResponse:
    """Every pair and its ticker in one compact list, for the pages' own scripts.

    rows: [symbol, base's name, digits of the price, last, change as a fraction, 24-hour quote
    volume, the same in USDT, status, tag]; amounts are text, and empty where nothing has traded.
    rates: what one of each quote asset is worth in USDT.
    """
    rows = [
        [
            market.symbol,
            market.base_name,
            market.price_precision,
            plain(ticker.last) if ticker.last else "",
            plain(ticker.fluctuation),
            plain(ticker.quote_volume_24h),
            plain(turnover.quantize(Decimal("0.01"))),
            market.status,
            market.tag,
        ]
        for market, ticker, turnover in _shown()
    ]
    rates = {asset: plain(rate) for asset, rate in _rates().items()}
    response = JsonResponse({"ms": clock.now_ms(), "rates": rates, "rows": rows})
    response["Cache-Control"] = f"public, max-age={LIST_SECONDS}"
    return response


def _shown() -> list[Shown]:
    tickers = {ticker.symbol: ticker for ticker in queries.tickers()}
    rates = _rates()
    return [
        Shown(row, ticker, ticker.quote_volume_24h * rates.get(row.quote, ZERO))
        for row in queries.markets()
        if (ticker := tickers.get(row.symbol))
    ]


def _by_turnover() -> list[Shown]:
    """The busiest first; the prominence of the pair decides where nothing trades."""
    return sorted(_shown(), key=lambda row: -row.turnover)


def _rates() -> dict[str, Decimal]:
    """USDT for one of each quote asset that has a price in USDT."""
    last = {ticker.symbol: ticker.last for ticker in queries.tickers()}
    quotes = {row.quote for row in queries.markets()}
    rates: dict[str, Any] = {quote: last.get(f"{quote}_{VALUED_IN}", ZERO) for quote in quotes}
    return {**{q: r for q, r in rates.items() if r}, VALUED_IN: Decimal(1)}


urlpatterns = [
    path("", home, name="home"),
    path("markets", markets, name="markets"),
    path("markets.json", market_list, name="market-list"),
]
