"""Everything that came in and went out, as a page and as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from exchange.core.money import grouped, plain
from exchange.portal.downloads import csv_download
from exchange.portal.pages import customer_page, user_of
from wallets.history import queries
from wallets.history.queries import DEPOSIT, WITHDRAW, Choice, Movement

PAGE = 50
VIEWS = {"all": [DEPOSIT, WITHDRAW], "in": [DEPOSIT], "out": [WITHDRAW]}
TABS = [("all", _("All")), ("in", _("Deposits")), ("out", _("Withdrawals"))]
COLUMNS = [
    "number", "kind", "time_utc", "asset", "network", "amount", "fee", "state", "address", "memo",
    "transaction",
]  # fmt: skip


@customer_page
def history(request: HttpRequest) -> HttpResponse:
    """Deposits and withdrawals, newest first; ?before= continues where a page ended."""
    view = request.GET.get("view", "all")
    view = view if view in VIEWS else "all"
    rows = queries.of_customer(
        customer_id=user_of(request).customer.pk,
        kinds=VIEWS[view],
        choice=Choice(until=_moment(request.GET.get("before", "")), limit=PAGE),
    )
    older = ""
    if len(rows) == PAGE:
        older = "?" + urlencode([("view", view), ("before", queries.before(rows[-1]).isoformat())])
    context = {
        "view": view,
        "tabs": TABS,
        "rows": [{**row._asdict(), "shown": f"{grouped(row.amount)} {row.asset}"} for row in rows],
        "older": older,
    }
    return render(request, "wallets/history/history.html", context)


@customer_page
def as_csv(request: HttpRequest) -> HttpResponseBase:
    """All of it, newest first, streamed page by page."""
    customer_id = user_of(request).customer.pk
    return csv_download(
        name="holdfast-deposits-and-withdrawals.csv",
        columns=COLUMNS,
        rows=(_cells(row) for row in _all(customer_id)),
    )


def _all(customer_id: int) -> Iterator[Movement]:
    choice = Choice(limit=queries.MOST_ROWS)
    while True:
        rows = queries.of_customer(customer_id=customer_id, kinds=VIEWS["all"], choice=choice)
        yield from rows
        if len(rows) < queries.MOST_ROWS:
            return
        choice = Choice(limit=queries.MOST_ROWS, until=queries.before(rows[-1]))


def _cells(row: Movement) -> list[object]:
    return [
        row.number, row.kind, row.at.isoformat(), row.asset, row.network, plain(row.amount),
        plain(row.fee), row.state, row.address, row.memo, row.txid,
    ]  # fmt: skip


def _moment(text: str) -> datetime | None:
    """A time as `isoformat` writes it; None for what is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


urlpatterns = [
    path("funds/history", history, name="funds-history"),
    path("funds/history.csv", as_csv, name="funds-history-csv"),
]
