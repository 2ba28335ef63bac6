"""Orders, cancels and trades are told from what matchers applied, in order and once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest

from compliance.monitoring import follow
from exchange.core import clock, facts
from exchange.core.models import Fact
from exchange.trading import cancel
from exchange.trading.match import match
from tests import factories
from tests.factories.trading import asleep, himself, limit, trader  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asleep")]


@pytest.fixture
def market():
    return factories.market("BTC_USDT")


def told():
    return [
        (f.kind, f.customer_id, f.counterparty_id, f.amount, f.usd, f.extra["side"])
        for f in Fact.objects.order_by("id")
    ]


def test_an_order_its_trade_and_a_cancel_are_told_of_both_sides(market):
    seller, buyer = trader(), trader()
    resting = limit(seller, "sell", "50000", "2")
    limit(buyer, "buy", "50000", "0.5")
    match(market_id=market.pk)
    cancel.cancel(customer_id=seller.pk, order_id=resting, actor=himself(seller), wait_seconds=0)
    match(market_id=market.pk)

    assert follow.follow_all() == 5
    assert told() == [
        ("order", seller.pk, None, D(2), D(100_000), "sell"),
        ("order", buyer.pk, None, D("0.5"), D(25_000), "buy"),
        ("cancel", seller.pk, None, D(2), D(100_000), "sell"),
        ("trade", buyer.pk, seller.pk, D("0.5"), D(25_000), "buy"),
        ("trade", seller.pk, buyer.pk, D("0.5"), D(25_000), "sell"),
    ]
    maker = Fact.objects.get(kind="trade", customer_id=seller.pk)
    assert (maker.extra["maker"], maker.extra["market"]) == (True, "BTC_USDT")
    assert maker.extra["order_id"] == str(resting)
    assert facts.waiting() == 5


def test_following_again_tells_nothing_again_and_goes_on_where_it_stopped(market):
    seller, buyer = trader(), trader()
    limit(seller, "sell", "50000", "2")
    match(market_id=market.pk)
    assert follow.follow_all() == 1
    assert follow.follow_all() == 0

    limit(buyer, "buy", "50000", "0.5")
    match(market_id=market.pk)
    assert follow.follow_all() == 3


def test_a_sub_accounts_orders_are_the_persons(market):
    owner = trader()
    sub = factories.customer(parent=owner)
    factories.fund(sub, "USDT", "100000")
    limit(sub, "buy", "50000", "1")
    match(market_id=market.pk)
    follow.follow_all()

    assert [row[:2] for row in told()] == [("order", owner.pk)]


def test_an_order_says_how_much_of_what_can_be_seen_it_is(market):
    one, other = trader(), trader()
    limit(one, "buy", "40000", "1")
    limit(other, "buy", "39000", "3")
    match(market_id=market.pk)
    follow.follow_all()

    shares = Fact.objects.order_by("id").values_list("extra__depth_share", flat=True)
    assert list(shares) == [0.25, 0.75]


def test_what_is_older_than_a_day_is_history_for_look_backs(market):
    with clock.held_at(clock.now() - timedelta(days=2)):
        limit(trader(), "buy", "40000", "1")
        match(market_id=market.pk)

    assert follow.follow_all() == 1
    assert facts.waiting() == 0


def test_a_log_that_is_long_is_told_part_by_part(market, monkeypatch):
    monkeypatch.setattr(follow, "MOST_TOLD", 2)
    who = trader()
    for n in range(5):
        limit(who, "buy", str(40_000 + n), "0.1")
        match(market_id=market.pk)

    assert [follow.follow_all() for _ in range(4)] == [2, 2, 1, 0]
    assert Fact.objects.count() == 5
