"""The customer's page: cases about them, for whoever may know. The dashboard: what waits."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.cases import queries
from compliance.cases.admin import words
from compliance.cases.models import Case
from compliance.cases.states import Queue
from exchange.portal import cards, columns
from exchange.portal.desks import COMPLIANCE
from exchange.portal.panels import ROWS, panel
from exchange.portal.tables import Head, Table


@panel(permission="compliance.see_filings", order=7)
def cases(request: HttpRequest, customer: Any) -> Table:
    about = Case.objects.filter(people__customer_id=customer.pk).order_by("-id")[:ROWS]
    return Table(
        title=_("Cases"),
        heads=[Head(_("Case")), Head(_("Stands")), Head(_("Our clock")), Head(_("Opened"))],
        rows=[
            (
                columns.link(Case, row.pk, row),
                words.state(row),
                words.due(row),
                columns.moment(row.opened_at),
            )
            for row in about
        ],
        empty=_("No case was ever about them."),
    )


@cards.card(
    key="cases",
    title=gettext_lazy("Cases"),
    desk=COMPLIANCE,
    permission="compliance.see_filings",
    leads_to="admin:cases-desk",
    order=32,
)
def waiting_card() -> cards.Reading:
    """Open ones are work; one past its clock is a fault of ours."""
    rows = queries.waiting()
    total, breached = sum(row.open for row in rows), sum(row.breached for row in rows)
    state = cards.BAD if breached else cards.OK
    return cards.Reading(
        state=state,
        number=f"{total:,}",
        says=_("open"),
        details=[
            *((Queue(row.queue).label, f"{row.open:,}") for row in rows),
            (_("past their clock"), f"{breached:,}"),
        ],
    )
