"""What a program is told about its cancel stays true, however busy the matcher is."""

from __future__ import annotations

import pytest

from exchange.trading import wake
from exchange.trading.match import match
from exchange.trading.models import SpotOrder
from tests import factories
from tests.factories.integrators import integrator
from tests.factories.trading import limit, trader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asleep")]


@pytest.fixture
def btc():
    return factories.market("BTC_USDT")


def test_a_cancel_that_the_matcher_has_not_answered_is_not_called_done(btc):
    seller, buyer = trader(), trader()
    order_id = limit(seller, "sell", "50000", "1")
    match(market_id=btc.pk)
    limit(buyer, "buy", "50000", "1")  # comes before the cancel

    answer = integrator(seller).post("/spot/v3/cancel_order", {"order_id": str(order_id)})

    assert (answer.status, answer.code) == (503, 30014)
    match(market_id=btc.pk)
    assert SpotOrder.objects.get(pk=order_id).state == "filled"  # so it was right not to promise


def test_asking_again_tells_what_became_of_it(btc):
    seller = trader()
    order_id = limit(seller, "sell", "50000", "1")
    match(market_id=btc.pk)
    program = integrator(seller)
    program.post("/spot/v3/cancel_order", {"order_id": str(order_id)})
    match(market_id=btc.pk)

    again = program.post("/spot/v3/cancel_order", {"order_id": str(order_id)})

    assert (again.code, again.message) == (50030, "Order is already canceled")


def test_a_batch_of_cancels_counts_only_those_that_are_done(btc):
    seller = trader()
    order_id = limit(seller, "sell", "50000", "1")
    match(market_id=btc.pk)
    program = integrator(seller)
    body = {"symbol": "BTC_USDT", "orderIds": [str(order_id)]}

    assert program.post("/spot/v4/cancel_orders", body).data["failIds"] == [str(order_id)]

    match(market_id=btc.pk)
    assert wake.waiting_markets(older_than_seconds=0) == []
    assert SpotOrder.objects.get(pk=order_id).state == "canceled"
