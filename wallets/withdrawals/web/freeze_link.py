"""The page behind the link in our letters: one button that stops every withdrawal."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from exchange.accounts.actors import client_ip
from exchange.core.errors import Invalid
from exchange.portal.pages import open_page
from wallets.withdrawals import freeze


@open_page
def freeze_page(asked: HttpRequest, token: str) -> HttpResponse:
    """Looking at it changes nothing: mail programs open links by themselves. The button acts."""
    try:
        customer = freeze.customer_of(token)
        if asked.method == "POST":
            count = freeze.freeze(token=token, ip=client_ip(asked))
            return render(asked, "wallets/withdrawals/frozen.html", {"count": count})
    except Invalid as invalid:
        context = {"why": str(invalid)}
        return render(asked, "wallets/withdrawals/freeze_useless.html", context, status=404)
    email = customer.user.email if customer.user is not None else ""
    name, _, place = email.partition("@")
    hint = f"{name[:2]}…@{place}" if place else ""
    return render(asked, "wallets/withdrawals/freeze.html", {"hint": hint})
