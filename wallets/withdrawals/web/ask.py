"""Withdraw: which coin, which way, how much; then everything once more, and the code."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from compliance.travel_rule import questions
from compliance.travel_rule.questions import About
from exchange.accounts import second_factor
from exchange.accounts.actors import actor_of
from exchange.accounts.models import Customer, LoginDevice
from exchange.assets.models import AssetNetwork
from exchange.core.errors import Invalid, Refused
from exchange.core.foreign import amount_of
from exchange.core.money import grouped, plain
from exchange.ledger import queries as ledger
from exchange.portal.pages import customer_page, user_of
from wallets.addresses import book_rules
from wallets.withdrawals import drafts, queries, recipients, request
from wallets.withdrawals.models import Withdrawal
from wallets.withdrawals.request import NewWithdrawal
from wallets.withdrawals.web import forms

SHOWN = 5


@customer_page
def choose_coin(asked: HttpRequest) -> HttpResponse:
    """Step one: which coin. Only what the customer has; below it, what is on its way."""
    customer_id = user_of(asked).customer.pk
    coins = [
        {"code": b.asset, "name": b.name, "available": grouped(b.available)}
        for b in ledger.balances(customer_id=customer_id)
        if b.available
    ]
    recent = queries.of_customer(customer_id=customer_id, limit=SHOWN)
    context = {"coins": coins, "step": 1, "recent": recent, "guarded": _guarded(asked)}
    return render(asked, "wallets/withdrawals/coin.html", context)


@customer_page
def choose_way(asked: HttpRequest, asset: str) -> HttpResponse:
    """Step two: over which network, or to another customer, and what each costs."""
    customer_id = user_of(asked).customer.pk
    quotes = [queries.quote(customer_id=customer_id, row=row) for row in queries.networks_of(asset)]
    balance = next(
        (b for b in ledger.balances(customer_id=customer_id, with_empty=True) if b.asset == asset),
        None,
    )
    if balance is None and not quotes:
        raise Http404
    context = {
        "asset": asset,
        "step": 2,
        "available": grouped(balance.available) if balance else "0",
        "ways": [_shown(quote) for quote in quotes],
        "guarded": _guarded(asked),
    }
    return render(asked, "wallets/withdrawals/way.html", context)


@customer_page
def to_address(asked: HttpRequest, asset: str, network: str) -> HttpResponse:
    """Step three: to which address, and how much."""
    row = next((r for r in queries.networks_of(asset) if r.network.code == network), None)
    if row is None:
        raise Http404
    customer_id = user_of(asked).customer.pk
    quote = queries.quote(customer_id=customer_id, row=row)
    form = forms.ToAddress(
        asked.POST or None, entries=_entries(customer_id, row), memo_name=quote.memo_name
    )
    if form.is_valid():
        address, memo = form.where()
        answer = _to_confirmation(
            asked, form, asset=asset, network=network, address=address, memo=memo
        )
        if answer is not None:
            return answer
    context = {
        "form": form,
        "step": 3,
        "asset": asset,
        "way": _shown(quote),
        "policy": book_rules.policy(customer_id=customer_id),
        "guarded": _guarded(asked),
    }
    return render(asked, "wallets/withdrawals/address.html", context)


@customer_page
def to_customer(asked: HttpRequest, asset: str) -> HttpResponse:
    """Step three, without a chain: to whom, and how much."""
    customer_id = user_of(asked).customer.pk
    balance = next((b for b in ledger.balances(customer_id=customer_id) if b.asset == asset), None)
    if balance is None:
        raise Http404
    form = forms.ToCustomer(asked.POST or None)
    if form.is_valid():
        try:
            recipients.spend_a_try(customer_id)
        except Refused as refused:
            form.take(refused)
        else:
            answer = _to_confirmation(
                asked, form, asset=asset, recipient=form.cleaned_data["recipient"]
            )
            if answer is not None:
                return answer
    context = {
        "form": form,
        "step": 3,
        "asset": asset,
        "available": grouped(balance.available),
        "guarded": _guarded(asked),
    }
    return render(asked, "wallets/withdrawals/customer.html", context)


@customer_page
def confirm(asked: HttpRequest) -> HttpResponse:
    """Step four: what stands here, and only that, is confirmed by the code."""
    customer_id = user_of(asked).customer.pk
    if asked.method != "POST":
        return redirect("withdraw")
    token = asked.POST.get("draft", "")
    form = forms.Confirm(asked.POST)
    try:
        new = drafts.read(token, customer_id=customer_id)
    except Invalid as stale:
        messages.error(asked, str(stale))
        return redirect("withdraw")
    if form.is_valid():
        try:
            made = request.request(
                new=new,
                actor=actor_of(asked),
                code=form.cleaned_data["code"],
                device_id=_device_of(asked),
            )
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(asked, _told(made))
            return redirect("withdrawals")
    return _confirmation(asked, new, token, form)


def _to_confirmation(asked: HttpRequest, form: forms.Form, **fields: str) -> HttpResponse | None:
    """The confirmation page; None, with the refusal on the form, when it can't be."""
    try:
        new = NewWithdrawal(
            customer_id=user_of(asked).customer.pk,
            amount=_written(form.cleaned_data["amount"]),
            request_no=drafts.new_request_no(),
            **fields,
        )
        seen = request.preview(new=new, actor=actor_of(asked), device_id=_device_of(asked))
    except Refused as refused:
        form.take(refused)
        return None
    if seen.asks == "owner":
        return redirect(_whose(new, seen))
    return _confirmation(asked, new, drafts.sign(new), forms.Confirm())


def _whose(new: NewWithdrawal, seen: request.Preview) -> str:
    """The page that asks who receives it; from there it goes on to the confirmation."""
    about = About(
        customer_id=Customer.objects.get(pk=new.customer_id).self_trade_id,
        network=new.network,
        key=seen.where.key,
        memo=seen.where.memo,
        shown=seen.where.address,
        what=f"{plain(seen.amount)} {seen.where.asset.code}",
        incoming=False,
    )
    goes_on = f"{reverse('withdraw-review')}?{urlencode({'draft': drafts.sign(new)})}"
    query = urlencode({"q": questions.sign(about), "next": goes_on})
    return f"{reverse('travel-whose')}?{query}"


@customer_page
def review(asked: HttpRequest) -> HttpResponse:
    """Back from a question, with the draft in the address: everything once more, and the code."""
    token = asked.GET.get("draft", "")
    try:
        new = drafts.read(token, customer_id=user_of(asked).customer.pk)
    except Invalid as stale:
        messages.error(asked, str(stale))
        return redirect("withdraw")
    return _confirmation(asked, new, token, forms.Confirm())


def _confirmation(
    asked: HttpRequest, new: NewWithdrawal, token: str, form: forms.Confirm
) -> HttpResponse:
    try:
        shown = request.preview(new=new, actor=actor_of(asked), device_id=_device_of(asked))
    except Refused as refused:
        messages.error(asked, str(refused))
        return redirect("withdraw")
    row = shown.where.asset_network
    context = {
        "form": form,
        "step": 4,
        "draft": token,
        "asset": shown.where.asset.code,
        "amount": grouped(shown.amount),
        "fee": grouped(shown.fee),
        "total": grouped(shown.total),
        "network": row.network.name if row is not None else "",
        "network_code": row.network.code if row is not None else "",
        "groups": _groups(shown.where.address),
        "memo": shown.where.memo,
        "recipient": new.recipient,
        "waits": shown.waits,
        "asks": shown.asks,
        "guarded": _guarded(asked),
    }
    return render(asked, "wallets/withdrawals/confirm.html", context)


def _written(text: str) -> Decimal:
    """An amount as people write it. Raises Invalid."""
    amount = amount_of(text)
    if amount is None:
        raise Invalid(_("Write an amount such as 0.25."), field="amount")
    return amount


def _told(made: Withdrawal) -> str:
    if made.state == "held":
        return _("Received. A person looks at it before it is sent; we write to you.")
    if made.state == "confirmed":
        return _("Done. The other customer has it already.")
    return _("Received. It is sent within a minute; until it is signed you can cancel it.")


def _groups(address: str) -> list[str]:
    """In fours, which is how people compare."""
    return [address[i : i + 4] for i in range(0, len(address), 4)]


def _guarded(asked: HttpRequest) -> bool:
    """Without an authenticator app nothing can be withdrawn: say so before anybody types."""
    return second_factor.is_on(user_id=user_of(asked).pk)


def _device_of(asked: HttpRequest) -> int | None:
    """The browser that asks; 0 for one that nobody knows."""
    found = LoginDevice.objects.filter(
        user_id=user_of(asked).pk, session_key=asked.session.session_key or "-"
    )
    return found.values_list("pk", flat=True).first() or 0


def _entries(customer_id: int, row: AssetNetwork) -> list[Any]:
    return [
        entry
        for entry in book_rules.entries(customer_id=customer_id)
        if entry.network_id == row.network_id
    ]


def _shown(quote: queries.Quote) -> dict[str, Any]:
    left = quote.left_today
    return {
        "network": quote.network,
        "network_name": quote.network_name,
        "available": grouped(quote.available),
        "fee": plain(quote.fee),
        "least": plain(quote.least),
        "most": plain(quote.most),
        "most_shown": grouped(quote.most),
        "precision": quote.precision,
        "left_today": grouped(left) if left is not None else "",
        "left_today_usdt": f"{quote.left_today_usdt:,.0f}",
        "enough": quote.most >= quote.least,
    }
