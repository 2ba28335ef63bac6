"""The customer's address book: who they withdraw to, and how strict they want it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts import second_factor
from exchange.accounts.actors import actor_of
from exchange.assets.models import Network
from exchange.core import clock
from exchange.core.errors import Refused
from exchange.portal.forms import Form, any_code
from exchange.portal.pages import action, customer_page, user_of
from wallets.addresses import book, book_rules


class NewAddress(Form):
    network = forms.ChoiceField(label=gettext_lazy("Network"))
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=128,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
        help_text=gettext_lazy("Paste it; we check it for typing mistakes."),
    )
    memo = forms.CharField(
        label=gettext_lazy("Memo or tag"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Only where the receiving side asks for one."),
    )
    label = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=book.MOST_LABEL,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("So that you know whose it is, for example “my hardware wallet”."),
    )
    code = any_code()

    def __init__(self, *args: Any, networks: list[Network], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["network"].choices = [  # type: ignore[attr-defined]
            (network.code, f"{network.name} ({network.code})") for network in networks
        ]
        if not any(network.memo_required for network in networks):
            del self.fields["memo"]


class JustCode(Form):
    code = any_code()


@customer_page
def listing(request: HttpRequest) -> HttpResponse:
    """The book and its rules."""
    customer_id = user_of(request).customer.pk
    context = {
        "entries": book_rules.entries(customer_id=customer_id),
        "policy": book_rules.policy(customer_id=customer_id),
        "has_second_factor": second_factor.is_on(user_id=user_of(request).pk),
        "now": clock.now(),
        "holds": book.HOLDS,
    }
    return render(request, "wallets/addresses/book.html", context)


@customer_page
def add(request: HttpRequest) -> HttpResponse:
    """A new address, with a code from the phone."""
    if not second_factor.is_on(user_id=user_of(request).pk):
        return redirect("addresses")
    customer_id = user_of(request).customer.pk
    form = NewAddress(request.POST or None, networks=_networks())
    if form.is_valid():
        asked = form.cleaned_data
        try:
            entry = book.add(
                customer_id=customer_id,
                network_code=asked["network"],
                address=asked["address"],
                memo=asked.get("memo", ""),
                label=asked["label"],
                code=asked["code"],
                actor=actor_of(request),
            )
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(
                request,
                _("%(name)s is in your book. It can be used from %(at)s UTC.")
                % {"name": entry.label, "at": entry.usable_at.strftime("%Y-%m-%d %H:%M")},
            )
            return redirect("addresses")
    hours = book_rules.policy(customer_id=customer_id).hold_hours
    return render(request, "wallets/addresses/add.html", {"form": form, "hours": hours})


@action
def remove(request: HttpRequest, entry_id: int) -> HttpResponse:
    try:
        book.remove(entry_id=entry_id, actor=actor_of(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The address is removed. Nothing goes there any more."))
    return redirect("addresses")


@action
def whitelist_on(request: HttpRequest) -> HttpResponse:
    customer = getattr(request.user, "customer", None)
    if customer is not None:
        book.require_whitelist(customer_id=customer.pk, actor=actor_of(request))
        messages.success(request, _("From now on only addresses of your book are allowed."))
    return redirect("addresses")


@customer_page
def whitelist_off(request: HttpRequest) -> HttpResponse:
    """Asks for a code; takes effect after the hold."""
    customer_id = user_of(request).customer.pk
    hours = book_rules.policy(customer_id=customer_id).hold_hours
    form = JustCode(request.POST or None)
    if form.is_valid():
        try:
            book.stop_requiring_whitelist(
                customer_id=customer_id, actor=actor_of(request), code=form.cleaned_data["code"]
            )
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(
                request, _("Other addresses are allowed in %(n)s hours.") % {"n": hours}
            )
            return redirect("addresses")
    return render(
        request,
        "wallets/addresses/loosen.html",
        {"form": form, "what": "whitelist", "hours": hours},
    )


@customer_page
def hold(request: HttpRequest, hours: int) -> HttpResponse:
    """Longer at once, by a button; shorter with a code."""
    if hours not in book.HOLDS:
        raise Http404
    customer_id = user_of(request).customer.pk
    now_hours = book_rules.policy(customer_id=customer_id).hold_hours
    form = JustCode(request.POST or None)
    longer = hours >= now_hours
    if request.method == "POST" and (longer or form.is_valid()):
        try:
            book.choose_hold(
                customer_id=customer_id,
                hours=hours,
                actor=actor_of(request),
                code="" if longer else form.cleaned_data["code"],
            )
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("addresses")
    if longer:
        return redirect("addresses")
    return render(
        request, "wallets/addresses/loosen.html", {"form": form, "what": "hold", "hours": now_hours}
    )


def _networks() -> list[Network]:
    """Networks over which something can be withdrawn."""
    return list(Network.objects.filter(assets__withdraw_enabled=True).distinct().order_by("name"))


urlpatterns = [
    path("addresses", listing, name="addresses"),
    path("addresses/new", add, name="address-new"),
    path("addresses/<int:entry_id>/remove", remove, name="address-remove"),
    path("addresses/whitelist/on", whitelist_on, name="addresses-whitelist-on"),
    path("addresses/whitelist/off", whitelist_off, name="addresses-whitelist-off"),
    path("addresses/hold/<int:hours>", hold, name="addresses-hold"),
]
