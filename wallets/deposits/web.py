"""The customer's deposit pages: choose a coin, a network, get an address, watch it arrive."""

from __future__ import annotations

from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie

from compliance.travel_rule import outgoing
from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.core.money import grouped, plain
from exchange.portal.pages import action, customer_page, user_of
from wallets.addresses import issue
from wallets.addresses.queries import current
from wallets.deposits import offers, pace, queries, travel, words
from wallets.deposits.models import Deposit
from wallets.deposits.offers import Offer
from wallets.deposits.pushes import wire

SHOWN = 10


@ensure_csrf_cookie
@customer_page
def choose_coin(request: HttpRequest) -> HttpResponse:
    """Step one: which coin. Below it, what is on its way."""
    context = {
        "coins": offers.coins(),
        "step": 1,
        "faucet": settings.DEMO_FAUCET,
        **_arrivals(request),
    }
    return render(request, "wallets/deposits/coin.html", context)


@ensure_csrf_cookie
@customer_page
def choose_network(request: HttpRequest, asset: str) -> HttpResponse:
    """Step two: over which network. Skipped where there is only one."""
    offered = offers.of_asset(asset.upper())
    if not offered:
        raise Http404
    if len(offered) == 1:
        return redirect("deposit-address", offered[0].asset, offered[0].network)
    shown = [(offer, pace.words(offer.network, offer.confirmations)) for offer in offered]
    context = {"offers": shown, "asset": offered[0], "step": 2}
    return render(request, "wallets/deposits/network.html", context)


@ensure_csrf_cookie
@customer_page
def address(request: HttpRequest, asset: str, network: str) -> HttpResponse:
    """Step three: the address. The first time, it is made on request."""
    offer = _offer(asset, network)
    customer_id = user_of(request).customer.pk
    if request.method == "POST":
        try:
            issue.issue(
                customer_id=customer_id, network_id=offer.network_id, actor=actor_of(request)
            )
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("deposit-address", offer.asset, offer.network)
    own = current(customer_id=customer_id, network_id=offer.network_id)
    context = {
        "offer": offer,
        "step": 3,
        "address": own,
        "qr": _qr(own.address) if own else "",
        "minimum": plain(offer.minimum),
        "pace": pace.words(offer.network, offer.confirmations),
        "most": issue.MOST_ADDRESSES,
        **_arrivals(request),
    }
    return render(request, "wallets/deposits/address.html", context)


@action
def new_address(request: HttpRequest, asset: str, network: str) -> HttpResponse:
    """A fresh address; the old one stays the customer's."""
    offer = _offer(asset, network)
    customer = getattr(request.user, "customer", None)
    if customer is None:
        return redirect("security")
    try:
        issue.replace(customer_id=customer.pk, network_id=offer.network_id, actor=actor_of(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request, _("Here is your new address. What is sent to the old one is still credited.")
        )
    return redirect("deposit-address", offer.asset, offer.network)


@customer_page
def mine(request: HttpRequest) -> HttpResponse:
    """The newest deposits as JSON: what the page reads after it was cut off from the stream."""
    rows = queries.of_customer(customer_id=user_of(request).customer.pk, limit=SHOWN)
    return JsonResponse({"deposits": [wire(row) for row in rows]})


def _offer(asset: str, network: str) -> Offer:
    for offer in offers.of_asset(asset.upper()):
        if offer.network == network.upper():
            return offer
    raise Http404


def _arrivals(request: HttpRequest) -> dict[str, Any]:
    rows = queries.of_customer(customer_id=user_of(request).customer.pk, limit=SHOWN)
    held = [travel.transfer_of(row.id) for row in rows if row.state == Deposit.State.HELD]
    asked = outgoing.asked(held) if held else {}
    return {
        "arrivals": [
            (
                {
                    **row._asdict(),
                    "shown": f"{grouped(row.amount)} {row.asset}",
                    "asked": asked.get(travel.transfer_of(row.id), ""),
                    "here": request.path,
                },
                words.of(row.state),
            )
            for row in rows
        ],
        "words": words.for_scripts(),
    }


def _qr(text: str) -> str:
    return segno.make(text, error="m").svg_data_uri(scale=6, border=2)


urlpatterns = [
    path("deposit", choose_coin, name="deposit"),
    path("deposit/mine", mine, name="deposits-mine"),
    path("deposit/<slug:asset>", choose_network, name="deposit-network"),
    path("deposit/<slug:asset>/<slug:network>", address, name="deposit-address"),
    path("deposit/<slug:asset>/<slug:network>/new", new_address, name="deposit-address-new"),
]
