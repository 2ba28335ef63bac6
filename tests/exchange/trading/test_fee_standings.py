"""Discounts on fees: read when an order is placed, kept in it, and never dearer than the market."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from exchange.core import clock
from exchange.core.errors import Invalid
from exchange.ledger import accounts, reconcile
from exchange.markets import fees
from exchange.markets.models import FeeStanding
from exchange.trading.check import NewOrder
from exchange.trading.match import match
from exchange.trading.models import SpotOrder, Trade
from exchange.trading.place import place_many
from exchange.trading.replay import verify_market
from tests import factories
from tests.factories.trading import himself, limit, trader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asleep", "in_our_transaction")]


@pytest.fixture
def btc():
    """Maker 0.1 %, taker 0.2 %."""
    return factories.market()


def rates(order_id: int) -> tuple[int, int]:
    return SpotOrder.objects.values_list("maker_ppm", "taker_ppm").get(pk=order_id)


def test_an_order_keeps_the_rates_of_the_moment_it_was_placed(btc):
    who = trader()
    before = limit(who, "buy", "100", "1")
    fees.grant(
        customer_id=who.pk, source="vip", maker_discount_ppm=250_000, taker_discount_ppm=200_000
    )
    after = limit(who, "buy", "100", "1")
    fees.withdraw(customer_id=who.pk, source="vip")

    assert rates(before) == (1_000, 2_000)
    assert rates(after) == (750, 1_600)
    assert rates(limit(who, "buy", "100", "1")) == (1_000, 2_000)


def test_two_discounts_multiply_and_are_rounded_up_to_a_millionth(btc):
    who = trader()
    for source, ppm in (("vip", 333_333), ("bmx", 250_000)):
        fees.grant(
            customer_id=who.pk, source=source, maker_discount_ppm=ppm, taker_discount_ppm=ppm
        )

    # 0.001 x 0.666667 x 0.75 = 0.00050000025, and 0.0010000005.
    assert rates(limit(who, "buy", "100", "1")) == (501, 1_001)


def test_a_discounted_trade_pays_the_discounted_fee_and_the_books_agree(btc):
    maker, taker = trader(), trader()
    fees.grant(customer_id=taker.pk, source="vip", maker_discount_ppm=0, taker_discount_ppm=500_000)
    fees.grant(
        customer_id=maker.pk,
        source="vip",
        maker_discount_ppm=1_000_000,
        taker_discount_ppm=1_000_000,
    )
    limit(maker, "sell", "50000", "1")
    order = limit(taker, "buy", "50000", "1")
    assert SpotOrder.objects.get(pk=order).held == 5_005_000_000_000  # 0.1 % on top, not 0.2 %
    match(market_id=btc.pk)

    trade = Trade.objects.get()
    assert (trade.taker_fee, trade.maker_fee) == (D(50), D(0))
    assert factories.available(taker, "USDT") == D(1_000_000 - 50_050)
    assert factories.house("USDT", accounts.FEES) == D(50)
    assert reconcile.reconcile(whole=True).ok
    assert verify_market(btc.pk).agrees


@pytest.mark.parametrize(("maker", "taker"), [(0, 0), (1, 1), (999_999, 3), (1_000_000, 1_000_000)])
@pytest.mark.parametrize("rate", [0, 1, 7, 2_500, 50_000])
def test_no_discount_makes_a_rate_dearer_or_less_than_nothing(maker, taker, rate):
    left = fees.lefts([[7, maker, taker], [7, taker, maker]])[7]

    assert all(0 <= own <= rate for own in left.rates(rate, rate))


def test_a_sub_account_has_its_main_accounts_discount_and_a_stranger_has_none(btc):
    who = trader()
    sub = factories.customer(parent=who)
    factories.fund(sub, "USDT", "1000")
    stranger = trader()
    fees.grant(
        customer_id=who.pk, source="vip", maker_discount_ppm=500_000, taker_discount_ppm=500_000
    )

    orders = [
        NewOrder(
            customer_id=each.pk,
            symbol="BTC_USDT",
            side="buy",
            kind="limit",
            price=D(100),
            size=D(1),
        )
        for each in (who, sub)
    ]
    ids = place_many(orders=orders, actor=himself(who))

    assert [rates(each) for each in ids] == [(500, 1_000), (500, 1_000)]
    assert rates(limit(stranger, "buy", "100", "1")) == (1_000, 2_000)


def test_a_discount_that_ran_out_or_has_not_begun_counts_for_nothing(btc):
    who = trader()
    standing = fees.grant(
        customer_id=who.pk,
        source="vip",
        maker_discount_ppm=500_000,
        taker_discount_ppm=500_000,
        until=clock.now() - timedelta(seconds=1),
    )
    assert rates(limit(who, "buy", "100", "1")) == (1_000, 2_000)

    FeeStanding.objects.filter(pk=standing.pk).update(
        until=None, since=clock.now() + timedelta(hours=1)
    )
    assert rates(limit(who, "buy", "100", "1")) == (1_000, 2_000)


def test_a_discount_costs_placement_no_statement_more(btc):
    who = trader()
    limit(who, "buy", "100", "1")
    with CaptureQueriesContext(connection) as without:
        limit(who, "buy", "100", "1")
    fees.grant(
        customer_id=who.pk, source="vip", maker_discount_ppm=250_000, taker_discount_ppm=250_000
    )
    with CaptureQueriesContext(connection) as having:
        limit(who, "buy", "100", "1")

    assert len(having) == len(without)


def test_nobody_can_be_granted_more_than_all_of_a_fee():
    who = factories.customer()

    with pytest.raises(Invalid):
        fees.grant(
            customer_id=who.pk, source="vip", maker_discount_ppm=1_000_001, taker_discount_ppm=0
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        FeeStanding.objects.create(
            customer=who,
            source="vip",
            maker_discount_ppm=0,
            taker_discount_ppm=1_000_001,
            since=clock.now(),
        )


def test_the_level_that_integrators_are_told_is_the_standing_ones(btc):
    who = factories.customer()
    sub = factories.customer(parent=who)
    assert fees.level_of(who.pk) == "LV1"

    fees.grant(
        customer_id=who.pk,
        source="vip",
        level="LV3",
        maker_discount_ppm=250_000,
        taker_discount_ppm=250_000,
    )

    assert (fees.level_of(who.pk), fees.level_of(sub.pk)) == ("LV3", "LV3")
    maker, taker = fees.rates_of(sub.pk, btc.maker_rate, btc.taker_rate)
    assert (maker, taker) == (D("0.00075"), D("0.0015"))
