"""The pipeline: every stage that waits for somebody, the longest waiting first."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.core import clock
from exchange.portal import columns
from exchange.portal.desks import LAUNCHPAD, page
from launchpad.listings import queries, signing
from launchpad.listings.models import Listing
from launchpad.listings.states import COMING, SignerWord, Stage
from launchpad.listings.words import VIEW, WORK


@page(
    desk=LAUNCHPAD,
    path="launchpad/listings/",
    name="listings-board",
    label=gettext_lazy("Listings"),
    says=gettext_lazy("Every project by its stage. Press r for a standard token's short road."),
    permission=VIEW,
    order=20,
    waits=lambda request: queries.waiting_for(actor_of(request)),
)
def board(request: HttpRequest) -> HttpResponse:
    proposed = queries.proposed()
    columns_shown = [
        {
            "stage": stage.label,
            "key": stage.value,
            "count": count,
            "cards": [_card(row, proposed) for row in rows],
        }
        for stage, rows, count in queries.board()
    ]
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "columns": columns_shown,
        "may_work": request.user.has_perm(WORK),
    }
    return TemplateResponse(request, "admin/launchpad/listings/board.html", context)


def _card(row: Listing, proposed: set[int]) -> dict[str, Any]:
    plan = getattr(row, "schedule", None)
    newest = next(iter(getattr(row, "newest_measurements", ())), None)
    notes: list[Any] = []
    if row.pk in proposed:
        notes.append(columns.badge(columns.WATCH, _("waits for a second person")))
    if row.stage in COMING and plan is not None:
        when = plan.deposits_at if row.stage == Stage.SCHEDULED else plan.trading_at
        notes.append(f"{when:%Y-%m-%d %H:%M} UTC")
    if row.withdrawals_opened_at is None and row.signer_word == SignerWord.LACKS:
        notes.append(columns.badge(_tone(row), _("not in the signer's policy")))
    elif row.withdrawals_opened_at is None and row.signer_word == SignerWord.SILENT:
        notes.append(columns.badge(columns.WATCH, _("the signer does not answer")))
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


def _tone(row: Listing) -> str:
    """Red once withdrawals wait for it."""
    plan = getattr(row, "schedule", None)
    if plan is None or row.stage not in signing.OPENS_FROM:
        return columns.WATCH
    return columns.BAD if plan.withdrawals_at <= clock.now() else columns.WATCH
