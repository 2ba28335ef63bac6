"""The security page: what protects the account now, and what to do next."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from exchange.accounts import anti_phishing as words
from exchange.accounts import api_keys, devices, second_factor
from exchange.accounts import letters as posted
from exchange.accounts.actors import actor_of
from exchange.accounts.web import forms
from exchange.core.errors import Refused
from exchange.portal.pages import customer_page, own_page, user_of


@own_page
def overview(request: HttpRequest) -> HttpResponse:
    customer = getattr(request.user, "customer", None)
    context = {
        "customer": customer,
        "second_factor": second_factor.status(user_id=user_of(request).pk),
        "devices": devices.of_user(user_id=user_of(request).pk),
        "keys": api_keys.of_customer(customer_id=customer.pk) if customer else [],
    }
    return render(request, "exchange/accounts/security.html", context)


@customer_page
def anti_phishing(request: HttpRequest) -> HttpResponse:
    customer = user_of(request).customer
    form = forms.AntiPhishing(
        request.POST if request.method == "POST" else None,
        initial={"code": customer.anti_phishing_code},
    )
    if form.is_valid():
        try:
            words.set_code(
                customer_id=customer.pk, code=form.cleaned_data["code"], actor=actor_of(request)
            )
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(request, _("Saved. Every letter of ours now shows it."))
            return redirect("security")
    return render(request, "exchange/accounts/anti_phishing.html", {"form": form})


@own_page
def letters(request: HttpRequest) -> HttpResponse:
    """Which letters are sent whatever one wants, and a box for the others."""
    user = user_of(request)
    form = forms.Letters(
        request.POST if request.method == "POST" else None,
        initial={"courtesy": user.courtesy_letters},
    )
    if form.is_valid():
        posted.set_courtesy(
            user_id=user.pk, wanted=form.cleaned_data["courtesy"], actor=actor_of(request)
        )
        messages.success(request, _("Saved."))
        return redirect("security")
    return render(request, "exchange/accounts/letters.html", {"form": form})
