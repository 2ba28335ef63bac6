"""A customer's statement: every posting, in order, with true balances after each."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.test import Client

from exchange.core import clock
from exchange.ledger.queries import balances, statement
from exchange.trading.match import match
from tests import factories
from tests.factories.tampering import tamper
from tests.factories.trading import limit, trader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asleep")]


@pytest.fixture
def who():
    """Somebody who was funded, placed, traded in part, and has the rest still open."""
    market = factories.market("BTC_USDT")
    buyer, seller = trader(base="0", quote="1000"), trader(base="1", quote="0")
    limit(buyer, "buy", "5000", "0.1")
    limit(seller, "sell", "5000", "0.04")
    match(market_id=market.pk)
    return buyer


def test_every_posting_is_there_in_order_with_the_balances_after_it(who):
    lines = [
        (s.kind, s.asset, s.available_change, s.held_change, s.available_after, s.held_after)
        for s in statement(customer_id=who.pk)
    ]
    # The hold is 500 and the dearer fee of 0.2 %; the maker pays 0.1 % of 200.
    assert lines == [
        ("deposit", "USDT", D(1000), 0, 1000, 0),
        ("order_hold", "USDT", D(-501), D(501), 499, 501),
        ("trade", "USDT", D("0.2"), D("-200.4"), D("499.2"), D("300.6")),
        ("trade", "BTC", D("0.04"), 0, D("0.04"), 0),
    ]


def test_the_last_balances_are_those_that_the_account_shows(who):
    last = {s.asset: (s.available_after, s.held_after) for s in statement(customer_id=who.pk)}
    assert last == {b.asset: (b.available, b.held) for b in balances(customer_id=who.pk)}


def test_a_later_start_still_shows_true_balances(who):
    tamper(
        "UPDATE exchange_ledgerentry SET created_at = now() - interval '3 days'"
        " WHERE kind <> 'trade'"
    )
    lines = list(statement(customer_id=who.pk, since=clock.now() - timedelta(days=1)))
    assert [(s.kind, s.asset, s.available_after) for s in lines] == [
        ("trade", "USDT", D("499.2")),
        ("trade", "BTC", D("0.04")),
    ]


def test_an_end_leaves_out_what_came_after(who):
    tamper(
        "UPDATE exchange_ledgerentry SET created_at = now() - interval '3 days'"
        " WHERE kind <> 'trade'"
    )
    lines = list(statement(customer_id=who.pk, until=clock.now() - timedelta(days=1)))
    assert [s.kind for s in lines] == ["deposit", "order_hold"]


def test_nobody_elses_postings_are_in_it(who):
    stranger = factories.customer()
    assert list(statement(customer_id=stranger.pk)) == []


def test_the_export_says_the_same_in_plain_notation(who):
    client = Client()
    client.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/statement.csv")
    assert answer.status_code == 200
    text = b"".join(answer).decode("utf-8-sig")

    rows = list(csv.DictReader(io.StringIO(text)))

    assert [
        (r["kind"], r["asset"], r["available_change"], r["in_orders_change"], r["available_after"],
         r["in_orders_after"])
        for r in rows
    ] == [
        ("deposit", "USDT", "1000", "0", "1000", "0"),
        ("order_hold", "USDT", "-501", "501", "499", "501"),
        ("trade", "USDT", "0.2", "-200.4", "499.2", "300.6"),
        ("trade", "BTC", "0.04", "0", "0.04", "0"),
    ]  # fmt: skip
    assert sum(D(r["available_change"]) for r in rows if r["asset"] == "USDT") == D("499.2")
