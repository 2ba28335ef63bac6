"""Panel of the customer's page: their latest deposits."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from exchange.accounts.models import Customer
from exchange.portal import columns
from exchange.portal.panels import ROWS, panel
from exchange.portal.tables import Head, Table
from wallets.deposits.admin.deposits import TONES, amount
from wallets.deposits.models import Deposit


@panel(permission="wallets.view_deposit", order=20)
def deposits(request: HttpRequest, customer: Customer) -> Table:
    rows = (
        Deposit.objects.filter(customer_id=customer.pk)
        .select_related("asset_network__asset", "network")
        .order_by("-pk")[:ROWS]
    )
    return Table(
        title=_("Deposits"),
        heads=[
            Head(_("At")),
            Head(_("Amount"), numeric=True),
            Head(_("Network")),
            Head(_("State")),
        ],
        rows=[
            (
                columns.link(Deposit, row.pk, columns.moment(row.seen_at)),
                amount(row),
                row.network.code,
                columns.badge(
                    TONES.get(Deposit.State(row.state), columns.QUIET), row.get_state_display()
                ),
            )
            for row in rows
        ],
        empty=_("Never deposited anything over a chain."),
        more_url=f"{columns.admin_url(Deposit, None, 'changelist')}?q=customer {customer.pk}",
        more_label=_("All deposits"),
    )
