"""The pipeline: every stage that waits for somebody, the longest waiting first."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core import clock
from exchange.portal import columns
from exchange.portal.desks import LAUNCHPAD, page
from launchpad.listings import queries
from launchpad.listings.models import Listing
from launchpad.listings.states import COMING, Stage
from launchpad.listings.words import VIEW, WORK


@page(
    desk=LAUNCHPAD,
    path="launchpad/listings/",
    name="listings-board",
    label=gettext_lazy("Listings"),
    says=gettext_lazy("Every project by its stage. Press r for a standard token's short road."),
    permission=VIEW,
    order=20,
)
def board(request: HttpRequest) -> HttpResponse:
    columns_shown = [
        {
            "stage": stage.label,
            "key": stage.value,
            "count": count,
            "cards": [_card(row) for row in rows],
        }
        for stage, rows, count in queries.board()
    ]
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "columns": columns_shown,
        "may_work": request.user.has_perm(WORK),
    }
    return TemplateResponse(request, "admin/launchpad/listings/board.html", context)


def _card(row: Listing) -> dict[str, Any]:
    plan = getattr(row, "schedule", None)
    newest = next(iter(getattr(row, "newest_measurements", ())), None)
    notes: list[Any] = []
    if row.proposal_id:
        notes.append(columns.badge(columns.WATCH, _("waits for a second person")))
    if row.stage in COMING and plan is not None:
        when = plan.deposits_at if row.stage == Stage.SCHEDULED else plan.trading_at
        notes.append(f"{when:%Y-%m-%d %H:%M} UTC")
    if newest is not None and newest.failed:
        notes.append(
            columns.badge(columns.BAD, _("misses %(n)s criteria") % {"n": len(newest.failed)})
        )
    return {
        "url": columns.admin_url(Listing, row.pk),
        "code": row.code or "?",
        "name": row.name or _("without a name yet"),
        "kind": row.get_asset_class_display(),
        "since": columns.span((clock.now() - row.since).total_seconds()),
        "notes": notes,
    }
