"""The customer's withdrawals: live while something moves, and cancelled from here."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from compliance.travel_rule import outgoing
from exchange.accounts.actors import actor_of
from exchange.core.errors import NotFound, Refused
from exchange.core.foreign import whole_of
from exchange.core.money import grouped
from exchange.portal.pages import action, customer_page, user_of
from wallets.withdrawals import cancel, queries, travel, words
from wallets.withdrawals.states import State

A_PAGE = 20


@customer_page
def listing(asked: HttpRequest) -> HttpResponse:
    """Newest first. ?part=rows answers the rows alone, for the script that keeps them fresh."""
    before = asked.GET.get("before", "")
    rows = queries.of_customer(
        customer_id=user_of(asked).customer.pk,
        before_id=whole_of(before),
        limit=A_PAGE + 1,
    )
    held = [travel.transfer_of(row.id) for row in rows if row.state == State.HELD]
    asked_about = outgoing.asked(held) if held else {}
    shown = [
        {
            "row": row,
            "words": words.of(row),
            "amount": grouped(row.amount),
            "fee": grouped(row.fee),
            "to": row.address or row.recipient,
            "asked": asked_about.get(travel.transfer_of(row.id), ""),
        }
        for row in rows[:A_PAGE]
    ]
    context = {
        "rows": shown,
        "here": asked.path,
        "older": rows[A_PAGE - 1].id if len(rows) > A_PAGE else None,
    }
    part = asked.GET.get("part") == "rows"
    name = "rows" if part else "list"
    return render(asked, f"wallets/withdrawals/{name}.html", context)


@action
def cancel_one(asked: HttpRequest, withdrawal_id: int) -> HttpResponse:
    customer = getattr(asked.user, "customer", None)
    if (
        customer is None
        or queries.one(customer_id=customer.pk, withdrawal_id=withdrawal_id) is None
    ):
        raise Http404
    try:
        cancel.cancel(withdrawal_id=withdrawal_id, actor=actor_of(asked))
    except NotFound as unknown:
        raise Http404 from unknown
    except Refused as refused:
        messages.error(asked, str(refused))
    else:
        messages.success(asked, _("Cancelled. The amount and the fee are available again."))
    return redirect("withdrawals")
