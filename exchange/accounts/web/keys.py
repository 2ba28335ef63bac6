"""API keys: list, make, revoke."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from exchange.accounts import api_keys, second_factor, sub_accounts
from exchange.accounts.actors import actor_of
from exchange.accounts.web import forms
from exchange.core import clock
from exchange.core.errors import Refused
from exchange.portal.pages import customer_page, user_of


@customer_page
def listing(request: HttpRequest) -> HttpResponse:
    customer = user_of(request).customer
    context = {
        "keys": api_keys.of_customer(customer_id=customer.pk),
        "has_second_factor": second_factor.is_on(user_id=user_of(request).pk),
        "most": api_keys.MOST_KEYS,
        "now": clock.now(),
    }
    return render(request, "exchange/accounts/keys.html", context)


@customer_page
def create(request: HttpRequest) -> HttpResponse:
    """Make a key and show it on the answer itself, this once."""
    customer = user_of(request).customer
    if not second_factor.is_on(user_id=user_of(request).pk):
        return redirect("api-keys")
    accounts = [(customer.pk, _("Main account"))]
    accounts += [(sub.pk, sub.name) for sub in sub_accounts.of_customer(customer_id=customer.pk)]
    form = forms.NewKey(request.POST or None, accounts=accounts)
    if form.is_valid():
        try:
            new = _made(request, form)
        except Refused as refused:
            form.take(refused)
        else:
            context = {"new": new, "asked": form.cleaned_data}
            return render(request, "exchange/accounts/key_shown.html", context)
    return render(request, "exchange/accounts/key_new.html", {"form": form})


@customer_page
def revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    """Ask once, then take the key back for good."""
    customer = user_of(request).customer
    own = {key.pk: key for key in api_keys.of_customer(customer_id=customer.pk)}
    if key_id not in own:
        raise Http404
    if request.method == "POST":
        api_keys.revoke(key_id=key_id, actor=actor_of(request))
        messages.success(request, _("The key is revoked: programs that use it are refused now."))
        return redirect("api-keys")
    return render(request, "exchange/accounts/key_revoke.html", {"key": own[key_id]})


def _made(request: HttpRequest, form: forms.NewKey) -> api_keys.NewKey:
    asked = form.cleaned_data
    lifetime = form.LIFETIMES.get(asked["lifetime"])
    return api_keys.create(
        customer_id=asked["account"],
        label=asked["label"],
        actor=actor_of(request),
        can_trade=asked["can_trade"],
        can_withdraw=asked["can_withdraw"],
        allowed_ips=asked["allowed_ips"].replace(",", " ").split(),
        expires_at=clock.now() + lifetime if lifetime else None,
        memo=asked["memo"],
        code=asked["code"],
    )
