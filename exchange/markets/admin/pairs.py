"""Staff screens: pairs, their terms, and the halt."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.core.money import from_units
from exchange.markets import halt
from exchange.markets.models import Market, Ticker
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.audited import AuditedAdmin
from exchange.portal.desks import LISTINGS, MARKETS
from exchange.portal.finder import finder
from exchange.portal.tables import Head, Table

Status = Market.Status
TONES = {
    Status.PRE_TRADE: columns.INFO,
    Status.TRADING: columns.OK,
    Status.CANCEL_ONLY: columns.WATCH,
    Status.HALTED: columns.BAD,
    Status.DELISTED: columns.QUIET,
}


class HaltForm(ReasonForm):
    told = forms.CharField(
        label=gettext_lazy("What customers read"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Beside the market's status, on the page and in the API."),
    )


def clean_symbol(text: str) -> str:
    """BTC_USDT, also when typed as btc/usdt or BTC-USDT."""
    return text.strip().upper().replace("/", "_").replace("-", "_")


class MoveMarket(StaffAction):
    """What the three moves of a market share."""

    permission = "exchange.halt_market"
    to: str

    def skips(self, row: Market) -> str:
        if row.status == self.to:
            return _("it is %(status)s already") % {"status": row.get_status_display()}
        if self.to not in halt.MOVES[row.status]:
            return _("it is %(status)s") % {"status": row.get_status_display()}
        return ""

    def preview(self, row: Market) -> str:
        return _("%(now)s → %(then)s") % {
            "now": row.get_status_display(),
            "then": Status(self.to).label,
        }

    def run(self, *, row: Market, actor: Actor, values: dict[str, Any]) -> str:
        moved = halt.set_status(
            market_id=row.pk,
            status=self.to,
            actor=actor,
            reason=values["reason"],
            told=values.get("told", ""),
        )
        return _("is %(status)s now") % {"status": moved.get_status_display()}


class Halt(MoveMarket):
    name = "halt"
    label = gettext_lazy("Halt")
    icon = "stop"
    danger = True
    to = Status.HALTED
    form_class = HaltForm
    intro = gettext_lazy(
        "No new orders and no cancelling, at once. Resting orders keep their place and their holds."
    )


class CancelOnly(MoveMarket):
    name = "cancel-only"
    label = gettext_lazy("Cancel-only")
    icon = "pause"
    danger = True
    to = Status.CANCEL_ONLY
    form_class = HaltForm
    intro = gettext_lazy("No new orders; customers may still cancel what rests.")


class Reopen(MoveMarket):
    name = "reopen"
    label = gettext_lazy("Open")
    icon = "play"
    to = Status.TRADING
    intro = gettext_lazy("Trading starts at once, with the orders that rest in the book.")


@admin.register(Market)
class MarketAdmin(AuditedAdmin):
    desks = ((MARKETS, 10), (LISTINGS, 40))
    menu_label = gettext_lazy("Markets")
    says = gettext_lazy("Pairs that trade: their terms, their status, and the halt.")
    empty_says = gettext_lazy("Pairs appear here when they are seeded or listed.")
    big = False
    raw_id_fields = ("base", "quote")
    lookups = (
        lookups.by_text(Market, "symbol", gettext_lazy("symbol"), clean=clean_symbol),
        lookups.by_text(
            Market,
            "base__code",
            gettext_lazy("base asset"),
            clean=lambda text: text.strip().upper(),
            pattern=r"[A-Z0-9]{1,15}",
        ),
    )
    numeric = ("maker_rate", "taker_rate", "min_notional", "rank", "tick", "lot")
    sortable_by = ("symbol", "rank")
    list_select_related = ("base", "quote")
    list_filter = (
        filters.choice(field="status", title=gettext_lazy("status"), options=Status.choices),
        filters.choice(
            field="liquid",
            title=gettext_lazy("liquid"),
            options=(("True", gettext_lazy("yes")), ("False", gettext_lazy("no"))),
        ),
        filters.choice(
            field="quote__code",
            title=gettext_lazy("quote"),
            options=[(code, code) for code in ("USDT", "USDC", "BTC", "ETH")],
        ),
    )
    row_actions = (Halt, CancelOnly, Reopen)
    list_display = (
        "symbol",
        columns.state("status", gettext_lazy("status"), TONES),
        columns.computed(
            "tick",
            gettext_lazy("tick"),
            lambda row: columns.money(from_units(1, row.price_precision), row.quote.code),
        ),
        columns.computed(
            "lot",
            gettext_lazy("lot"),
            lambda row: columns.money(from_units(1, row.size_precision), row.base.code),
        ),
        columns.amount("min_notional", gettext_lazy("least notional"), "quote__code"),
        columns.computed("maker_rate", gettext_lazy("maker"), lambda row: percent(row.maker_rate)),
        columns.computed("taker_rate", gettext_lazy("taker"), lambda row: percent(row.taker_rate)),
        "rank",
    )
    sections = (
        (
            gettext_lazy("Pair"),
            (
                columns.related(
                    "base", gettext_lazy("base"), "asset", lambda row: (row.base_id, row.base)
                ),
                columns.related(
                    "quote", gettext_lazy("quote"), "asset", lambda row: (row.quote_id, row.quote)
                ),
                "status_reason",
                columns.flag(
                    "liquid",
                    gettext_lazy("liquid"),
                    yes=(columns.OK, gettext_lazy("yes")),
                    no=(columns.QUIET, gettext_lazy("no")),
                ),
                "rank",
            ),
        ),
        (
            gettext_lazy("Terms"),
            (
                *list_display[2:4],
                columns.amount("min_size", gettext_lazy("least size"), "base__code"),
                columns.amount("max_size", gettext_lazy("largest size"), "base__code"),
                *list_display[4:7],
                "fee_class",
                columns.amount("reference_price", gettext_lazy("reference price"), "quote__code"),
            ),
        ),
    )
    form_sections = (
        (gettext_lazy("Pair"), ("symbol", "base", "quote", "liquid", "rank", "reference_price")),
        (gettext_lazy("Precision"), ("price_precision", "size_precision", "quote_precision")),
        (gettext_lazy("Limits"), ("min_size", "max_size", "min_notional")),
        (gettext_lazy("Fees"), ("maker_rate", "taker_rate", "fee_class")),
    )
    # Resting orders count in them. The status moves by its own actions.
    fixed_fields = (
        "symbol",
        "base",
        "quote",
        "price_precision",
        "size_precision",
        "quote_precision",
    )

    def row_title(self, row: Market) -> str:
        return row.symbol

    def headline(self, row: Market) -> Any:
        return columns.badge(TONES[Status(row.status)], row.get_status_display())

    def tables(self, request: HttpRequest, row: Market) -> list[Table]:
        ticker = Ticker.objects.filter(market=row).first()
        heads = [
            Head(_("Last"), numeric=True),
            Head(_("Bid"), numeric=True),
            Head(_("Ask"), numeric=True),
            Head(_("24 h low"), numeric=True),
            Head(_("24 h high"), numeric=True),
            Head(_("24 h volume"), numeric=True),
            Head(_("As of")),
        ]
        rows = [] if ticker is None else [ticker_cells(ticker, row.quote.code)]
        return [
            Table(
                title=_("Ticker"),
                heads=heads,
                rows=rows,
                empty=_("Appears with the market's first trade."),
            )
        ]


def ticker_cells(ticker: Ticker, quote: str) -> tuple[Any, ...]:
    return (
        columns.money(ticker.last, quote),
        columns.money(ticker.bid_price),
        columns.money(ticker.ask_price),
        columns.money(ticker.low_24h),
        columns.money(ticker.high_24h),
        columns.money(ticker.quote_volume_24h, quote),
        columns.moment(ticker.updated_at),
    )


def percent(rate: Any) -> str:
    return f"{columns.amount_text(rate * 100)} %"


@finder(says=gettext_lazy("market"), permission="exchange.view_market", order=50)
def find_market(text: str) -> list[tuple[Any, str]]:
    found = Market.objects.filter(symbol=clean_symbol(text))
    return [(market.symbol, columns.admin_url(Market, market.pk)) for market in found]
