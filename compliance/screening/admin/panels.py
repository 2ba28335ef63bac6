"""Panel of the customer's page: whom they may be on a list."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from compliance.screening.admin.hits import TONES
from compliance.screening.decide import listed_name
from compliance.screening.models import Hit
from exchange.accounts.models import Customer
from exchange.portal import columns
from exchange.portal.panels import ROWS, panel
from exchange.portal.tables import Head, Table


@panel(permission="compliance.view_hit", order=12)
def screening_hits(request: HttpRequest, customer: Customer) -> Table:
    rows = Hit.objects.filter(customer_id=customer.pk).order_by("-pk")[:ROWS]
    return Table(
        title=_("Screening"),
        heads=[
            Head(_("Raised")),
            Head(_("Score"), numeric=True),
            Head(_("Listed")),
            Head(_("State")),
        ],
        rows=[
            (
                columns.link(Hit, row.pk, columns.moment(row.raised_at)),
                row.score,
                listed_name(row),
                columns.badge(TONES[Hit.State(row.state)], row.get_state_display()),
            )
            for row in rows
        ],
        empty=_("No list names anybody like them."),
        more_url=f"{columns.admin_url(Hit, None, 'changelist')}?q=customer {customer.pk}",
        more_label=_("All hits"),
    )
