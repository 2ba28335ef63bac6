"""Orders that are refused: why, at which limit, and that nothing has moved."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange.core.actors import Actor
from exchange.core.errors import InsufficientFunds, Invalid, PermissionRefused, Restricted
from exchange.ledger.models import LedgerEntry
from exchange.markets.models import Market
from exchange.trading.cancel import cancel, reduce, replace
from exchange.trading.check import NewOrder
from exchange.trading.errors import (
    AboveMaximum,
    BelowMinimum,
    DuplicateClientOrderId,
    MarketClosed,
    OrderFinal,
    OrderNotFound,
    TooPrecise,
    UnknownMarket,
)
from exchange.trading.match import match
from exchange.trading.models import MatchCommand, SpotOrder
from exchange.trading.place import MAX_BATCH, place, place_many
from tests import factories
from tests.factories.trading import himself, limit, trader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asleep")]


@pytest.fixture
def btc():
    return factories.market("BTC_USDT")


@pytest.fixture
def who(btc):
    return trader()


def order(who, **changes: object) -> NewOrder:
    """A limit buy of one BTC for 50,000, but for the changes."""
    terms = {
        "symbol": "BTC_USDT",
        "side": "buy",
        "kind": "limit",
        "price": D(50_000),
        "size": D(1),
        **changes,
    }
    return NewOrder(customer_id=who.pk, **terms)


def refuse(who, refusal: type[Exception], *, field: str, limit: object = None, **changes) -> None:
    """Placing is refused with that field and limit, and leaves no trace."""
    entries = LedgerEntry.objects.count()
    with pytest.raises(refusal) as told:
        place(order=order(who, **changes), actor=himself(who))
    assert type(told.value) is refusal
    assert told.value.field == field
    assert told.value.limit == limit
    assert LedgerEntry.objects.count() == entries
    assert factories.held(who, "USDT") == factories.held(who, "BTC") == 0
    assert not SpotOrder.objects.exists()
    assert not MatchCommand.objects.exists()


@pytest.mark.parametrize(
    ("changes", "refusal", "field", "limit"),
    [
        ({"symbol": "NO_SUCH"}, UnknownMarket, "symbol", None),
        ({"side": "hold"}, Invalid, "side", ["buy", "sell"]),
        ({"kind": "stop"}, Invalid, "type", ["limit", "market", "limit_maker", "ioc", "fok"]),
        ({"stp": "x"}, Invalid, "stp", ["none", "cancel_maker", "cancel_taker", "cancel_both"]),
        ({"price": None}, Invalid, "price", None),
        ({"price": D(0)}, Invalid, "price", 0),
        ({"price": D(-1)}, Invalid, "price", 0),
        ({"price": D("NaN")}, Invalid, "price", 0),
        ({"price": D("Infinity")}, Invalid, "price", 0),
        ({"price": D("50000.001")}, TooPrecise, "price", 2),
        ({"price": D("1e17")}, AboveMaximum, "price", None),
        ({"size": None}, Invalid, "size", None),
        ({"size": D(0)}, Invalid, "size", 0),
        ({"size": D(-1)}, Invalid, "size", 0),
        ({"size": D("NaN")}, Invalid, "size", 0),
        ({"size": D("1.000001")}, TooPrecise, "size", 5),
        ({"size": D("1000.00001")}, AboveMaximum, "size", "1000"),
        ({"size": D("0.00009")}, BelowMinimum, "notional", "5"),
        ({"kind": "market", "notional": None}, Invalid, "notional", None),
        ({"kind": "market", "notional": D("4.99")}, BelowMinimum, "notional", "5"),
        ({"kind": "market", "notional": D(0)}, Invalid, "notional", 0),
        ({"kind": "market", "notional": D("NaN")}, Invalid, "notional", 0),
        ({"kind": "market", "notional": D("1e30")}, AboveMaximum, "notional", None),
        ({"kind": "market", "side": "sell", "size": None}, Invalid, "size", None),
        ({"client_order_id": "x" * 33}, Invalid, "client_order_id", 32),
        ({"client_order_id": "a b"}, Invalid, "client_order_id", 32),
        ({"client_order_id": "a\tb"}, Invalid, "client_order_id", 32),
        ({"client_order_id": "a\n"}, Invalid, "client_order_id", 32),
        ({"size": D(20)}, InsufficientFunds, "size", "1000000"),
        ({"side": "sell", "size": D("10.00001")}, InsufficientFunds, "size", "10"),
        ({"kind": "market", "notional": D(1_000_000)}, InsufficientFunds, "size", "1000000"),
    ],
)
def test_what_is_wrong_with_an_order_is_named(who, changes, refusal, field, limit):
    refuse(who, refusal, field=field, limit=limit, **changes)


def test_a_size_below_the_markets_least_is_refused_by_size(who, btc):
    Market.objects.filter(pk=btc.pk).update(min_size=D("0.01"))
    refuse(who, BelowMinimum, field="size", limit="0.01", size=D("0.00999"))


def test_at_its_limits_an_order_is_taken(who, btc):
    """One unit less or more was refused above."""
    factories.fund(who, "USDT", "60000000")
    for changes in (
        {"size": D("0.0001")},
        {"size": D(1000)},
        {"kind": "market", "notional": D(5)},
        {"side": "sell", "size": D(10)},
        {"client_order_id": "x" * 32},
    ):
        assert place(order=order(who, **changes), actor=himself(who))


def test_the_fee_must_be_paid_for_too(btc):
    exactly = trader(base="0", quote="50100")  # with the dearer fee of 0.2 %
    assert place(order=order(exactly), actor=himself(exactly))
    short = trader(base="0", quote="50099.99")
    with pytest.raises(InsufficientFunds):
        place(order=order(short), actor=himself(short))


@pytest.mark.parametrize("status", [s for s in Market.Status.values if s != Market.Status.TRADING])
def test_a_market_that_is_not_trading_takes_no_order(who, btc, status):
    Market.objects.filter(pk=btc.pk).update(status=status)
    refuse(who, MarketClosed, field="symbol", limit=status)


def test_nobody_places_for_somebody_else(who):
    stranger = trader()
    with pytest.raises(PermissionRefused):
        place(order=order(who), actor=himself(stranger))
    assert factories.held(who, "USDT") == 0


def test_staff_place_for_nobody(who):
    with pytest.raises(PermissionRefused):
        place(order=order(who), actor=factories.officer("exchange.cancel_any_order"))


def test_a_parent_places_for_a_sub_account_and_not_the_other_way_round(who):
    child = factories.customer(parent=who)
    factories.fund(child, "USDT", "100000")
    assert place(order=order(child), actor=himself(who))
    with pytest.raises(PermissionRefused):
        place(order=order(who), actor=himself(child))


def test_a_name_is_used_once_even_after_its_order_is_final(who, btc):
    first = limit(who, "buy", "50000", "1", client_order_id="mine")
    match(market_id=btc.pk)
    cancel(order_id=first, customer_id=who.pk, actor=himself(who))
    match(market_id=btc.pk)
    with pytest.raises(DuplicateClientOrderId):
        limit(who, "buy", "50000", "1", client_order_id="mine")
    assert factories.held(who, "USDT") == 0


def test_two_customers_may_use_the_same_name(who):
    limit(who, "buy", "50000", "1", client_order_id="mine")
    limit(trader(), "buy", "50000", "1", client_order_id="mine")
    assert SpotOrder.objects.filter(client_order_id="mine").count() == 2


# Batches ----------------------------------------------------------------------------------------


def test_a_batch_places_what_it_can_and_says_what_it_could_not(who):
    outcomes = place_many(
        orders=[
            order(who, client_order_id="a"),
            order(who, price=D("50000.001")),
            order(who, client_order_id="a"),
            order(who, size=D(19)),
            order(who, symbol="NO_SUCH"),
            order(who, side="sell"),
        ],
        actor=himself(who),
    )
    assert [type(o) for o in outcomes] == [
        int, TooPrecise, DuplicateClientOrderId, InsufficientFunds, UnknownMarket, int,
    ]  # fmt: skip
    assert SpotOrder.objects.count() == len(MatchCommand.objects.get().order_ids) == 2
    assert (factories.held(who, "USDT"), factories.held(who, "BTC")) == (50_100, 1)


def test_in_a_batch_money_is_given_to_whoever_comes_first(who):
    """And a smaller order after one that was too large still gets what is left."""
    outcomes = place_many(
        orders=[order(who, size=D(s)) for s in ("15", "10", "4", "3")], actor=himself(who)
    )
    assert [type(o) for o in outcomes] == [int, InsufficientFunds, int, InsufficientFunds]
    assert outcomes[1].limit == "248500"


@pytest.mark.parametrize("count", [0, MAX_BATCH + 1])
def test_a_batch_has_between_one_and_a_thousand_orders(who, count):
    with pytest.raises(Invalid) as told:
        place_many(orders=[order(who)] * count, actor=himself(who))
    assert told.value.limit == MAX_BATCH


# Changes ----------------------------------------------------------------------------------------


@pytest.fixture
def open_order(who, btc) -> int:
    order_id = limit(who, "buy", "50000", "1")
    match(market_id=btc.pk)
    return order_id


@pytest.mark.parametrize("size", ["1", "2", "0.5"])
def test_a_reduction_lies_between_what_has_traded_and_what_there_is(who, btc, open_order, size):
    limit(trader(), "sell", "50000", "0.5")
    match(market_id=btc.pk)
    with pytest.raises(Invalid):
        reduce(order_id=open_order, customer_id=who.pk, new_size=D(size), actor=himself(who))
    assert not MatchCommand.objects.exists()


def test_a_replacement_that_cannot_be_paid_for_changes_nothing(who, open_order):
    with pytest.raises(InsufficientFunds) as told:
        replace(
            order_id=open_order, customer_id=who.pk, price=D(50_000), size=D(20),
            actor=himself(who),
        )  # fmt: skip
    assert told.value.limit == "949900"
    assert factories.held(who, "USDT") == 50_100
    assert not MatchCommand.objects.exists()


def test_somebody_elses_order_is_not_there(who, open_order):
    stranger = trader()
    for act in (
        lambda: cancel(order_id=open_order, customer_id=stranger.pk, actor=himself(stranger)),
        lambda: reduce(
            order_id=open_order, customer_id=stranger.pk, new_size=D("0.5"),
            actor=himself(stranger),
        ),
        lambda: replace(
            order_id=open_order, customer_id=stranger.pk, price=D(1000), size=D(1),
            actor=himself(stranger),
        ),
    ):  # fmt: skip
        with pytest.raises(OrderNotFound):
            act()
    assert not MatchCommand.objects.exists()


def test_a_stranger_cannot_cancel_in_the_owners_name(who, open_order):
    with pytest.raises(PermissionRefused):
        cancel(order_id=open_order, customer_id=who.pk, actor=himself(trader()))
    assert not MatchCommand.objects.exists()


def test_a_final_order_is_not_cancelled_again(who, btc, open_order):
    cancel(order_id=open_order, customer_id=who.pk, actor=himself(who))
    match(market_id=btc.pk)
    with pytest.raises(OrderFinal) as told:
        cancel(order_id=open_order, customer_id=who.pk, actor=himself(who))
    assert told.value.limit == "canceled"


def test_orders_of_a_halted_market_stay(who, btc, open_order):
    Market.objects.filter(pk=btc.pk).update(status=Market.Status.HALTED)
    with pytest.raises(MarketClosed):
        cancel(order_id=open_order, customer_id=who.pk, actor=himself(who))
    Market.objects.filter(pk=btc.pk).update(status=Market.Status.CANCEL_ONLY)
    cancel(order_id=open_order, customer_id=who.pk, actor=himself(who))
    assert MatchCommand.objects.count() == 1


def test_a_restricted_customer_may_cancel_and_not_enlarge(who, btc, open_order):
    from exchange.accounts.models import Restriction

    Restriction.objects.create(customer=who, kind="trading", reason="x", imposed_by="y")
    with pytest.raises(Restricted):
        replace(
            order_id=open_order, customer_id=who.pk, price=D(50_000), size=D(2),
            actor=himself(who),
        )  # fmt: skip
    cancel(order_id=open_order, customer_id=who.pk, actor=himself(who))
    match(market_id=btc.pk)
    assert SpotOrder.objects.get(pk=open_order).state == "canceled"


def test_staff_with_the_permission_may_cancel(who, btc, open_order):
    officer = factories.officer("exchange.cancel_any_order")
    cancel(order_id=open_order, customer_id=who.pk, actor=officer)
    match(market_id=btc.pk)
    assert SpotOrder.objects.get(pk=open_order).state == "canceled"
    assert isinstance(officer, Actor)
