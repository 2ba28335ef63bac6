"""Order books: as fresh as the last commit, with Valkey or without it."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange.core.actors import system
from exchange.markets import publish, queries
from exchange.trading.check import NewOrder
from exchange.trading.match import match
from exchange.trading.place import place
from exchange.trading.republish import republish_missing
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def btc():
    publish.valkey().flushdb()
    queries.forget_lists()
    yield factories.market("BTC_USDT")
    queries.forget_lists()


@pytest.fixture
def seller(btc):
    who = factories.customer()
    factories.fund(who, "BTC", "10")
    return who


def offer(seller, price: str, size: str) -> None:
    place(
        order=NewOrder(
            customer_id=seller.pk,
            symbol="BTC_USDT",
            side="sell",
            kind="limit",
            price=D(price),
            size=D(size),
        ),
        actor=system("tests"),
    )


def test_the_book_adds_up_orders_by_price(btc, seller):
    for price, size in (("101", "1"), ("100", "1"), ("101", "0.5")):
        offer(seller, price, size)
    match(market_id=btc.pk)
    assert queries.book("BTC_USDT").asks == [(D(100), D(1)), (D(101), D("1.5"))]


def test_the_book_is_the_same_when_valkey_has_lost_it(btc, seller):
    offer(seller, "100", "1")
    match(market_id=btc.pk)
    published = queries.book("BTC_USDT")
    publish.valkey().flushdb()
    assert queries.book("BTC_USDT").asks == published.asks


def test_a_published_book_older_than_the_last_batch_is_not_believed(btc, seller):
    offer(seller, "100", "1")
    match(market_id=btc.pk)
    stale = publish.valkey().get("md:last:BTC_USDT")
    offer(seller, "99", "1")
    match(market_id=btc.pk)
    publish.valkey().set("md:last:BTC_USDT", stale)  # the second publication was lost
    assert queries.book("BTC_USDT").asks[0] == (D(99), D(1))


def test_an_order_that_still_waits_for_the_matcher_is_not_in_the_book(btc, seller):
    offer(seller, "100", "1")
    assert queries.book("BTC_USDT").asks == []


def test_valkey_gets_back_what_it_lost(btc, seller):
    offer(seller, "100", "1")
    match(market_id=btc.pk)
    assert republish_missing() == 0
    publish.valkey().flushdb()
    assert republish_missing() == 1
    assert queries.book("BTC_USDT").asks == [(D(100), D(1))]
    assert publish.valkey().sismember("md:symbols", "BTC_USDT")
