"""Earn: what there is, what it pays and what can be lost; my positions; the way in and out."""

from __future__ import annotations

import secrets
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.core import clock
from exchange.core.errors import Invalid, NotFound, Refused
from exchange.core.money import ZERO, grouped, plain
from exchange.portal.forms import Form
from exchange.portal.pages import action, customer_page, open_page, user_of
from launchpad.earn import queries, redeem, subscribe
from launchpad.earn.keep import REQUEST_NO
from launchpad.earn.models import Product
from launchpad.earn.project import project
from launchpad.earn.web import shown

AMOUNT = {"inputmode": "decimal", "autocomplete": "off", "spellcheck": "false"}
CHOICES = (7, 30, 90, 365)


class PutIn(Form):
    amount = forms.CharField(
        label=gettext_lazy("Amount"), max_length=60, widget=forms.TextInput(attrs=AMOUNT)
    )
    compound = forms.BooleanField(
        label=gettext_lazy("Let the interest stay and earn too"), required=False
    )
    agreed = forms.BooleanField(
        label=gettext_lazy("I have read the terms and what can be lost"), required=True
    )


class TakeOut(Form):
    amount = forms.CharField(
        label=gettext_lazy("Amount"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs=AMOUNT),
        help_text=gettext_lazy("Leave it empty to take out everything."),
    )


@open_page
def home(request: HttpRequest) -> HttpResponse:
    """Every product, in plain words; above it, what the visitor has in them."""
    customer = getattr(request.user, "customer", None)
    held = queries.positions(customer_id=customer.pk) if customer is not None else []
    context = {
        "groups": shown.by_kind(queries.offers()),
        "held": shown.shown_positions(held[:3]),
        "more": max(len(held) - 3, 0),
    }
    return render(request, "launchpad/earn/home.html", context)


@open_page
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """One product: what it is, its terms, a calculator, and the form. What is sent is shown once
    more before anything moves."""
    offer = _offer(slug)
    customer = getattr(request.user, "customer", None)
    form = PutIn(request.POST or None)
    if offer.product.pays_at_end or offer.product.earns == Product.Earns.POINTS:
        del form.fields["compound"]
    if offer.product.earns == Product.Earns.POINTS:
        del form.fields["amount"]
    if request.method == "POST" and customer is None:
        return redirect(f"/login?next={request.path}")
    if form.is_valid() and customer is not None:
        answer = _put_in(request, offer, form, customer.pk)
        if answer is not None:
            return answer
    context = {
        **shown.product_context(offer),
        "form": form,
        "calculated": shown.calculated(offer, request),
        "choices": CHOICES,
        "available": shown.available(customer, offer) if customer is not None else None,
        "arrivals": [
            {"each": each, "amount": grouped(each.amount)}
            for each in queries.arrivals_of(offer.product, limit=10)
        ],
    }
    return render(request, "launchpad/earn/product.html", context)


def _put_in(
    request: HttpRequest, offer: queries.Offer, form: PutIn, customer_id: int
) -> HttpResponse | None:
    """The confirmation; then, confirmed, the verb. None with the refusal on the form."""
    request_no = request.POST.get("request_no", "")
    try:
        amount = shown.written(form.cleaned_data["amount"]) if "amount" in form.fields else ZERO
        if not REQUEST_NO.fullmatch(request_no):
            return _confirmation(request, offer, form, amount)
        made = subscribe.subscribe(
            customer_id=customer_id,
            slug=offer.product.slug,
            amount=amount,
            terms_version=int(request.POST.get("terms", "0") or 0),
            compound=form.cleaned_data.get("compound", False),
            request_no=request_no,
            actor=actor_of(request),
        )
    except (Refused, ValueError) as refused:
        form.take(refused if isinstance(refused, Refused) else Invalid(_("Please look again.")))
        return None
    words = {"product": offer.product.name, "day": made.earns_from.isoformat()}
    messages.success(request, _("Done: %(product)s counts from %(day)s.") % words)
    return redirect("earn-position", position_id=made.pk)


def _confirmation(
    request: HttpRequest, offer: queries.Offer, form: PutIn, amount: Decimal
) -> HttpResponse:
    begins = subscribe.earns_from(offer.product, clock.now())
    lock = offer.product.lock_days
    compound = form.cleaned_data.get("compound", False)
    projection = project(
        product=offer.product,
        terms=offer.terms,
        amount=amount,
        days=lock or 365,
        compound=compound,
    )
    context = {
        **shown.product_context(offer),
        "amount": plain(amount),
        "amount_shown": grouped(amount),
        "compound": compound,
        "request_no": secrets.token_hex(12),
        "begins": begins,
        "ends": begins + timedelta(days=lock) if lock else None,
        "projection": shown.projected(projection)
        if offer.product.earns == Product.Earns.RATE
        else None,
    }
    return render(request, "launchpad/earn/confirm.html", context)


@customer_page
def positions(request: HttpRequest) -> HttpResponse:
    """All positions, what is on its way out with its date, and what was asked for."""
    customer_id = user_of(request).customer.pk
    everything = queries.positions(customer_id=customer_id, with_closed=True)
    rows = shown.shown_positions(everything)
    context = {
        "open": [each for each in rows if each["state"] == "open"],
        "leaving": [each for each in rows if each["state"] == "unbonding"],
        "closed": [each for each in rows if each["state"] == "closed"],
        "requests": [
            {"each": each, "amount": grouped(each.amount)}
            for each in queries.requests(customer_id=customer_id, limit=30)
        ],
    }
    return render(request, "launchpad/earn/positions.html", context)


@customer_page
def position(request: HttpRequest, position_id: int) -> HttpResponse:
    """One position: interest so far, what taking it out means now, its history."""
    held = _held(request, position_id)
    form = TakeOut(request.POST or None)
    leaving = None
    if form.is_valid():
        answer, leaving = _take_out(request, held, form)
        if answer is not None:
            return answer
    elif held.position.state == "open":
        leaving = _leaving(held, None)
    context = {
        "held": shown.shown_positions([held])[0],
        "product": held.position.product,
        "form": form,
        "leaving": leaving,
        "asked": plain(leaving["amount"]) if leaving and request.method == "POST" else "",
        "request_no": secrets.token_hex(12),
        "history": [
            {"at": each.at, "kind": each.kind, "amount": grouped(each.amount)}
            for each in queries.history(
                customer_id=held.position.customer_id, position_id=position_id
            )
        ],
    }
    return render(request, "launchpad/earn/position.html", context)


def _take_out(
    request: HttpRequest, held: queries.Held, form: TakeOut
) -> tuple[HttpResponse | None, dict[str, Any] | None]:
    request_no = request.POST.get("request_no", "")
    text = form.cleaned_data["amount"]
    try:
        amount = shown.written(text) if text.strip() else None
        if not REQUEST_NO.fullmatch(request_no):
            product = held.position.product
            found = redeem.what_happens(product=product, position=held.position, amount=amount)
            return None, shown.shown_leaving(found)
        out = redeem.redeem(
            customer_id=held.position.customer_id,
            position_id=held.position.pk,
            amount=amount,
            request_no=request_no,
            accept_loss=request.POST.get("accept_loss") == "yes",
            actor=actor_of(request),
        )
    except Refused as refused:
        form.take(refused)
        return None, None
    if out.state == "unbonding":
        said = _("It is on its way out, and in your spot account on %(day)s.")
        messages.success(request, said % {"day": f"{out.free_at:%Y-%m-%d %H:%M} UTC"})
    else:
        messages.success(request, _("Done. It is in your spot account."))
    return redirect("earn-positions"), None


def _leaving(held: queries.Held, amount: Decimal | None) -> dict[str, Any] | None:
    try:
        found = redeem.what_happens(
            product=held.position.product, position=held.position, amount=amount
        )
    except Refused as refused:
        return {"refused": str(refused)}
    return shown.shown_leaving(found)


@action
def compound(request: HttpRequest, position_id: int) -> HttpResponse:
    """Let interest stay, or not."""
    held = _held(request, position_id)
    try:
        redeem.set_compound(
            customer_id=held.position.customer_id,
            position_id=position_id,
            compound=request.POST.get("compound") == "yes",
            actor=actor_of(request),
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Done. It holds from the next payment on."))
    return redirect("earn-position", position_id=position_id)


def _held(request: HttpRequest, position_id: int) -> queries.Held:
    customer = getattr(request.user, "customer", None)
    if customer is None:
        raise Http404
    try:
        return queries.position(customer_id=customer.pk, position_id=position_id)
    except NotFound as missing:
        raise Http404 from missing


def _offer(slug: str) -> queries.Offer:
    try:
        return queries.offer(slug)
    except NotFound as missing:
        raise Http404 from missing
