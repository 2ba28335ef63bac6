"""The customer's pages: whose is the other address, and proving a wallet of one's own."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.travel_rule import directory, outgoing, owners, people, proofs, questions
from compliance.travel_rule.ivms101.words import COUNTRIES
from compliance.travel_rule.models import AddressOwner, TravelMessage
from compliance.travel_rule.owners import NewOwner
from compliance.travel_rule.questions import About
from exchange.accounts.actors import actor_of
from exchange.core.errors import Invalid, Refused
from exchange.core.money import plain
from exchange.portal.forms import Form
from exchange.portal.pages import customer_page, user_of

Kind = AddressOwner.Kind
TO = (
    (Kind.OWN_WALLET, gettext_lazy("Me: a wallet that I hold the keys of")),
    (Kind.OWN_ACCOUNT, gettext_lazy("Me: my account at another exchange or provider")),
    (Kind.OTHER_WALLET, gettext_lazy("Somebody else: their own wallet")),
    (Kind.OTHER_ACCOUNT, gettext_lazy("Somebody else: their account at an exchange or provider")),
)


class Whose(Form):
    """Who is behind an address. What is not needed for the answer given is not read."""

    kind = forms.ChoiceField(choices=TO, widget=forms.RadioSelect)
    provider = forms.ChoiceField(
        label=gettext_lazy("Which exchange or provider?"),
        required=False,
        help_text=gettext_lazy("Choose “another one” when it is not in the list."),
    )
    provider_name = forms.CharField(
        label=gettext_lazy("Its name, when it is another one"), required=False, max_length=100
    )
    company = forms.BooleanField(label=gettext_lazy("It is a company"), required=False)
    name = forms.CharField(
        label=gettext_lazy("First and last name, or the company's name"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    city = forms.CharField(
        label=gettext_lazy("City, if you know it"), required=False, max_length=35
    )
    country = forms.ChoiceField(label=gettext_lazy("Country, if you know it"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(str(row.pk), row.name) for row in directory.active()]
        self.fields["provider"].choices = [*known, ("", _("another one"))]  # type: ignore[attr-defined]
        codes = [(code, code) for code in sorted(COUNTRIES - {"XX"})]
        self.fields["country"].choices = [("", "—"), *codes]  # type: ignore[attr-defined]

    def answer(self, about: About, customer_id: int) -> NewOwner:
        given = self.cleaned_data
        hosted = given["kind"] in (Kind.OWN_ACCOUNT, Kind.OTHER_ACCOUNT)
        other = given["kind"] in (Kind.OTHER_WALLET, Kind.OTHER_ACCOUNT)
        return NewOwner(
            customer_id=customer_id,
            network=about.network,
            key=about.key,
            memo=about.memo,
            kind=given["kind"],
            provider_id=int(given["provider"]) if hosted and given["provider"] else None,
            provider_name=given["provider_name"] if hosted else "",
            name=given["name"] if other else "",
            company=other and given["company"],
            city=given["city"] if other else "",
            country=given["country"] if other else "",
        )


@customer_page
def whose(request: HttpRequest) -> HttpResponse:
    """Asked before a withdrawal stands: `q` says about what, `next` where it goes on."""
    own = people.main_account(user_of(request).customer.pk)
    try:
        about = questions.read(request.GET.get("q", ""), customer_id=own)
    except Invalid as stale:
        messages.error(request, str(stale))
        return redirect("home")
    return _asked(request, about)


@customer_page
def answer(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Asked about a transfer that waits for the customer."""
    row = _own_message(request, uid)
    asks = outgoing.of_row(row).asks
    if asks == "proof" and row.owner_id is not None:
        return redirect(f"{reverse('travel-prove', args=[row.owner_id])}?next={_next(request)}")
    if not asks:
        messages.info(request, _("Nothing is asked about this transfer any more."))
        return redirect(_next(request))
    return _asked(request, questions.of_message(row), faults=row.faults)


@customer_page
def prove(request: HttpRequest, owner_id: int) -> HttpResponse:
    """Prove a wallet: sign the text with it, or pay a small amount out of it."""
    own = people.main_account(user_of(request).customer.pk)
    owner = AddressOwner.objects.filter(
        pk=owner_id, customer_id=own, replaced_at=None, kind=Kind.OWN_WALLET
    ).first()
    if owner is None:
        raise Http404
    if request.method == "POST" and request.POST.get("signature", "").strip():
        try:
            owners.prove_by_message(
                owner_id=owner.pk,
                signature=request.POST["signature"][:20_000],
                actor=actor_of(request),
            )
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("Thank you: this wallet is proved to be yours."))
            return redirect(_next(request))
    elif request.method == "POST" or not owner.challenge:
        owner = proofs.ask(owner, actor=actor_of(request))
    offered = owner.challenge_amount
    context = {
        "owner": owner,
        "amount": f"{plain(offered)} {owner.challenge_asset}" if offered else "",
        "next": _next(request),
    }
    return render(request, "compliance/travel_rule/prove.html", context)


def _asked(
    request: HttpRequest, about: About, *, faults: list[dict[str, str]] | None = None
) -> HttpResponse:
    form = Whose(request.POST or None)
    if form.is_valid():
        try:
            new = form.answer(about, user_of(request).customer.pk)
            owners.declare(new=new, actor=actor_of(request))
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(request, _("Thank you. You are not asked about this address again."))
            return redirect(_next(request))
    context = {"form": form, "about": about, "faults": faults or [], "next": _next(request)}
    return render(request, "compliance/travel_rule/whose.html", context)


def _own_message(request: HttpRequest, uid: uuid.UUID) -> TravelMessage:
    own = people.main_account(user_of(request).customer.pk)
    row = TravelMessage.objects.filter(uid=uid, customer_id=own).first()
    if row is None:
        raise Http404
    return row


def _next(request: HttpRequest) -> str:
    """Where the customer came from: an address of ours, else the list of their funds."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts=None, require_https=request.is_secure()
    ):
        return wanted
    return reverse("home")


urlpatterns = [
    path("transfers/whose", whose, name="travel-whose"),
    path("transfers/<uuid:uid>/answer", answer, name="travel-answer"),
    path("transfers/prove/<int:owner_id>", prove, name="travel-prove"),
]
