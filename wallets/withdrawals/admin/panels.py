"""The customer's page: withdrawals. The dashboard: what waits for people."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.portal import cards, columns
from exchange.portal.desks import TREASURY
from exchange.portal.panels import ROWS, panel
from exchange.portal.tables import Head, Table
from wallets.withdrawals import queries
from wallets.withdrawals.admin.rows import TONES, destination
from wallets.withdrawals.models import Withdrawal
from wallets.withdrawals.states import State

MOST_COUNTED = 1000


@panel(permission="wallets.view_withdrawal", order=15)
def withdrawals(request: HttpRequest, customer: Any) -> Table:
    rows = (
        Withdrawal.objects.filter(customer=customer)
        .select_related("asset", "recipient")
        .order_by("-pk")[:ROWS]
    )
    listed = columns.admin_url(Withdrawal, None, "changelist")
    return Table(
        title=_("Withdrawals"),
        heads=[
            Head(_("Withdrawal")),
            Head(_("State")),
            Head(_("Amount"), numeric=True),
            Head(_("To")),
        ],
        rows=[
            (
                columns.link("withdrawal", row.pk, row.pk),
                columns.badge(TONES[State(row.state)], row.get_state_display()),
                columns.money(row.amount, row.asset.code),
                destination(row),
            )
            for row in rows
        ],
        empty=_("Never withdrew anything."),
        more_url=f"{listed}?q=customer {customer.pk}",
        more_label=_("All withdrawals"),
    )


@cards.card(
    key="withdrawals",
    title=gettext_lazy("Withdrawals to decide"),
    desk=TREASURY,
    permission="wallets.view_withdrawal",
    leads_to="admin:withdrawals-desk",
    order=30,
)
def to_decide() -> cards.Reading:
    """Held ones are work; one that waits for hours is a customer who worries."""
    waiting = queries.waiting_for_people()
    count = waiting[:MOST_COUNTED].count()
    oldest = waiting.first()
    return cards.Reading(
        state=cards.WATCH if count else cards.OK,
        number=f"{count:,}",
        says=_("held"),
        details=[(_("oldest"), columns.ago(oldest.requested_at))] if oldest else [],
    )
