"""The calendar of sales, a sale, and what one does there."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from exchange.accounts.actors import actor_of
from exchange.core.errors import NotFound, Refused
from exchange.core.money import ZERO
from exchange.portal.pages import action, customer_page, open_page, user_of
from launchpad.sales import commit as committing
from launchpad.sales import queries, release, tiers, withdraw
from launchpad.sales.errors import NotWithdrawable
from launchpad.sales.models import Sale
from launchpad.sales.web import context as told
from launchpad.sales.web.forms import CommitForm, RisksForm, StaysForm, shown

HISTORY = 50


@open_page
def calendar(request: HttpRequest) -> HttpResponseBase:
    """What can be bought now and soon, and what came of earlier sales."""
    groups = [
        (key, [told.row(sale) for sale in sales]) for key, sales in queries.calendar().items()
    ]
    customer = getattr(request.user, "customer", None)
    mine = queries.of_customer(customer.pk)[:HISTORY] if customer else []
    return render(
        request,
        "launchpad/sales/calendar.html",
        {"tab": "sales", "groups": dict(groups), "mine": [told.mine_row(each) for each in mine]},
    )


@open_page
def sale_page(request: HttpRequest, sale_id: int) -> HttpResponseBase:
    """One sale: to read, and for customers to join."""
    sale = public_sale(sale_id)
    customer = getattr(request.user, "customer", None)
    context = told.shown_sale(sale)
    if customer is not None:
        context |= told.own(sale, customer.pk)
    return render(request, "launchpad/sales/sale.html", context)


@customer_page
def commit(request: HttpRequest, sale_id: int) -> HttpResponseBase:
    """First everything once more, then, with the risks ticked, it is done."""
    sale = public_sale(sale_id)
    customer_id = user_of(request).customer.pk
    if request.method != "POST":
        return redirect("sale", sale_id)
    form, context = CommitForm(sale, request.POST), told.shown_sale(sale)
    confirming = "confirm" in request.POST
    risks = RisksForm(request.POST if confirming else None)
    if form.is_valid():
        total = form.cleaned_data["amount"]
        try:
            if confirming and risks.is_valid():
                _committed(request, sale, customer_id, total)
                return redirect("sale", sale_id)
            _refuse_early(sale, customer_id, total)
            before = queries.subscription(sale_id, customer_id)
            own = {"total": shown(total), "risks": risks, "given": request.POST["amount"]}
            own["before"] = shown(before.committed) if before and before.committed else ""
            own["tokens"] = told.tokens(sale, total)
            status = 422 if confirming else 200
            return render(
                request, "launchpad/sales/confirm.html", {**context, **own}, status=status
            )
        except Refused as refused:
            form.take(refused)
    context |= told.own(sale, customer_id, form)
    return render(request, "launchpad/sales/sale.html", context, status=422)


@customer_page
def take_back(request: HttpRequest, sale_id: int) -> HttpResponseBase:
    """Take a commitment back, or a part of it: a page that says what it means."""
    sale = public_sale(sale_id)
    customer_id = user_of(request).customer.pk
    mine = queries.subscription(sale_id, customer_id)
    if mine is None or not mine.committed:
        return redirect("sale", sale_id)
    form = StaysForm(sale, request.POST if request.method == "POST" else None)
    if form.is_valid():
        stays = form.cleaned_data["amount"]
        try:
            withdraw.withdraw(
                sale_id=sale_id, customer_id=customer_id, total=stays, actor=actor_of(request)
            )
        except NotWithdrawable as refused:
            messages.error(request, str(refused))
            return redirect("sale", sale_id)
        except Refused as refused:
            form.take(refused)
        else:
            free = _("%(amount)s %(quote)s are free in your account again.")
            amount = shown(max(mine.committed - stays, ZERO))
            messages.success(request, free % {"amount": amount, "quote": sale.quote.code})
            return redirect("sale", sale_id)
    own = {"committed": shown(mine.committed), "form": form}
    return render(
        request,
        "launchpad/sales/take_back.html",
        {**told.shown_sale(sale), **own},
        status=422 if form.errors else 200,
    )


@action
def claim(request: HttpRequest, sale_id: int) -> HttpResponseBase:
    """Move what is due into the account."""
    customer = getattr(request.user, "customer", None)
    if customer is None:
        return redirect("security")
    sale = public_sale(sale_id)
    try:
        amount = release.claim(sale_id=sale_id, customer_id=customer.pk, actor=actor_of(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        said = _("%(amount)s %(asset)s are in your account.")
        messages.success(request, said % {"amount": shown(amount), "asset": sale.asset.code})
    return redirect("sale", sale_id)


def public_sale(sale_id: int) -> Sale:
    try:
        return queries.public_sale(sale_id)
    except NotFound as unknown:
        raise Http404 from unknown


def _committed(request: HttpRequest, sale: Sale, customer_id: int, total: Decimal) -> None:
    committing.commit(
        sale_id=sale.pk,
        customer_id=customer_id,
        total=total,
        risks_accepted=True,
        actor=actor_of(request),
    )
    said = _("%(total)s %(quote)s are set aside for this sale. Nothing is paid yet.")
    messages.success(request, said % {"total": shown(total), "quote": sale.quote.code})


def _refuse_early(sale: Sale, customer_id: int, total: Decimal) -> None:
    """What can be said before the last step; the verb asks everything again."""
    standing = tiers.standing_of(sale, customer_id)
    if standing.refusal is not None:
        raise standing.refusal
    committing.refuse_amount(sale, total, standing.most)
    mine = queries.subscription(sale.pk, customer_id)
    if mine is not None and mine.committed:
        committing.refuse_change(sale, mine, total)
