"""The arithmetic of settlement: every unit accounted for, whatever the precisions and the fees."""

from __future__ import annotations

import random
from decimal import ROUND_CEILING
from decimal import Decimal as D

import pytest

from exchange.core.errors import Refused
from exchange.ledger import accounts, reconcile
from exchange.ledger.models import LedgerAccount
from exchange.matching.commands import Side
from exchange.trading import terms
from exchange.trading.cancel import cancel_all, reduce, replace
from exchange.trading.check import NewOrder
from exchange.trading.match import match
from exchange.trading.models import SpotOrder, Trade
from exchange.trading.place import place
from exchange.trading.replay import verify_market
from tests import factories
from tests.factories.trading import himself, limit, market_order, trader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asleep", "in_our_transaction")]


# Whole numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("notional", "ppm", "charged"),
    [
        (0, 1000, 0),
        (1, 1000, 1),
        (1000, 1000, 1),
        (1001, 1000, 2),
        (1_000_000, 1, 1),
        (1_000_001, 1, 2),
        (10**30, 2500, 25 * 10**26),
        (10**30 + 1, 2500, 25 * 10**26 + 1),
        (5, 0, 0),
    ],
)
def test_a_fee_is_rounded_up_to_a_unit(notional, ppm, charged):
    assert terms.fee(notional, ppm) == charged


@pytest.mark.parametrize("ppm", [0, 1, 999, 1000, 2500, 999_999])
@pytest.mark.parametrize("available", [0, 1, 2, 999, 1000, 1001, 1_002_000, 10**30 + 7])
def test_the_most_affordable_is_affordable_and_one_more_is_not(available, ppm):
    most = terms.most_affordable(available, ppm)
    assert terms.buy_hold(most, ppm) <= available < terms.buy_hold(most + 1, ppm)


def test_a_tick_times_a_lot_is_a_whole_number_of_quote_units():
    assert terms.Terms(2, 5, 8).scale == 10
    assert terms.Terms(9, 9, 18).scale == 1


# One order at a time ----------------------------------------------------------------------------


@pytest.fixture
def btc():
    return factories.market("BTC_USDT")


def totals(*people) -> dict[str, D]:
    """What some people have of each asset, together with the house's fees."""
    fees = LedgerAccount.objects.filter(owner_kind="house", purpose=accounts.FEES)
    found = {row.asset.code: row.available for row in fees.select_related("asset")}
    for who in people:
        for code in ("BTC", "USDT"):
            has = factories.available(who, code) + factories.held(who, code)
            found[code] = found.get(code, D(0)) + has
    return found


def test_a_taker_who_buys_cheaper_than_its_limit_gets_the_difference_back(btc):
    seller, buyer = trader(), trader()
    limit(seller, "sell", "40000", "1")
    limit(buyer, "buy", "50000", "1")
    assert factories.held(buyer, "USDT") == 50_100
    match(market_id=btc.pk)
    assert factories.held(buyer, "USDT") == 0
    assert factories.available(buyer, "USDT") == D(1_000_000) - 40_000 - 80
    assert totals(seller, buyer) == {"BTC": 20, "USDT": 2_000_000}


def test_a_maker_who_buys_is_charged_the_makers_rate_and_gets_the_rest_back(btc):
    buyer, seller = trader(), trader()
    limit(buyer, "buy", "50000", "1")
    match(market_id=btc.pk)
    limit(seller, "sell", "49000", "1")
    match(market_id=btc.pk)
    assert factories.held(buyer, "USDT") == 0
    assert factories.available(buyer, "USDT") == D(1_000_000) - 50_000 - 50
    assert factories.available(seller, "USDT") == D(1_000_000) + 50_000 - 100


def test_after_a_fill_just_what_the_rest_needs_stays_held(btc):
    buyer, seller = trader(), trader()
    limit(buyer, "buy", "50000", "1")
    limit(seller, "sell", "50000", "0.25")
    match(market_id=btc.pk)
    assert factories.held(buyer, "USDT") == D("37500") + D("75")


def test_the_fee_of_each_fill_is_rounded_up_but_never_beyond_the_hold():
    """Units are coarse here: 0.2 % of any of the fills is a fraction of one, and costs a whole."""
    coarse = factories.market(
        "AAA_BBB", quote_precision=2, price_precision=2, size_precision=0, min_size=D(1),
        min_notional=D("0.01"),
    )  # fmt: skip
    buyer = trader(symbol="AAA_BBB", base="0", quote="100")
    seller = trader(symbol="AAA_BBB", base="100", quote="0")
    limit(buyer, "buy", "0.50", "10", symbol="AAA_BBB")
    match(market_id=coarse.pk)
    assert factories.held(buyer, "BBB") == D("5.01")

    for _ in range(10):
        market_order(seller, "sell", size="1", symbol="AAA_BBB")
    match(market_id=coarse.pk)

    # Ten fees of a unit each would be 0.10; 0.01 was held for them all.
    assert [t.maker_fee for t in Trade.objects.order_by("pk")] == [D(0)] * 9 + [D("0.01")]
    assert factories.available(buyer, "BBB") == D("94.99")
    assert factories.held(buyer, "BBB") == 0
    assert factories.available(seller, "BBB") == D("4.90")  # its own come out of what it gets


def test_trading_with_oneself_where_that_is_allowed_costs_both_fees_and_nothing_else(btc):
    who = trader()
    limit(who, "sell", "50000", "1")
    limit(who, "buy", "50000", "1", stp="none")
    match(market_id=btc.pk)
    assert factories.available(who, "USDT") == D(1_000_000) - 50 - 100
    assert factories.available(who, "BTC") == 10
    assert reconcile.reconcile(whole=True).ok


def test_a_post_only_order_that_cannot_move_gives_back_what_it_had_set_aside(btc):
    """The new price would trade at once, so the order stays as it was, and so does its hold."""
    who, seller = trader(), trader()
    order_id = limit(who, "buy", "40000", "1", kind="limit_maker")
    limit(seller, "sell", "45000", "1")
    match(market_id=btc.pk)
    replace(order_id=order_id, customer_id=who.pk, price=D(50_000), size=D(2), actor=himself(who))
    assert factories.held(who, "USDT") == D("100200.00000001")
    match(market_id=btc.pk)

    order = SpotOrder.objects.get(pk=order_id)
    assert (order.price, order.size, order.state) == (4_000_000, 100_000, "new")
    assert factories.held(who, "USDT") == 40_080


# Anything at all --------------------------------------------------------------------------------

MARKETS = [
    # quote precision, price precision, size precision, maker and taker rate
    (8, 2, 5, "0.001", "0.002"),
    (8, 3, 5, "0.0007", "0.0013"),
    (18, 9, 9, "0", "0.0025"),
    (2, 2, 0, "0.001", "0.004"),
    (6, 0, 4, "0.000001", "0.009999"),
]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("shape", MARKETS)
def test_whatever_is_traded_every_unit_is_accounted_for(shape, seed):
    quote_precision, price_precision, size_precision, maker_rate, taker_rate = shape
    pick = random.Random(f"{shape}{seed}")
    market = factories.market(
        "XXX_YYY", quote_precision=quote_precision, price_precision=price_precision,
        size_precision=size_precision, min_size=D(1).scaleb(-size_precision),
        min_notional=D(1).scaleb(-quote_precision), maker_rate=D(maker_rate),
        taker_rate=D(taker_rate),
    )  # fmt: skip
    people = [trader(symbol="XXX_YYY", base="50000", quote="50000") for _ in range(4)]

    for _ in range(70):
        ask_something(pick, market, pick.choice(people))
        if pick.random() < 0.4:
            match(market_id=market.pk)
    match(market_id=market.pk)

    result = reconcile.reconcile(whole=True)
    assert result.ok, [each["findings"] for each in result.checks if not each["ok"]]
    assert verify_market(market.pk).agrees
    assert Trade.objects.exists()
    each_trade_is_charged_right(market)
    open_orders_hold_what_they_may_cost(market)

    for who in people:
        cancel_all(customer_id=who.pk, actor=himself(who))
    match(market_id=market.pk)
    money_only_changed_hands(market, people)


def ask_something(pick: random.Random, market, who) -> None:
    """A random order, or a random change of one; what is refused is refused."""
    unit = D(1).scaleb(-market.size_precision)
    tick = D(1).scaleb(-market.price_precision)
    size = unit * pick.randint(1, 2000)
    price = tick * (pick.randint(90, 110) if pick.random() < 0.9 else pick.randint(1, 200))
    kind = pick.choice(["limit"] * 5 + ["limit_maker", "ioc", "fok", "market"])
    side = pick.choice(["buy", "sell"])
    mine = SpotOrder.objects.filter(customer=who, state__in=SpotOrder.OPEN_STATES).first()
    actor = himself(who)
    try:
        if mine is not None and pick.random() < 0.3:
            act, terms_ = pick.choice(
                [(reduce, {"new_size": size}), (replace, {"price": price, "size": size})]
            )
            act(order_id=mine.pk, customer_id=who.pk, actor=actor, **terms_)
        else:
            by_notional = kind == "market" and side == "buy"
            place(
                order=NewOrder(
                    customer_id=who.pk, symbol=market.symbol, side=side, kind=kind, price=price,
                    size=None if by_notional else size,
                    notional=price * size * D("1.37") if by_notional else None,
                    stp=pick.choice(["none", "cancel_maker", "cancel_taker", "cancel_both"]),
                ),
                actor=actor,
            )  # fmt: skip
    except Refused:
        return


def each_trade_is_charged_right(market) -> None:
    """The seller pays its rate, rounded up; the buyer no more than that."""
    unit = D(1).scaleb(-market.quote_precision)
    rates = {"taker": market.taker_rate, "maker": market.maker_rate}
    for trade in Trade.objects.all():
        takes = "seller" if trade.taker_side == Side.SELL else "buyer"
        for role, paid in (("taker", trade.taker_fee), ("maker", trade.maker_fee)):
            full = (trade.price * trade.size * rates[role]).quantize(unit, ROUND_CEILING)
            sells = (role == "taker") == (takes == "seller")
            assert paid == full if sells else D(0) <= paid <= full


def open_orders_hold_what_they_may_cost(market) -> None:
    """Neither less, nor what a change or a fill should have let go."""
    unit, quote = 10 ** (market.price_precision + market.size_precision), 10**market.quote_precision
    dearest = max(market.maker_rate, market.taker_rate)
    for order in SpotOrder.objects.filter(state__in=SpotOrder.OPEN_STATES):
        lots = order.size - order.filled_size
        if order.side == Side.SELL:
            assert order.held == lots
        else:
            notional = D(order.price * lots) / unit * quote
            assert order.held == notional + (notional * dearest).to_integral_value(ROUND_CEILING)


def money_only_changed_hands(market, people) -> None:
    """Nothing is held any more, and people and house have together what there was."""
    base, quote = market.symbol.split("_")
    assert all(factories.held(who, code) == 0 for who in people for code in (base, quote))
    assert sum(factories.available(who, base) for who in people) == 200_000
    fees = accounts.house_account(asset_id=market.quote_id, purpose=accounts.FEES)
    earned = LedgerAccount.objects.get(pk=fees).available
    assert earned == sum(t.taker_fee + t.maker_fee for t in Trade.objects.all())
    assert sum(factories.available(who, quote) for who in people) + earned == 200_000
