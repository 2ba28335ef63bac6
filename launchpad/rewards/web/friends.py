"""Referral: my code and link, what it earned, and a friend's code for newcomers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.portal.forms import Form
from exchange.portal.pages import action, customer_page, open_page
from launchpad.rewards import campaigns, referral, terms
from launchpad.rewards.models import Campaign
from launchpad.rewards.web import shown

COOKIE = "came_by"  # read by the page that opens an account
DAYS_30 = 30 * 24 * 3600


class CodeForm(Form):
    code = forms.CharField(
        label=gettext_lazy("A friend's code"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


@customer_page
def show(request: HttpRequest) -> HttpResponse:
    customer_id = shown.customer_id(request)
    assert customer_id is not None
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            referral.use_code(
                customer_id=customer_id, code=form.cleaned_data["code"], actor=actor_of(request)
            )
        except Refused as refused:
            form.add_error("code", str(refused))
        else:
            messages.success(request, _("Thank you: the code counts."))
            return redirect("rewards-friends")
    own = referral.earnings(customer_id)
    context: dict[str, Any] = {
        "tab": "rewards",
        "part": "friends",
        "own": own,
        "campaign": campaigns.running(Campaign.Kind.REFERRAL),
        "link": request.build_absolute_uri(reverse("rewards-link", args=[own.code]))
        if own.code
        else "",
        "form": form,
        "may_use_code": referral.may_use_code(customer_id),
    }
    if context["campaign"] is not None:
        context["figures"] = terms.referral(context["campaign"])
    return render(
        request, "launchpad/rewards/friends.html", context, status=422 if form.errors else 200
    )


@action
def make_code(request: HttpRequest) -> HttpResponse:
    customer_id = shown.customer_id(request)
    if customer_id is None:
        return redirect("security")
    try:
        referral.code_of(customer_id=customer_id, actor=actor_of(request))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("rewards-friends")


@open_page
def link(request: HttpRequest, code: str) -> HttpResponse:
    """A friend's link: the code is kept for the page that opens an account, and nowhere else."""
    response = redirect("rewards-friends" if request.user.is_authenticated else "signup")
    wanted = code.upper()
    if referral.CODE.fullmatch(wanted):
        response.set_cookie(
            COOKIE,
            wanted,
            max_age=DAYS_30,
            samesite="Lax",
            httponly=True,
            secure=request.is_secure(),
        )
    return response
