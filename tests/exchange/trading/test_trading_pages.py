"""What the trading pages answer: refusals that say enough, nobody else's orders, every row once."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from exchange.accounts.models import Customer
from exchange.audit.switches import throw_switch
from exchange.markets import queries as markets
from exchange.trading import archive, queries
from exchange.trading.archive import Choice
from exchange.trading.check import NewOrder
from exchange.trading.match import match
from exchange.trading.place import place, place_many
from tests import factories

pytestmark = pytest.mark.django_db
SYMBOL = "KELP_USDT"


@pytest.fixture
def kelp() -> Any:
    market = factories.market(SYMBOL)
    markets.forget_lists()
    yield market
    markets.forget_lists()


@pytest.fixture
def holder(kelp: Any) -> Customer:
    holder = factories.customer()
    factories.fund(holder, "USDT", "1000")
    factories.fund(holder, "KELP", "10")
    return holder


@pytest.fixture
def browser(holder: Customer, client: Client) -> Client:
    return as_customer(holder, client)


def as_customer(holder: Customer, client: Client) -> Client:
    assert holder.user is not None
    client.force_login(holder.user)
    session = client.session
    holder.user.login_devices.create(
        session_key=str(session.session_key), fingerprint="test", user_agent="test", ip="127.0.0.1"
    )
    return client


def post(client: Client, address: str, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = client.post(address, json.dumps(body), content_type="application/json")
    return answer.status_code, answer.json()


def an_order(
    holder: Customer, *, side: str = "buy", price: str = "90", size: str = "1"
) -> NewOrder:
    return NewOrder(
        customer_id=holder.pk,
        symbol=SYMBOL,
        side=side,
        kind="limit",
        price=Decimal(price),
        size=Decimal(size),
    )


LIMIT = {"symbol": SYMBOL, "side": "buy", "kind": "limit", "price": "90", "size": "1"}


def test_an_order_is_placed_and_its_funds_are_held(browser: Client, holder: Customer) -> None:
    status, told = post(browser, "/orders/place", **LIMIT, client_order_id="w-1")

    assert status == 200
    assert queries.order(customer_id=holder.pk, client_order_id="w-1").order_id == int(told["id"])
    assert factories.held(holder, "USDT") == Decimal("90.18")


@pytest.mark.parametrize(
    ("change", "code", "field", "said"),
    [
        ({"size": "0.01"}, "below_minimum", "notional", "worth at least 5"),
        ({"size": "0.000001"}, "too_precise", "size", "at most 5 digits"),
        ({"size": "5000"}, "above_maximum", "size", "at most 1000"),
        ({"price": "90.001"}, "too_precise", "price", "at most 2 digits"),
        ({"size": "12"}, "insufficient_funds", "size", "you have 1000"),
        ({"size": "-1"}, "invalid", "size", "greater than zero"),
        ({"size": None}, "invalid", "size", "greater than zero"),
        ({"symbol": "NO_SUCH"}, "unknown_market", "symbol", "no such market"),
        ({"kind": "stop"}, "invalid", "type", "must be one of"),
        ({"symbol": "KELP\x00"}, "invalid", "symbol", "cannot be read"),
        ({"client_order_id": "\ud800"}, "invalid", "client_order_id", "cannot be read"),
    ],
)
def test_a_refusal_names_field_and_limit_and_moves_nothing(
    browser: Client, holder: Customer, change: dict[str, Any], code: str, field: str, said: str
) -> None:
    status, told = post(browser, "/orders/place", **{**LIMIT, **change})

    assert (status // 100, told["code"], told["field"]) == (4, code, field)
    assert said in told["message"]
    assert factories.held(holder, "USDT") == 0


def test_the_same_client_order_id_places_one_order(browser: Client, holder: Customer) -> None:
    post(browser, "/orders/place", **LIMIT, client_order_id="w-1")
    status, told = post(browser, "/orders/place", **LIMIT, client_order_id="w-1")

    assert (status, told["code"]) == (400, "duplicate_client_order_id")
    assert len(queries.open_orders(customer_id=holder.pk)) == 1


def test_a_refusal_speaks_the_customers_language(browser: Client) -> None:
    browser.cookies["django_language"] = "de"
    _, told = post(browser, "/orders/place", **{**LIMIT, "size": "12"})

    assert told["message"].startswith("Ihr verfügbares Guthaben")


def test_a_paused_exchange_says_why_and_takes_no_order(browser: Client, holder: Customer) -> None:
    throw_switch(
        name="trading",
        close=True,
        actor=factories.SYSTEM,
        reason="theft",
        customer_message="Back soon.",
    )
    status, told = post(browser, "/orders/place", **LIMIT)

    assert (status, told["code"]) == (503, "switched_off")
    assert "Back soon." in told["message"]
    assert "Back soon." in browser.get(f"/trade/{SYMBOL}").content.decode()
    assert factories.held(holder, "USDT") == 0


@pytest.mark.parametrize(
    "address",
    ["/orders/place", "/orders/1/cancel", "/orders/cancel-all", "/orders/stream-token"],
)
def test_nobody_acts_without_a_login_a_token_or_a_post(
    holder: Customer, client: Client, address: str
) -> None:
    assert post(client, address)[0] == 401
    assert client.get(address).status_code == 405
    strict = as_customer(holder, Client(enforce_csrf_checks=True))
    answer = strict.post(address, "{}", content_type="application/json")
    assert answer.status_code == 403


def test_another_customers_order_cannot_be_seen_or_cancelled(
    browser: Client, holder: Customer
) -> None:
    stranger = factories.customer()
    factories.fund(stranger, "USDT", "1000")
    order_id = place(order=an_order(stranger), actor=factories.SYSTEM)
    status, told = post(browser, f"/orders/{order_id}/cancel")

    assert (status, told["code"]) == (404, "order_not_found")
    assert browser.get("/orders/mine.json").json()["open"] == []
    assert f"/orders/{order_id}/cancel" not in browser.get("/orders").content.decode()
    assert queries.order(customer_id=stranger.pk, order_id=order_id).is_open


def test_staff_without_an_account_are_told_so(client: Client, kelp: Any) -> None:
    user = factories.user(is_staff=True)
    client.force_login(user)
    user.login_devices.create(
        session_key=str(client.session.session_key), fingerprint="t", user_agent="t", ip="127.0.0.1"
    )

    assert post(client, "/orders/place", **LIMIT)[1]["code"] == "permission"
    assert "Staff accounts do not trade." in client.get(f"/trade/{SYMBOL}").content.decode()
    assert client.get("/orders").status_code == 302


def test_other_spellings_of_a_market_lead_to_it_and_unknown_ones_nowhere(
    client: Client, kelp: Any
) -> None:
    assert client.get("/trade/kelp-usdt")["Location"] == f"/trade/{SYMBOL}"
    assert client.get("/trade/NO_SUCH").status_code == 404


def traded(holder: Customer, kelp: Any) -> None:
    """Seven resting orders of the holder, five of which somebody buys."""
    other = factories.customer()
    factories.fund(other, "USDT", "100000")
    sells = [an_order(holder, side="sell", price=f"10{n}") for n in range(7)]
    place_many(orders=sells, actor=factories.SYSTEM)
    place(order=an_order(other, price="104", size="5"), actor=factories.SYSTEM)
    match(market_id=kelp.pk)


def test_pages_of_the_archive_show_every_order_once(holder: Customer, kelp: Any) -> None:
    traded(holder, kelp)
    seen: list[int] = []
    before = None
    while rows := archive.orders(customer_id=holder.pk, choice=Choice(before=before), limit=3):
        seen += [row.order_id for row in rows]
        before = rows[-1].order_id

    assert len(seen) == 7
    assert seen == sorted(set(seen), reverse=True)
    filled = archive.orders(customer_id=holder.pk, choice=Choice(states=("filled",)))
    assert [row.price for row in filled] == [104, 103, 102, 101, 100]


def test_a_trade_with_oneself_is_two_fills_even_across_pages(holder: Customer, kelp: Any) -> None:
    fills = [
        NewOrder(
            customer_id=holder.pk, symbol=SYMBOL, side=side, kind="limit", stp="none",
            price=Decimal(100), size=Decimal(1),
        )
        for _ in range(3)
        for side in ("sell", "buy")
    ]  # fmt: skip
    place_many(orders=fills, actor=factories.SYSTEM)
    match(market_id=kelp.pk)
    found = []
    before = None
    while rows := archive.fills(customer_id=holder.pk, choice=Choice(before=before), limit=1):
        found += rows
        before = rows[-1].trade_id

    assert len(found) == 6
    assert sorted(row.role for row in found) == ["maker"] * 3 + ["taker"] * 3
    assert len(archive.fills(customer_id=holder.pk, choice=Choice(side="buy"))) == 3


def lines(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer["Content-Disposition"].startswith("attachment")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_the_files_hold_every_row_with_exact_amounts(
    browser: Client, holder: Customer, kelp: Any
) -> None:
    traded(holder, kelp)
    orders, trades = lines(browser, "/orders.csv"), lines(browser, "/trades.csv")

    assert [row["state"] for row in orders] == ["new"] * 2 + ["filled"] * 5
    assert orders[-1]["price"] == "100"
    assert [row["value"] for row in trades] == ["104", "103", "102", "101", "100"]
    assert {row["role"] for row in trades} == {"maker"}
    assert sum(Decimal(row["fee"]) for row in trades) == Decimal("0.51")
    assert lines(browser, "/orders.csv?side=buy") == []
    assert len(lines(browser, "/orders.csv?symbol=kelp")) == 7
    assert lines(browser, "/orders.csv?symbol=USDT") == []
    assert lines(browser, "/trades.csv?until=2020-01-01") == []


def test_the_archives_chunks_meet_without_a_gap(
    holder: Customer, kelp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    traded(holder, kelp)
    monkeypatch.setattr(archive, "CHUNK", 2)

    assert len(list(archive.all_orders(customer_id=holder.pk, choice=Choice()))) == 7
    assert len(list(archive.all_fills(customer_id=holder.pk, choice=Choice()))) == 5


@pytest.mark.parametrize(
    "query", ["before=x", "since=2026-99-99", "until=9999-12-31", "view=%00", "symbol=%00'"]
)
def test_an_address_that_makes_no_sense_is_still_a_page(browser: Client, query: str) -> None:
    assert browser.get(f"/orders?{query}").status_code == 200
