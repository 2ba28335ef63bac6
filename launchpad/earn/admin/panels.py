"""What a customer has in products, on the page that staff have of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from exchange.portal import columns
from exchange.portal.panels import ROWS, panel
from exchange.portal.tables import Head, Table
from launchpad.earn.admin.positions import TONES
from launchpad.earn.models import Position, Product


@panel(permission="launchpad.view_position", order=83)
def positions(request: HttpRequest, customer: Any) -> Table:
    """One query, by products: the index of positions begins with them."""
    rows = (
        Position.objects.filter(
            product__in=Product.objects.order_by().values("pk"), customer_id=customer.pk
        )
        .select_related("product__asset")
        .order_by("-pk")[:ROWS]
    )
    return Table(
        title=_("Earn"),
        heads=[
            Head(_("Product")),
            Head(_("State")),
            Head(_("Amount"), numeric=True),
            Head(_("Locked until")),
        ],
        rows=[
            (
                columns.link("launchpad_position", row.pk, row.product.name),
                columns.badge(TONES[Position.State(row.state)], row.get_state_display()),
                columns.money(row.amount, row.product.asset.code),
                columns.moment(row.free_at or row.unlocks_at),
            )
            for row in rows
        ],
        empty=_("Has nothing in a product."),
    )
