"""What travels to the matcher: packed orders come out as they went in."""

from __future__ import annotations

import struct

import pytest

from exchange.matching.commands import Op
from exchange.trading import live, queue
from exchange.trading.match import match
from exchange.trading.models import MatchCommand, SpotOrder
from tests import factories
from tests.factories.trading import limit, trader

pytestmark = pytest.mark.django_db


@pytest.fixture
def btc():
    return factories.market("BTC_USDT")


def new_order(**changes):
    fields = {
        "order_id": 7,
        "customer_id": 8,
        "side": 1,
        "kind": 2,
        "stp": 3,
        "price": 2**62,
        "size": 9,
        "budget": 10**37,
        "filled_size": 0,
        "filled_notional": 0,
        "state": "new",
        "cancel_source": "",
        "priority": 7 << 10,
        "held": 10**38 - 1,
        "maker_ppm": 1000,
        "taker_ppm": 2000,
        "base_account_id": 10,
        "quote_account_id": 11,
        "self_trade_id": 12,
        "client_order_id": None,
        "created_ms": 1_790_000_000_000,
    }
    return live.OpenOrder(**fields | changes)


@pytest.mark.parametrize("client_order_id", [None, "a", "x" * 32])
def test_an_order_comes_out_as_it_went_in(client_order_id):
    orders = [new_order(client_order_id=client_order_id), new_order(order_id=9, budget=0)]
    assert queue.unpack(b"".join(map(queue.pack, orders))) == orders


def test_a_torn_row_is_refused_whole():
    packed = queue.pack(new_order())
    with pytest.raises(struct.error):
        queue.unpack(packed + packed[:-1])


def test_packed_orders_are_what_the_rows_say(btc):
    order_id = limit(trader(), "sell", "70000", "1")
    row = MatchCommand.objects.get()

    assert (row.op, row.order_ids) == (Op.PLACE, [order_id])
    (packed,) = queue.unpack(bytes(row.orders))
    assert [packed] == live.orders_of([order_id])


def test_a_row_from_before_orders_were_packed_is_looked_up(btc):
    order_id = limit(trader(), "sell", "70000", "1")
    MatchCommand.objects.update(orders=None)

    assert match(market_id=btc.pk) == 1
    assert SpotOrder.objects.get(pk=order_id).state == "new"
    assert order_id in live.current(btc.pk).orders


def test_the_matcher_takes_whole_rows_until_it_has_enough(btc):
    who = trader()
    first = limit(who, "sell", "70000", "0.1")
    for _ in range(3):
        limit(who, "sell", "70000", "0.1")
    MatchCommand.objects.filter(order_id=first).update(order_ids=[first, first, first])

    assert len(queue.waiting(btc.pk, 3)) == 1
    assert len(queue.waiting(btc.pk, 4)) == 2
    assert len(queue.waiting(btc.pk, 100)) == 4
