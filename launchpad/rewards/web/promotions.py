"""Promotions: plain rules, how far I am, the board, and the way to join."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from exchange.accounts.actors import actor_of
from exchange.core.errors import NotFound, Refused
from exchange.portal.pages import action, open_page
from launchpad.rewards import bonus, competition, queries
from launchpad.rewards.web import shown


@open_page
def every(request: HttpRequest) -> HttpResponse:
    rows = [shown.promotion(row) for row in queries.promotions()]
    context = {
        "tab": "rewards",
        "part": "promotions",
        "running": [row for row in rows if not row["over"]],
        "over": [row for row in rows if row["over"]],
    }
    return render(request, "launchpad/rewards/promotions.html", context)


@open_page
def one(request: HttpRequest, campaign_id: int) -> HttpResponse:
    try:
        campaign = queries.promotion(campaign_id)
    except NotFound as unknown:
        raise Http404 from unknown
    customer_id = shown.customer_id(request)
    context: dict[str, Any] = {
        "tab": "rewards",
        "part": "promotions",
        "promotion": shown.promotion(campaign),
    }
    if campaign.kind == campaign.Kind.COMPETITION:
        board = competition.board(campaign, customer_id=customer_id, limit=30)
        context |= {"board": board, "joined": board.joined}
    elif customer_id is not None:
        own = bonus.progress(campaign, customer_id)
        context |= {"progress": own, "joined": own is not None}
    return render(request, "launchpad/rewards/promotion.html", context)


@action
def join(request: HttpRequest, campaign_id: int) -> HttpResponse:
    customer_id = shown.customer_id(request)
    if customer_id is None:
        return redirect("security")
    try:
        competition.join(campaign_id=campaign_id, customer_id=customer_id, actor=actor_of(request))
    except NotFound as unknown:
        raise Http404 from unknown
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("You take part. What counts is shown here."))
    return redirect("rewards-promotion", campaign_id)
