"""The page of all votes, and the page of their rules."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from exchange.core.foreign import whole_of
from exchange.core.money import plain
from exchange.portal.pages import open_page
from launchpad.governance import delegate, policy, power, queries
from launchpad.governance.models import VoteProposal
from launchpad.governance.web import shown


@open_page
def votes(request: HttpRequest) -> HttpResponseBase:
    """Open, coming and past votes."""
    before = request.GET.get("before", "")
    past = queries.past_votes(before=whole_of(before), limit=21)
    running, coming = queries.open_votes(), queries.coming_votes()
    customer = getattr(request.user, "customer", None)
    answered = queries.answered_by(customer.pk, [*running, *past]) if customer else set()
    context: dict[str, Any] = {
        "tab": "votes",
        "running": [_card(each, answered) for each in running],
        "coming": [_card(each, answered) for each in coming],
        "past": [_card(each, answered) for each in past[:20]],
        "older": past[19].pk if len(past) > 20 else None,
        "customer": customer,
    }
    if customer is not None:
        context["bmx"] = shown.bmx(power.bmx_now(customer.pk))
        context["delegation"] = delegate.standing_of(customer.pk)
        context["mine"] = [
            (each, *shown.badge(each)) for each in queries.proposals_of(customer.pk, limit=5)
        ]
    return render(request, "launchpad/governance/votes.html", context)


@open_page
def rules(request: HttpRequest) -> HttpResponseBase:
    """The published rules of voting."""
    context = {
        "tab": "votes",
        "kinds": shown.rules(),
        "propose_least": plain(policy.PROPOSE_LEAST),
        "comment_least": plain(policy.COMMENT_LEAST),
        "propose_most": policy.PROPOSE_MOST,
    }
    return render(request, "launchpad/governance/rules.html", context)


def _card(proposal: VoteProposal, answered: set[int]) -> dict[str, Any]:
    word, tone = shown.badge(proposal)
    found = proposal.result or {}
    took_part = ""
    if found and proposal.eligible_units:
        took_part, _width = shown.share(int(found["took_part"]), proposal.eligible_units)
    return {
        "proposal": proposal,
        "word": word,
        "tone": tone,
        "answered": proposal.pk in answered,
        "took_part": took_part,
    }
