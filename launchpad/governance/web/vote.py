"""One vote: what is asked, your power, the form, the result, the discussion, your receipt."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.core.foreign import whole_of
from exchange.core.money import plain
from exchange.portal.pages import action, customer_page, open_page, user_of
from launchpad.governance import cast, count, delegate, discuss, policy, power, queries
from launchpad.governance.models import VoteProposal
from launchpad.governance.states import COUNTED, Method, State
from launchpad.governance.web import shown


@open_page
def page(request: HttpRequest, number: int) -> HttpResponseBase:
    """One vote; a POST answers it."""
    proposal = _found(number)
    customer = getattr(request.user, "customer", None)
    error = ""
    if request.method == "POST":
        if customer is None:
            return redirect(f"{reverse('login')}?next={request.path}")
        try:
            cast.cast(
                proposal_id=proposal.pk,
                customer_id=customer.pk,
                choices=answer_of(request, proposal),
                actor=actor_of(request),
            )
        except Refused as refused:
            error = str(refused)
        else:
            messages.success(request, _("Your vote is in. This is your receipt."))
            return redirect("vote-receipt", number)
    context = _context(request, proposal, customer)
    context["error"] = error
    return render(request, "launchpad/governance/vote.html", context, status=422 if error else 200)


@action
def say(request: HttpRequest, number: int) -> HttpResponseBase:
    """Comment, or answer a comment."""
    proposal = _found(number)
    customer = getattr(request.user, "customer", None)
    if customer is None:
        raise Http404
    answers = request.POST.get("answers", "")
    try:
        made = discuss.comment(
            proposal_id=proposal.pk,
            customer_id=customer.pk,
            text=request.POST.get("text", ""),
            answers=whole_of(answers),
            actor=actor_of(request),
        )
    except Refused as refused:
        context = _context(request, proposal, customer)
        context |= {"comment_error": str(refused), "comment_text": request.POST.get("text", "")}
        return render(request, "launchpad/governance/vote.html", context, status=422)
    return redirect(f"{reverse('vote', args=[number])}#comment-{made.pk}")


@customer_page
def receipt(request: HttpRequest, number: int) -> HttpResponseBase:
    """A voter's receipt, and how to find their vote in the published file."""
    proposal = _found(number)
    found = queries.receipt_of(proposal, user_of(request).customer.pk)
    if found is None:
        return redirect("vote", number)
    titles = {option.key: option.title for option in proposal.options.all()}
    context = {
        "tab": "votes",
        "proposal": proposal,
        "receipt": found,
        "choices": [titles[key] for key in found.choices],
        "ranked": proposal.method == Method.RANKED,
        "power": None if found.units is None else shown.bmx(power.in_bmx(found.units)),
        "counted": proposal.state in COUNTED,
    }
    return render(request, "launchpad/governance/receipt.html", context)


def answer_of(request: HttpRequest, proposal: VoteProposal) -> list[str]:
    """What the form says: the chosen options, or the ranked ones in order of their ranks.

    Equal ranks are no order: the verb then refuses what is there twice.
    """
    if proposal.method != Method.RANKED:
        return request.POST.getlist("choice")[: policy.OPTIONS_MOST + 1]
    ranks = []
    for option in proposal.options.all():
        rank = request.POST.get(f"rank-{option.key}", "")
        if rank.isascii() and rank.isdigit() and len(rank) <= 2:
            ranks.append((int(rank), option.key))
    ranks.sort(key=lambda pair: pair[0])
    numbers = [rank for rank, _key in ranks]
    if len(set(numbers)) < len(numbers):
        raise cast.NotAnAnswer(_("Two options have the same rank."), field="choices")
    return [key for _rank, key in ranks]


def _found(number: int) -> VoteProposal:
    proposal = queries.of_page(number)
    if proposal is None:
        raise Http404
    return proposal


def _context(request: HttpRequest, proposal: VoteProposal, customer: Any) -> dict[str, Any]:
    word, tone = shown.badge(proposal)
    found = queries.result_of(proposal)
    options = list(proposal.options.all())
    context: dict[str, Any] = {
        "tab": "votes",
        "proposal": proposal,
        "word": word,
        "tone": tone,
        "timeline": shown.timeline(proposal),
        "quorum": shown.percent(proposal.quorum_bps),
        "threshold": shown.percent(proposal.threshold_bps),
        "options": options,
        "running": [option for option in options if option.role != "abstain"],
        "result": shown.result(proposal, found) if found else None,
        "quorum_units": shown.bmx(power.in_bmx(count.quorum_units(proposal))),
        "discussion": queries.comments_of(proposal),
        "customer": customer,
        "may_comment": customer is not None and proposal.state != State.WITHDRAWN,
        "is_open": proposal.state == State.OPEN,
        "counted": proposal.state in COUNTED,
        "left_out": proposal.exclusions.count(),
    }
    if proposal.grant_amount is not None:
        context |= {
            "grant": plain(proposal.grant_amount),
            "granted": plain(proposal.granted),
            "parts": [
                (each.at, plain(each.amount), each.note) for each in proposal.parts.all()[:100]
            ],
        }
    if customer is not None:
        context |= _own(request, proposal, customer, options)
    return context


def _own(
    request: HttpRequest, proposal: VoteProposal, customer: Any, options: list[Any]
) -> dict[str, Any]:
    """What the page says to the person who looks at it."""
    own: dict[str, Any] = {"delegation": delegate.standing_of(customer.pk)}
    if proposal.snapshot is not None and proposal.snapshot.is_taken:
        has = power.power_of(proposal, customer.pk)
        own["power"] = {
            "held": shown.bmx(has.held),
            "staked": shown.bmx(has.staked),
            "own": shown.bmx(has.own),
            "given": shown.bmx(has.given),
            "givers": has.givers,
            "total": shown.bmx(has.total),
            "any": has.total > 0,
            "excluded": has.excluded,
        }
    else:
        own["bmx"] = shown.bmx(power.bmx_now(customer.pk))
    own["receipt"] = queries.receipt_of(proposal, customer.pk)
    chosen = own["receipt"].choices if own["receipt"] else []
    sent = request.POST if request.method == "POST" else None
    own["answers"] = [
        {
            "option": option,
            "chosen": option.key in (sent.getlist("choice") if sent else chosen),
            "rank": (
                sent.get(f"rank-{option.key}", "")
                if sent
                else str(chosen.index(option.key) + 1)
                if option.key in chosen
                else ""
            ),
        }
        for option in options
    ]
    own["ranks"] = [str(number) for number in range(1, len(options) + 1)]
    return own
