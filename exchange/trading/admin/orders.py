"""Staff screens: orders and trades."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.core.money import from_units
from exchange.markets.models import Market
from exchange.matching.commands import Kind, Side, Stp
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import StaffAction
from exchange.portal.desks import MARKETS, SUPPORT
from exchange.portal.finder import finder
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from exchange.trading.intervene import cancel_for_customer
from exchange.trading.models import SpotOrder, Trade

State = SpotOrder.State
TONES = {
    State.NEW: columns.INFO,
    State.PARTIALLY_FILLED: columns.INFO,
    State.FILLED: columns.OK,
    State.CANCELED: columns.QUIET,
    State.PARTIALLY_CANCELED: columns.QUIET,
}
MOST = lookups.MOST_HITS


def side_badge(side: int) -> Any:
    """Direction in words and a sign, never by colour alone."""
    buys = side == Side.BUY
    return columns.direction(up=buys, words=_("buy") if buys else _("sell"))


def price_of(order: SpotOrder) -> Any:
    if order.kind == Kind.MARKET:
        return columns.NOTHING
    return columns.money(from_units(order.price, order.market.price_precision))


def size_of(order: SpotOrder) -> Any:
    """What was asked for: lots, or for a market buy the budget."""
    market = order.market
    if order.size:
        return columns.money(from_units(order.size, market.size_precision))
    precision = market.price_precision + market.size_precision
    return columns.money(from_units(int(order.budget), precision))


def filled_of(order: SpotOrder) -> Any:
    return columns.money(from_units(order.filled_size, order.market.size_precision))


def notional_of(order: SpotOrder) -> Decimal:
    precision = order.market.price_precision + order.market.size_precision
    return from_units(int(order.filled_notional), precision)


def kind_words(order: SpotOrder) -> str:
    return Kind(order.kind).name.lower().replace("_", " ")


def customer_link(customer_id: int) -> Any:
    return columns.link("customer", customer_id, _("customer %(id)s") % {"id": customer_id})


class CancelOrder(StaffAction):
    name = "cancel"
    label = gettext_lazy("Cancel order")
    permission = "exchange.cancel_any_order"
    icon = "close"
    danger = True
    intro = gettext_lazy(
        "Asks the matcher to take the orders out of the book; what is held for them is released. "
        "What has traded stays traded. The customer sees who cancelled."
    )

    def preview(self, row: SpotOrder) -> str:
        return _("%(side)s %(kind)s in %(market)s of customer %(customer)s") % {
            "side": Side(row.side).name.lower(),
            "kind": kind_words(row),
            "market": row.market.symbol,
            "customer": row.customer_id,
        }

    def skips(self, row: SpotOrder) -> str:
        if row.state in SpotOrder.OPEN_STATES:
            return ""
        return _("it is %(state)s already") % {"state": row.get_state_display().lower()}

    def run(self, *, row: SpotOrder, actor: Actor, values: dict[str, Any]) -> str:
        cancel_for_customer(order_id=row.pk, actor=actor, reason=values["reason"])
        return _("is being cancelled")


class StateFilter(filters.RecentChoiceFilter):
    """Open ones have an index of their own; final ones are looked for among the latest."""

    title = gettext_lazy("state")
    field = "state"
    options = (("open", gettext_lazy("open")), *State.choices[2:])

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "open":
            return queryset.filter(state__in=SpotOrder.OPEN_STATES)
        return super().queryset(request, queryset)


class MarketFilter(filters.TextFilter):
    """By symbol, for tables that an index orders by market."""

    title = gettext_lazy("market")
    parameter_name = "market"
    placeholder = "BTC_USDT"

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.chosen:
            return queryset
        symbol = self.chosen.upper().replace("/", "_")
        market_id = Market.objects.filter(symbol=symbol).values_list("pk", flat=True).first()
        return queryset.filter(market_id=market_id)


class OrderMarketFilter(MarketFilter):
    """Open orders are indexed by market; of the others the latest are looked at."""

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        self.whole = request.GET.get("state") == "open"
        if self.chosen and not self.whole:
            queryset = queryset.filter(pk__gt=filters.newest_id(SpotOrder) - filters.LATEST)
        return super().queryset(request, queryset)

    @property
    def note(self) -> str:
        return "" if self.whole else filters.latest_note()


def latest_of_customer(customer_id: int) -> list[int]:
    rows = SpotOrder.objects.filter(customer_id=customer_id).order_by("-pk")
    return list(rows.values_list("pk", flat=True)[:MOST])


def by_client_order_id(text: str) -> list[int]:
    """A client's own id is unique only with the customer's: "42:my-order-1"."""
    customer, colon, own = text.strip().partition(":")
    number = lookups.whole_number(customer)
    if not colon or number is None:
        return []
    rows = SpotOrder.objects.filter(customer_id=number, client_order_id=own)
    return list(rows.values_list("pk", flat=True))


@admin.register(SpotOrder)
class SpotOrderAdmin(ReadOnlyAdmin):
    desks = ((MARKETS, 20), (SUPPORT, 20))
    menu_label = gettext_lazy("Orders")
    says = gettext_lazy("Every order, open and final, as the matcher keeps it.")
    empty_says = gettext_lazy("Orders appear when customers place them.")
    list_select_related = ("market",)
    lookups = (
        lookups.by_id(SpotOrder),
        lookups.by_word("customer", gettext_lazy("“customer 42”"), latest_of_customer),
        lookups.Lookup(says=gettext_lazy("“42:client-order-id”"), ids=by_client_order_id),
    )
    list_filter = (StateFilter, OrderMarketFilter, filters.since("created_at"))
    row_actions = (CancelOrder,)
    numeric = ("price", "size", "filled")
    list_display = (
        columns.identifier("pk", gettext_lazy("order")),
        columns.when("created_at", gettext_lazy("placed")),
        columns.computed("symbol", gettext_lazy("market"), lambda row: row.market.symbol),
        columns.computed("side", gettext_lazy("side"), lambda row: side_badge(row.side)),
        columns.computed("kind", gettext_lazy("kind"), kind_words),
        columns.computed("price", gettext_lazy("price"), price_of),
        columns.computed("size", gettext_lazy("size"), size_of),
        columns.computed("filled", gettext_lazy("filled"), filled_of),
        columns.state("state", gettext_lazy("state"), TONES),
        columns.computed(
            "customer", gettext_lazy("customer"), lambda row: customer_link(row.customer_id)
        ),
    )
    sections = (
        (
            gettext_lazy("Order"),
            (
                list_display[9],
                columns.related(
                    "market",
                    gettext_lazy("market"),
                    "market",
                    lambda row: (row.market_id, row.market.symbol),
                ),
                *list_display[3:8],
                columns.computed(
                    "notional",
                    gettext_lazy("filled notional"),
                    lambda row: columns.money(notional_of(row)),
                ),
                columns.identifier("client_order_id", gettext_lazy("client's id")),
            ),
        ),
        (
            gettext_lazy("Life"),
            (
                columns.when("created_at", gettext_lazy("placed")),
                columns.when("updated_at", gettext_lazy("last change")),
                columns.computed(
                    "cancel_source",
                    gettext_lazy("cancelled by"),
                    lambda row: row.get_cancel_source_display() if row.cancel_source else "—",
                ),
                columns.computed(
                    "stp",
                    gettext_lazy("self-trade prevention"),
                    lambda row: Stp(row.stp).name.lower().replace("_", " "),
                ),
                columns.computed(
                    "rates",
                    gettext_lazy("fee rates"),
                    lambda row: f"{row.maker_ppm} / {row.taker_ppm} ppm",
                ),
            ),
        ),
    )

    def headline(self, row: SpotOrder) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())

    def tables(self, request: HttpRequest, row: SpotOrder) -> list[Table]:
        fills = (
            Trade.objects.filter(Q(taker_order_id=row.pk) | Q(maker_order_id=row.pk))
            .select_related("market__quote")
            .order_by("-pk")[:50]
        )
        return [
            Table(
                title=_("Trades"),
                heads=[
                    Head(_("At")),
                    Head(_("Trade")),
                    Head(_("Role")),
                    Head(_("Price"), numeric=True),
                    Head(_("Size"), numeric=True),
                    Head(_("Fee"), numeric=True),
                ],
                rows=[fill_cells(trade, row.pk) for trade in fills],
                empty=_("Nothing of it has traded."),
            )
        ]


def fill_cells(trade: Trade, order_id: int) -> tuple[Any, ...]:
    takes = trade.taker_order_id == order_id
    return (
        columns.moment(trade.executed_at),
        columns.link("trade", trade.pk, columns.mono(trade.pk)),
        _("taker") if takes else _("maker"),
        columns.money(trade.price),
        columns.money(trade.size),
        columns.money(trade.taker_fee if takes else trade.maker_fee, trade.market.quote.code),
    )


@finder(says=gettext_lazy("order id"), permission="exchange.view_spotorder", order=20)
def find_order(text: str) -> list[tuple[Any, str]]:
    number = lookups.whole_number(text.casefold().removeprefix("order "))
    if number is None or not SpotOrder.objects.filter(pk=number).exists():
        return []
    return [(_("order %(id)s") % {"id": number}, columns.admin_url(SpotOrder, number))]
