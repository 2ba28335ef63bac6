"""What a customer owns: balances, and every movement of them as CSV."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from exchange.accounts.actors import actor_of
from exchange.core.money import plain
from exchange.ledger import queries
from exchange.ledger.queries import StatementLine
from exchange.portal.downloads import asked_day, csv_download

COLUMNS = [
    "posting", "time_utc", "kind", "reference", "asset", "available_change", "in_orders_change",
    "available_after", "in_orders_after",
]  # fmt: skip


@never_cache
@ensure_csrf_cookie
@login_required
@require_safe
def balances(request: HttpRequest) -> HttpResponse:
    """Every balance. The page's script values them by the live tickers, which this room has not."""
    customer_id = actor_of(request).customer_id
    if customer_id is None:  # staff hold nothing
        return redirect("security")
    rows = [
        {
            "asset": row.asset,
            "name": row.name,
            "available": plain(row.available),
            "held": plain(row.held),
            "total": plain(row.total),
        }
        for row in queries.balances(customer_id=customer_id)
    ]
    return render(request, "exchange/balances/balances.html", {"rows": rows})


@login_required
@require_safe
def statement(request: HttpRequest) -> HttpResponseBase:
    """Every posting of the customer, oldest first. ?since= and ?until= are days in UTC."""
    customer_id = actor_of(request).customer_id
    if customer_id is None:
        return redirect("security")
    until = asked_day(request, "until")
    lines = queries.statement(
        customer_id=customer_id,
        since=asked_day(request, "since"),
        until=until + timedelta(days=1) if until else None,
    )
    return csv_download(
        name="holdfast-statement.csv", columns=COLUMNS, rows=(_cells(line) for line in lines)
    )


def _cells(line: StatementLine) -> list[object]:
    return [
        line.posting_id,
        line.at.isoformat(),
        line.kind,
        line.reference,
        line.asset,
        plain(line.available_change),
        plain(line.held_change),
        plain(line.available_after),
        plain(line.held_after),
    ]


urlpatterns = [
    path("balances", balances, name="balances"),
    path("statement.csv", statement, name="statement"),
]
