"""The first walk: an order is placed, matched and settled, and every amount is exact."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange.core.actors import Actor
from exchange.core.errors import InsufficientFunds, Restricted, SwitchedOff
from exchange.core.models import Switch
from exchange.ledger import queries as ledger
from exchange.trading import queries
from exchange.trading.cancel import cancel, cancel_all, reduce, replace
from exchange.trading.check import NewOrder
from exchange.trading.match import match
from exchange.trading.models import MatchCommand, SpotOrder, Trade
from exchange.trading.place import place
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def btc():
    return factories.market("BTC_USDT")


@pytest.fixture
def maker(btc):
    who = factories.customer()
    factories.fund(who, "BTC", "10")
    factories.fund(who, "USDT", "1000000")
    return who


@pytest.fixture
def taker(btc):
    who = factories.customer()
    factories.fund(who, "BTC", "10")
    factories.fund(who, "USDT", "1000000")
    return who


def himself(customer) -> Actor:
    return Actor(kind="customer", label="c", customer_id=customer.pk)


def limit(customer, side, price, size, **terms) -> int:
    return place(
        order=NewOrder(
            customer_id=customer.pk,
            symbol="BTC_USDT",
            side=side,
            kind=terms.pop("kind", "limit"),
            price=D(price),
            size=D(size),
            **terms,
        ),
        actor=himself(customer),
    )


def market_order(customer, side, *, size=None, notional=None) -> int:
    return place(
        order=NewOrder(
            customer_id=customer.pk,
            symbol="BTC_USDT",
            side=side,
            kind="market",
            size=D(size) if size else None,
            notional=D(notional) if notional else None,
        ),
        actor=himself(customer),
    )


def balances_are_exact():
    assert all(total == 0 for _, total in ledger.trial_balance())
    assert not SpotOrder.objects.exclude(state__in=SpotOrder.OPEN_STATES).exclude(held=0).exists()


def test_a_resting_order_holds_what_it_may_cost(btc, maker):
    limit(maker, "buy", "50000", "1")

    assert factories.available(maker, "USDT") == D("949900")
    assert factories.held(maker, "USDT") == D("50100")  # and the dearer fee, 0.2 %


def test_a_trade_prints_at_the_makers_price_and_moves_exact_amounts(btc, maker, taker):
    resting = limit(maker, "sell", "50000", "1")
    taking = limit(taker, "buy", "50100", "0.4")

    match(market_id=btc.pk)

    assert factories.available(taker, "BTC") == D("10.4")
    assert factories.available(taker, "USDT") == D("1000000") - 20000 - 40
    assert factories.held(taker, "USDT") == 0
    assert factories.available(maker, "USDT") == D("1000000") + 20000 - 20
    assert factories.held(maker, "BTC") == D("0.6")
    assert queries.order(customer_id=taker.pk, order_id=taking).state == "filled"
    row = queries.order(customer_id=maker.pk, order_id=resting)
    assert (row.state, row.filled_size, row.price_average) == ("partially_filled", D("0.4"), 50000)
    fill = queries.trades(customer_id=taker.pk)[0]
    assert (fill.price, fill.size, fill.fee, fill.role) == (50000, D("0.4"), 40, "taker")
    balances_are_exact()


def test_cancelling_gives_everything_back(btc, maker):
    order_id = limit(maker, "buy", "50000", "1")
    match(market_id=btc.pk)
    cancel(customer_id=maker.pk, order_id=order_id, actor=himself(maker))
    match(market_id=btc.pk)

    assert factories.available(maker, "USDT") == D("1000000")
    row = queries.order(customer_id=maker.pk, order_id=order_id)
    assert (row.state, row.cancel_source) == ("canceled", "user")
    balances_are_exact()


def test_a_market_buy_spends_its_notional_and_not_a_unit_more(btc, maker, taker):
    limit(maker, "sell", "50000", "0.1")
    limit(maker, "sell", "50001", "5")
    order_id = market_order(taker, "buy", notional="10000")

    match(market_id=btc.pk)

    row = queries.order(customer_id=taker.pk, order_id=order_id)
    assert row.state == "filled"
    assert row.filled_notional <= 10000
    assert 10000 - row.filled_notional < D("0.50001")
    fees = sum(t.fee for t in queries.trades(customer_id=taker.pk))
    assert factories.available(taker, "USDT") == D("1000000") - row.filled_notional - fees
    assert factories.held(taker, "USDT") == 0
    balances_are_exact()


def test_a_market_sell_into_an_empty_book_is_cancelled(btc, taker):
    order_id = market_order(taker, "sell", size="1")
    match(market_id=btc.pk)
    row = queries.order(customer_id=taker.pk, order_id=order_id)
    assert (row.state, row.cancel_source) == ("canceled", "system")
    assert factories.available(taker, "BTC") == 10


def test_a_self_trade_cancels_the_maker_by_default(btc, maker):
    resting = limit(maker, "sell", "50000", "1")
    limit(maker, "buy", "50000", "1")
    match(market_id=btc.pk)
    row = queries.order(customer_id=maker.pk, order_id=resting)
    assert (row.state, row.cancel_source) == ("canceled", "stp")
    assert not Trade.objects.exists()
    balances_are_exact()


def test_a_sub_account_cannot_trade_with_its_parent(btc, maker):
    child = factories.customer(parent=maker)
    factories.fund(child, "USDT", "100000")
    limit(maker, "sell", "50000", "1")
    limit(child, "buy", "50000", "1")
    match(market_id=btc.pk)
    assert not Trade.objects.exists()


def test_reduce_keeps_the_place_and_releases_the_rest(btc, maker, taker):
    first = limit(maker, "sell", "50000", "2")
    other = factories.customer()
    factories.fund(other, "BTC", "1")
    limit(other, "sell", "50000", "1")
    match(market_id=btc.pk)
    reduce(order_id=first, customer_id=maker.pk, new_size=D("0.5"), actor=himself(maker))
    limit(taker, "buy", "50000", "0.5")
    match(market_id=btc.pk)

    assert factories.held(maker, "BTC") == 0
    assert queries.order(customer_id=maker.pk, order_id=first).state == "filled"
    assert factories.held(other, "BTC") == 1
    balances_are_exact()


def test_replace_sets_aside_what_the_new_terms_need(btc, maker):
    order_id = limit(maker, "buy", "40000", "1")
    match(market_id=btc.pk)
    replace(
        order_id=order_id,
        customer_id=maker.pk,
        price=D("45000"),
        size=D("2"),
        actor=himself(maker),
    )
    match(market_id=btc.pk)

    row = queries.order(customer_id=maker.pk, order_id=order_id)
    assert (row.price, row.size, row.state) == (45000, 2, "new")
    assert factories.held(maker, "USDT") == D("90180")
    cancel_all(customer_id=maker.pk, actor=himself(maker))
    match(market_id=btc.pk)
    assert factories.available(maker, "USDT") == D("1000000")
    balances_are_exact()


def test_a_replacement_that_comes_too_late_gives_back_what_it_set_aside(btc, maker, taker):
    order_id = limit(maker, "buy", "40000", "1")
    match(market_id=btc.pk)
    limit(taker, "sell", "40000", "1")
    replace(
        order_id=order_id, customer_id=maker.pk, price=D("45000"), size=D("2"), actor=himself(maker)
    )
    match(market_id=btc.pk)
    assert factories.held(maker, "USDT") == 0
    assert factories.available(maker, "USDT") == D("1000000") - 40000 - 40
    balances_are_exact()


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"price": D("50000"), "size": D("100")}, InsufficientFunds),
    ],
)
def test_a_refused_order_leaves_no_trace(btc, maker, terms, refusal):
    with pytest.raises(refusal):
        limit(maker, "buy", terms["price"], terms["size"])
    assert factories.available(maker, "USDT") == D("1000000")
    assert not SpotOrder.objects.exists()
    assert not MatchCommand.objects.exists()


def test_a_restricted_customer_cannot_place(btc, maker):
    from exchange.accounts.models import Restriction

    Restriction.objects.create(customer=maker, kind="trading", reason="x", imposed_by="y")
    with pytest.raises(Restricted):
        limit(maker, "buy", "50000", "1")
    assert factories.held(maker, "USDT") == 0


def test_the_trading_switch_stops_everybody(btc, maker):
    Switch.objects.create(name="trading", closed=True, reason="incident")
    with pytest.raises(SwitchedOff):
        limit(maker, "buy", "50000", "1")


def test_many_small_fills_never_charge_more_than_was_held(btc, maker, taker):
    """Each fill's fee is rounded up; three hundred of them must still fit the one hold."""
    order_id = limit(maker, "buy", "33333.33", "0.03333")
    match(market_id=btc.pk)
    for _ in range(30):
        limit(taker, "sell", "33333.33", "0.00111")
    match(market_id=btc.pk)

    row = queries.order(customer_id=maker.pk, order_id=order_id)
    assert row.filled_size == D("0.0333")
    cancel(customer_id=maker.pk, order_id=order_id, actor=himself(maker))
    match(market_id=btc.pk)
    spent = sum(t.notional + t.fee for t in queries.trades(customer_id=maker.pk))
    assert factories.available(maker, "USDT") == D("1000000") - spent
    balances_are_exact()
