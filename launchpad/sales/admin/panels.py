"""A customer's part in token sales on the page that staff have of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from exchange.core.money import ZERO
from exchange.portal import columns
from exchange.portal.panels import ROWS, panel
from exchange.portal.tables import Head, Table
from launchpad.sales import queries
from launchpad.sales.models import Subscription


@panel(permission="launchpad.view_subscription", order=84)
def sales(request: HttpRequest, customer: Any) -> Table:
    """One query, through the index of a customer's places."""
    rows = queries.of_customer(customer.parent_id or customer.pk)[:ROWS]
    return Table(
        title=_("Token sales"),
        heads=[
            Head(_("Sale")),
            Head(_("State")),
            Head(_("Committed"), numeric=True),
            Head(_("Got"), numeric=True),
            Head(_("Still locked or unclaimed"), numeric=True),
        ],
        rows=[
            (
                columns.link("launchpad_subscription", row.pk, row.sale.name),
                _state(row),
                columns.money(row.committed, row.sale.quote.code),
                columns.money(row.allocated, row.sale.asset.code),
                columns.money(
                    (row.allocated or ZERO) - row.released if row.settled_at else None,
                    row.sale.asset.code,
                ),
            )
            for row in rows
        ],
        empty=_("Took part in no sale."),
    )


def _state(row: Subscription) -> Any:
    if row.left_out:
        return columns.badge(
            columns.WATCH, _("left out: %(why)s") % {"why": row.get_left_out_display()}
        )
    return row.sale.get_state_display()
