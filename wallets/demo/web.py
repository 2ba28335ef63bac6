"""The demo's faucet: coins from nothing, blocks on demand, and a fork when you want to see one."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from exchange.accounts.actors import actor_of
from exchange.core import money
from exchange.core.errors import Refused
from exchange.core.money import plain
from exchange.portal.pages import action, customer_page, user_of
from wallets.demo import hand_out


@customer_page
def faucet(request: HttpRequest) -> HttpResponse:
    """What it gives, and the chains it can move."""
    _only_in_the_demo()
    offers = hand_out.on_offer()
    chains = {offer.network: offer.network_name for offer in offers}
    context = {
        "offers": [(offer, plain(hand_out.most(offer.asset))) for offer in offers],
        "chains": sorted(chains.items()),
        "most_blocks": hand_out.MOST_BLOCKS,
        "deepest": hand_out.DEEPEST,
    }
    return render(request, "wallets/demo/faucet.html", context)


@action
def give(request: HttpRequest) -> HttpResponse:
    """Coins to the customer's own deposit address."""

    def run() -> str:
        asset, _dash, network = request.POST.get("what", "").partition("-")
        hand_out.hand_out(
            customer_id=user_of(request).customer.pk,
            asset=asset,
            network=network,
            amount=money.parse(request.POST.get("amount", ""), field="amount"),
            actor=actor_of(request),
        )
        return _("Sent. It appears below within seconds, and is credited after its confirmations.")

    return _done(request, run, then="deposit")


@action
def mine(request: HttpRequest) -> HttpResponse:
    def run() -> str:
        hand_out.mine(
            network=request.POST.get("network", ""),
            blocks=_whole(request.POST.get("blocks", "")),
            actor=actor_of(request),
        )
        return _("The blocks are mined.")

    return _done(request, run, then="faucet")


@action
def fork(request: HttpRequest) -> HttpResponse:
    def run() -> str:
        hand_out.fork(
            network=request.POST.get("network", ""),
            depth=_whole(request.POST.get("depth", "")),
            actor=actor_of(request),
        )
        return _("The chain has replaced its last blocks. Watch what becomes of deposits in them.")

    return _done(request, run, then="deposit")


def _done(request: HttpRequest, run: Callable[[], str], *, then: str) -> HttpResponse:
    _only_in_the_demo()
    if getattr(request.user, "customer", None) is None:
        return redirect("security")
    try:
        messages.success(request, run())
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("faucet")
    return redirect(then)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _only_in_the_demo() -> None:
    if not settings.DEMO_FAUCET:
        raise Http404


urlpatterns = [
    path("faucet", faucet, name="faucet"),
    path("faucet/give", give, name="faucet-give"),
    path("faucet/mine", mine, name="faucet-mine"),
    path("faucet/fork", fork, name="faucet-fork"),
]
