"""Staff screens: trades, the matcher's applied batches, and the commands that wait for it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.matching.commands import Op
from exchange.portal import columns, filters, lookups
from exchange.portal.desks import MARKETS, SUPPORT
from exchange.portal.finder import finder
from exchange.portal.screens import ReadOnlyAdmin
from exchange.trading.admin.orders import MOST, MarketFilter, customer_link, side_badge
from exchange.trading.models import MatchBatch, MatchCommand, Trade


def latest_trades(customer_id: int) -> list[int]:
    """A customer's newest trades, by both sides' indexes."""
    found: list[int] = []
    for side in ("taker_id", "maker_id"):
        rows = Trade.objects.filter(**{side: customer_id}).order_by("-pk")
        found += rows.values_list("pk", flat=True)[:MOST]
    return sorted(set(found), reverse=True)[:MOST]


def trades_of_order(order_id: int) -> list[int]:
    rows = Trade.objects.filter(Q(taker_order_id=order_id) | Q(maker_order_id=order_id))
    return list(rows.values_list("pk", flat=True)[:MOST])


def order_link(order_id: int) -> Any:
    return columns.link("spotorder", order_id, columns.mono(order_id))


@admin.register(Trade)
class TradeAdmin(ReadOnlyAdmin):
    desks = ((MARKETS, 30), (SUPPORT, 30))
    menu_label = gettext_lazy("Trades")
    says = gettext_lazy("Every fill, at the maker's price, with both fees.")
    empty_says = gettext_lazy("Trades appear when orders meet.")
    list_select_related = ("market__quote", "market__base")
    lookups = (
        lookups.by_id(Trade),
        lookups.by_word("customer", gettext_lazy("“customer 42”"), latest_trades),
        lookups.by_word("order", gettext_lazy("“order 42”"), trades_of_order),
    )
    list_filter = (MarketFilter, filters.since("executed_at"))
    numeric = ("price", "size")
    list_display = (
        columns.identifier("pk", gettext_lazy("trade")),
        columns.when("executed_at", gettext_lazy("at")),
        columns.computed("symbol", gettext_lazy("market"), lambda row: row.market.symbol),
        columns.computed(
            "taker_side", gettext_lazy("taker"), lambda row: side_badge(row.taker_side)
        ),
        columns.amount("price", gettext_lazy("price"), "market__quote__code"),
        columns.amount("size", gettext_lazy("size"), "market__base__code"),
        columns.computed("taker", gettext_lazy("taker"), lambda row: customer_link(row.taker_id)),
        columns.computed("maker", gettext_lazy("maker"), lambda row: customer_link(row.maker_id)),
    )
    sections = (
        (
            gettext_lazy("Trade"),
            (
                *list_display[1:6],
                columns.computed(
                    "notional",
                    gettext_lazy("notional"),
                    lambda row: columns.money(row.price * row.size, row.market.quote.code),
                ),
            ),
        ),
        (
            gettext_lazy("Taker"),
            (
                list_display[6],
                columns.computed(
                    "taker_order", gettext_lazy("order"), lambda row: order_link(row.taker_order_id)
                ),
                columns.amount("taker_fee", gettext_lazy("fee"), "market__quote__code"),
            ),
        ),
        (
            gettext_lazy("Maker"),
            (
                list_display[7],
                columns.computed(
                    "maker_order", gettext_lazy("order"), lambda row: order_link(row.maker_order_id)
                ),
                columns.amount("maker_fee", gettext_lazy("fee"), "market__quote__code"),
            ),
        ),
    )


@admin.register(MatchBatch)
class MatchBatchAdmin(ReadOnlyAdmin):
    desks = ((MARKETS, 70),)
    menu_label = gettext_lazy("Match batches")
    says = gettext_lazy(
        "The matcher's log: what it applied, each digest chained to the one before."
    )
    empty_says = gettext_lazy("A batch appears whenever the matcher applied commands.")
    list_select_related = ("market",)
    lookups = (lookups.by_id(MatchBatch),)
    list_filter = (filters.since("applied_at"),)
    numeric = ("version", "command_count", "trade_count")
    list_display = (
        columns.identifier("pk", gettext_lazy("batch")),
        columns.when("applied_at", gettext_lazy("applied")),
        columns.computed("symbol", gettext_lazy("market"), lambda row: row.market.symbol),
        "version",
        columns.computed("command_count", gettext_lazy("commands"), lambda row: row.command_count),
        columns.computed("trade_count", gettext_lazy("trades"), lambda row: row.trade_count),
        columns.computed(
            "digest", gettext_lazy("digest"), lambda row: columns.mono(bytes(row.digest).hex()[:16])
        ),
    )
    sections = (
        (
            gettext_lazy("Batch"),
            (
                *list_display[1:6],
                columns.computed(
                    "whole_digest",
                    gettext_lazy("digest"),
                    lambda row: columns.mono(bytes(row.digest).hex()),
                ),
                columns.computed(
                    "packed", gettext_lazy("packed"), lambda row: f"{len(bytes(row.commands)):,} B"
                ),
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        queryset = super().get_queryset(request)
        match = request.resolver_match
        on_list = match is not None and (match.url_name or "").endswith("changelist")
        return queryset.defer("commands") if on_list else queryset


@admin.register(MatchCommand)
class MatchCommandAdmin(ReadOnlyAdmin):
    desks = ((MARKETS, 40),)
    menu_label = gettext_lazy("Waiting commands")
    says = gettext_lazy("The queue of record: what the matcher has yet to apply. Mostly empty.")
    empty_says = gettext_lazy("Nothing waits: the matcher has applied every command.")
    list_select_related = ("market",)
    lookups = (
        lookups.by_id(MatchCommand),
        lookups.by_word(
            "order",
            gettext_lazy("“order 42”"),
            lambda number: MatchCommand.objects.filter(
                pk__in=MatchCommand.objects.order_by("pk")[:10_000].values("pk"),
                order_ids__contains=[number],
            ).values_list("pk", flat=True),
        ),
    )
    list_filter = (MarketFilter,)
    list_display = (
        columns.identifier("pk", gettext_lazy("command")),
        columns.when("created_at", gettext_lazy("waits since")),
        columns.computed("symbol", gettext_lazy("market"), lambda row: row.market.symbol),
        columns.computed(
            "op", gettext_lazy("command"), lambda row: Op(row.op).name.lower().replace("_", " ")
        ),
        columns.computed("order", gettext_lazy("order"), lambda row: order_link(row.order_id)),
        columns.computed("orders", gettext_lazy("orders"), lambda row: f"{len(row.order_ids):,}"),
    )
    sections = ((gettext_lazy("Command"), list_display[1:]),)


@finder(says=gettext_lazy("trade id"), permission="exchange.view_trade", order=25)
def find_trade(text: str) -> list[tuple[Any, str]]:
    number = lookups.whole_number(text.casefold().removeprefix("trade "))
    if number is None or not Trade.objects.filter(pk=number).exists():
        return []
    return [(_("trade %(id)s") % {"id": number}, columns.admin_url(Trade, number))]
