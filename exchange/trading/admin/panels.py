"""Panels of the customer's page: open orders and the latest trades."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from exchange.portal import columns
from exchange.portal.panels import ROWS, panel
from exchange.portal.tables import Head, Table
from exchange.trading import queries
from exchange.trading.models import SpotOrder, Trade


def side_words(side: str) -> Any:
    return columns.direction(up=side == "buy", words=_("buy") if side == "buy" else _("sell"))


@panel(permission="exchange.view_spotorder", order=20)
def open_orders(request: HttpRequest, customer: Any) -> Table:
    rows = queries.open_orders(customer_id=customer.pk, limit=ROWS)
    listed = columns.admin_url(SpotOrder, None, "changelist")
    return Table(
        title=_("Open orders"),
        heads=[
            Head(_("Order")),
            Head(_("Market")),
            Head(_("Side")),
            Head(_("Price"), numeric=True),
            Head(_("Size"), numeric=True),
            Head(_("Filled"), numeric=True),
        ],
        rows=[
            (
                columns.link("spotorder", row.order_id, columns.mono(row.order_id)),
                row.symbol,
                side_words(row.side),
                columns.money(row.price),
                columns.money(row.size),
                columns.money(row.filled_size),
            )
            for row in rows
        ],
        empty=_("No order of theirs rests in a book."),
        more_url=f"{listed}?q=customer {customer.pk}",
        more_label=_("All orders"),
    )


@panel(permission="exchange.view_trade", order=30)
def latest_trades(request: HttpRequest, customer: Any) -> Table:
    rows = queries.trades(customer_id=customer.pk, limit=ROWS)
    listed = columns.admin_url(Trade, None, "changelist")
    return Table(
        title=_("Latest trades"),
        heads=[
            Head(_("At")),
            Head(_("Market")),
            Head(_("Side")),
            Head(_("Price"), numeric=True),
            Head(_("Size"), numeric=True),
            Head(_("Fee"), numeric=True),
        ],
        rows=[
            (
                columns.moment(row.executed_at),
                columns.link("trade", row.trade_id, row.symbol),
                side_words(row.side),
                columns.money(row.price),
                columns.money(row.size),
                columns.money(row.fee, row.fee_asset),
            )
            for row in rows
        ],
        empty=_("Has not traded yet."),
        more_url=f"{listed}?q=customer {customer.pk}",
        more_label=_("All trades"),
    )
