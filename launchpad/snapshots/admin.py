"""Staff page: which snapshots of holdings are planned, and what the taken ones came to.

A page and not a list of rows to act on: nobody plans or changes a snapshot by hand.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.money import received
from exchange.portal import columns
from exchange.portal.desks import LAUNCHPAD, page
from exchange.portal.tables import Head, Table
from launchpad.snapshots.models import Snapshot

SHOWN = 100
SHOWN_DIGITS = 2


@page(
    desk=LAUNCHPAD,
    path="holdings/",
    name="holdings-snapshots",
    label=gettext_lazy("Snapshots of holdings"),
    says=gettext_lazy("Who had how much at a published moment: for votes, sales and airdrops."),
    permission="launchpad.view_snapshot",
    order=60,
)
def snapshots(request: HttpRequest) -> HttpResponse:
    """The newest by their moment."""
    rows = Snapshot.objects.select_related("asset").order_by("-at", "-pk")[:SHOWN]
    table = Table(
        title=_("Planned and taken"),
        heads=[
            Head(_("Number"), numeric=True),
            Head(_("Moment (UTC)"), short=True),
            Head(_("What for"), sentence=True),
            Head(_("Average of")),
            Head(_("State")),
            Head(_("Holders"), numeric=True),
            Head(_("Held"), numeric=True),
            Head(_("Staked"), numeric=True),
            Head(_("Power"), numeric=True),
        ],
        rows=[_cells(row) for row in rows],
        empty=_("None is planned. Votes, sales and airdrops plan them by themselves."),
        note=_(
            "Anybody with a shell checks one from postings alone: manage.py recompute_snapshot"
            " NUMBER."
        ),
    )
    context = {**request.staff_context, "table": table}  # type: ignore[attr-defined]
    return TemplateResponse(request, "launchpad/snapshots/admin.html", context)


def _cells(row: Snapshot) -> tuple[Any, ...]:
    """Amounts to two digits: a list to look over. The file of a vote has all of them."""
    averaged = columns.span(row.average_seconds) if row.average_seconds else columns.NOTHING
    figures: tuple[Any, ...] = (columns.NOTHING,) * 4
    if row.is_taken:
        held, staked, power = (
            received(amount, SHOWN_DIGITS) for amount in (row.held, row.staked, row.power)
        )
        figures = (
            columns.whole(row.holders),
            columns.money(held),
            columns.money(staked),
            columns.money(power, row.asset.code),
        )
    return (row.pk, columns.moment(row.at), row.why, averaged, row.get_state_display(), *figures)
