"""Staff screens: tickers and candles, as the matching side writes them."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.markets.admin.pairs import clean_symbol
from exchange.markets.models import Candle, Market, Ticker
from exchange.portal import columns, filters, lookups
from exchange.portal.desks import MARKETS
from exchange.portal.screens import ReadOnlyAdmin


@admin.register(Ticker)
class TickerAdmin(ReadOnlyAdmin):
    desks = ((MARKETS, 50),)
    menu_label = gettext_lazy("Tickers")
    says = gettext_lazy("Each market's last 24 hours, as customers see it.")
    empty_says = gettext_lazy("A ticker appears with a market's first trade.")
    big = False
    ordering = ("market__rank", "market__symbol")
    list_select_related = ("market__quote",)
    lookups = (
        lookups.by_text(Ticker, "market__symbol", gettext_lazy("symbol"), clean=clean_symbol),
    )
    numeric = ("last", "bid_price", "ask_price", "quote_volume_24h")
    list_display = (
        columns.computed("symbol", gettext_lazy("market"), lambda row: row.market.symbol),
        columns.amount("last", gettext_lazy("last"), "market__quote__code"),
        columns.amount("bid_price", gettext_lazy("bid")),
        columns.amount("ask_price", gettext_lazy("ask")),
        columns.amount("quote_volume_24h", gettext_lazy("24 h volume"), "market__quote__code"),
        columns.when("updated_at", gettext_lazy("as of")),
    )
    sections = (
        (
            gettext_lazy("Ticker"),
            (
                *list_display[1:5],
                columns.amount("open_24h", gettext_lazy("24 h open")),
                columns.amount("high_24h", gettext_lazy("24 h high")),
                columns.amount("low_24h", gettext_lazy("24 h low")),
                columns.amount("base_volume_24h", gettext_lazy("24 h volume in base")),
                list_display[5],
            ),
        ),
    )

    def row_title(self, row: Ticker) -> str:
        return _("Ticker of %(symbol)s") % {"symbol": row.market.symbol}


class StepFilter(filters.ChoiceFilter):
    title = gettext_lazy("step")
    field = "minutes"
    options = [
        (str(minutes), words)
        for minutes, words in (
            (1, "1m"), (5, "5m"), (15, "15m"), (60, "1H"), (240, "4H"), (1440, "1D"),
        )
    ]  # fmt: skip


@admin.register(Candle)
class CandleAdmin(ReadOnlyAdmin):
    desks = ((MARKETS, 60),)
    menu_label = gettext_lazy("Candles")
    says = gettext_lazy("Prices and volumes by step. A step without a trade has no row.")
    empty_says = gettext_lazy("Candles appear with trades.")
    list_select_related = ("market",)
    lookups = (
        lookups.by_id(Candle),
        lookups.Lookup(says=gettext_lazy("symbol"), ids=lambda text: latest_candles(text)),
    )
    list_filter = (type("RecentStepFilter", (filters.RecentChoiceFilter, StepFilter), {}),)
    numeric = ("open", "high", "low", "close", "base_volume", "trades")
    list_display = (
        columns.when("opened_at", gettext_lazy("opened")),
        columns.computed("symbol", gettext_lazy("market"), lambda row: row.market.symbol),
        columns.computed("step", gettext_lazy("step"), lambda row: f"{row.minutes} min"),
        columns.amount("open", gettext_lazy("open")),
        columns.amount("high", gettext_lazy("high")),
        columns.amount("low", gettext_lazy("low")),
        columns.amount("close", gettext_lazy("close")),
        columns.amount("base_volume", gettext_lazy("volume")),
        "trades",
    )
    sections = ((gettext_lazy("Candle"), list_display),)


def latest_candles(text: str) -> list[int]:
    """The newest candles of one market, at every step: an index range each."""
    market = Market.objects.filter(symbol=clean_symbol(text)).first()
    if market is None:
        return []
    steps = [1, 3, 5, 15, 30, 45, 60, 120, 180, 240, 1440, 10080, 43200]
    ids: list[int] = []
    for minutes in steps:
        rows = Candle.objects.filter(market=market, minutes=minutes).order_by("-opened_at")
        ids += rows.values_list("pk", flat=True)[:100]
    return ids
