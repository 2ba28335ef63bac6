"""My tier and what comes next, the whole table, and everything that I was given."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.portal.pages import action, customer_page, open_page
from launchpad.rewards import lessons, queries, tiers, vip
from launchpad.rewards.models import Reward
from launchpad.rewards.web import shown


@open_page
def show(request: HttpRequest) -> HttpResponse:
    """What there is, and for whoever is logged in how far they are."""
    customer_id = shown.customer_id(request)
    context: dict[str, Any] = {
        "tab": "rewards",
        "part": "home",
        "promotions": [shown.promotion(row) for row in queries.promotions()[:3]],
        "lessons": lessons.seen_by(customer_id),
        "table": tiers.table(),
    }
    if customer_id is not None:
        context |= {
            "standing": vip.standing_of(customer_id),
            "totals": queries.received_by(customer_id),
        }
    return render(request, "launchpad/rewards/home.html", context)


@open_page
def tiers_page(request: HttpRequest) -> HttpResponse:
    """Every tier, mine marked; when I rose and fell."""
    customer_id = shown.customer_id(request)
    context: dict[str, Any] = {"tab": "rewards", "part": "vip", "table": tiers.table()}
    if customer_id is not None:
        context |= {
            "standing": vip.standing_of(customer_id),
            "changes": vip.history_of(customer_id, limit=12),
        }
    return render(request, "launchpad/rewards/vip.html", context)


@action
def switch_bmx(request: HttpRequest) -> HttpResponse:
    """The discount for holders of BMX, on or off."""
    customer_id = shown.customer_id(request)
    if customer_id is None:
        return redirect("security")
    on = request.POST.get("on") == "1"
    try:
        counts = vip.switch_bmx_discount(customer_id=customer_id, on=on, actor=actor_of(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        if not on:
            messages.success(request, _("Switched off. New orders pay without the discount."))
        elif counts:
            messages.success(request, _("Switched on. New orders pay less from now on."))
        else:
            messages.info(
                request, _("Switched on. It counts as soon as you hold enough BMX on average.")
            )
    return redirect("rewards-vip")


@customer_page
def received(request: HttpRequest) -> HttpResponse:
    """Everything I was given, airdrops included."""
    customer_id = shown.customer_id(request)
    assert customer_id is not None
    rows = queries.rewards_of(customer_id)
    context = {
        "tab": "rewards",
        "part": "received",
        "totals": queries.received_by(customer_id),
        "rewards": [shown.reward(row) for row in rows],
        "waits": any(r.state not in (Reward.State.PAID, Reward.State.REFUSED) for r in rows),
    }
    return render(request, "launchpad/rewards/received.html", context)
