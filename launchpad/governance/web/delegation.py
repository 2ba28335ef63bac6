"""Delegation: who offers to vote for others, whom one chose, and one's own offer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.core.foreign import whole_of
from exchange.portal.forms import Form
from exchange.portal.pages import action, open_page, user_of
from launchpad.governance import delegate, queries
from launchpad.governance.models import Delegate


class OfferForm(Form):
    name = forms.CharField(
        label=gettext_lazy("Public name"),
        max_length=30,
        help_text=gettext_lazy("Everybody sees it beside your comments and in this list."),
    )
    statement = forms.CharField(
        label=gettext_lazy("What you stand for"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@open_page
def delegates(request: HttpRequest) -> HttpResponseBase:
    """The list; a POST offers oneself or changes what one says."""
    customer = getattr(request.user, "customer", None)
    own = Delegate.objects.filter(customer=customer).first() if customer else None
    initial = {"name": own.name, "statement": own.statement} if own else None
    form = OfferForm(request.POST or None, initial=initial)
    if request.method == "POST" and customer is not None and form.is_valid():
        try:
            delegate.offer(customer_id=customer.pk, actor=actor_of(request), **form.cleaned_data)
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(request, _("You are in the list of delegates now."))
            return redirect("vote-delegates")
    standing = delegate.standing_of(customer.pk) if customer else None
    context: dict[str, Any] = {
        "tab": "votes",
        "delegates": queries.delegates(),
        "customer": customer,
        "standing": standing,
        # Their own vote is somebody else's now: unless they vote all the same, mine is not counted.
        "passed_on": standing is not None
        and delegate.standing_of(standing.delegate.customer_id) is not None,
        "own": own,
        "form": form,
    }
    return render(
        request,
        "launchpad/governance/delegates.html",
        context,
        status=422 if request.method == "POST" else 200,
    )


@action
def choose(request: HttpRequest) -> HttpResponseBase:
    number = request.POST.get("delegate", "")
    customer = getattr(user_of(request), "customer", None)
    if customer is None:
        return redirect("security")
    try:
        made = delegate.delegate(
            customer_id=customer.pk,
            delegate_id=whole_of(number) or 0,
            actor=actor_of(request),
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request,
            _("%(name)s votes for you wherever you don't vote yourself.")
            % {"name": made.delegate.name},
        )
    return redirect("vote-delegates")


@action
def end(request: HttpRequest) -> HttpResponseBase:
    customer = getattr(user_of(request), "customer", None)
    if customer is not None and delegate.take_back(
        customer_id=customer.pk, actor=actor_of(request)
    ):
        messages.success(request, _("Your power is yours alone again."))
    return redirect("vote-delegates")


@action
def stop(request: HttpRequest) -> HttpResponseBase:
    customer = getattr(user_of(request), "customer", None)
    if customer is None:
        return redirect("security")
    try:
        delegate.stop_offering(customer_id=customer.pk, actor=actor_of(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("You are no longer in the list, and delegations to you end."))
    return redirect("vote-delegates")
