"""Customers who watch are told of every change to their orders and balances, nobody else."""

from __future__ import annotations

import json
from decimal import Decimal as D

import pytest

from exchange.core.actors import system
from exchange.markets.publish import valkey
from exchange.trading.cancel import cancel
from exchange.trading.check import NewOrder
from exchange.trading.match import match
from exchange.trading.place import place
from tests import factories

pytestmark = pytest.mark.django_db
ANYBODY = system("tests")


@pytest.fixture
def btc():
    return factories.market("BTC_USDT")


@pytest.fixture
def watcher(btc):
    who = factories.customer()
    factories.fund(who, "USDT", "1000")
    return who


@pytest.fixture
def channel(watcher):
    listening = valkey().pubsub(ignore_subscribe_messages=True)
    listening.subscribe(f"user:{watcher.pk}")
    listening.get_message(timeout=2)
    yield listening
    listening.close()


def buy(who, price: str) -> int:
    return place(
        order=NewOrder(
            customer_id=who.pk,
            symbol="BTC_USDT",
            side="buy",
            kind="limit",
            price=D(price),
            size=D("0.01"),
        ),
        actor=ANYBODY,
    )


def pushed(channel) -> dict:
    message = channel.get_message(timeout=2)
    assert message is not None, "nothing was pushed"
    return json.loads(message["data"])


def test_an_order_that_comes_to_rest_is_told_with_the_balance_it_holds(btc, watcher, channel):
    order_id = buy(watcher, "50000")
    match(market_id=btc.pk)

    told = pushed(channel)

    (order,) = told["orders"]
    assert (order["order_id"], order["order_state"], order["state"]) == (str(order_id), "new", "4")
    assert {"ccy": "USDT", "av_bal": "499", "fz_bal": "501"} in told["balances"]


def test_a_fill_is_told_with_its_price_size_fee_and_role(btc, watcher, channel):
    buy(watcher, "50000")
    seller = factories.customer()
    factories.fund(seller, "BTC", "1")
    match(market_id=btc.pk)
    pushed(channel)
    place(
        order=NewOrder(
            customer_id=seller.pk, symbol="BTC_USDT", side="sell", kind="market", size=D("0.004")
        ),
        actor=ANYBODY,
    )
    match(market_id=btc.pk)

    (order,) = pushed(channel)["orders"]

    assert (order["state"], order["filled_size"]) == ("5", "0.00400")
    assert (order["last_fill_price"], order["last_fill_count"]) == ("50000.00", "0.00400")
    assert (order["dealFee"], order["deal_fee_coin_name"], order["exec_type"]) == (
        "0.2",
        "USDT",
        "M",
    )


def test_a_cancel_is_told_and_gives_the_balance_back(btc, watcher, channel):
    order_id = buy(watcher, "50000")
    match(market_id=btc.pk)
    pushed(channel)
    cancel(customer_id=watcher.pk, order_id=order_id, actor=ANYBODY)
    match(market_id=btc.pk)

    told = pushed(channel)

    assert told["orders"][0]["state"] == "8"
    assert {"ccy": "USDT", "av_bal": "1000", "fz_bal": "0"} in told["balances"]


def test_nobody_is_told_of_what_is_not_theirs(btc, watcher, channel):
    other = factories.customer()
    factories.fund(other, "USDT", "1000")
    buy(other, "50000")
    match(market_id=btc.pk)
    assert channel.get_message(timeout=0.2) is None
