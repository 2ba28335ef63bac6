"""Races for one market, one balance, one order: each thing happens once. With their controls."""

from __future__ import annotations

import threading
from collections import Counter
from decimal import Decimal as D

import pytest
from django.db import DatabaseError, OperationalError, connection

from exchange.core import locks
from exchange.core.errors import InsufficientFunds, Refused
from exchange.ledger import reconcile
from exchange.trading import match as matcher
from exchange.trading import place as placing
from exchange.trading.cancel import cancel
from exchange.trading.errors import DuplicateClientOrderId, OrderFinal
from exchange.trading.match import match
from exchange.trading.models import MatchBatch, MatchCommand, SpotOrder, Trade
from exchange.trading.replay import verify_market
from exchange.trading.settle import Settlement
from tests import factories
from tests.concurrency.together import together
from tests.factories.trading import himself, limit, trader

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 10


@pytest.fixture
def btc():
    return factories.market("BTC_USDT")


def everything_agrees(market) -> None:
    result = reconcile.reconcile(whole=True)
    assert result.ok, [each["findings"] for each in result.checks if not each["ok"]]
    replayed = verify_market(market.pk)
    assert replayed.agrees, replayed.difference


# Two matchers -----------------------------------------------------------------------------------


def queue_up(count: int) -> None:
    seller, buyer = trader(base="100"), trader(quote="100000000")
    for number in range(count):
        limit(seller, "sell", f"{50_000 + number}", "0.1")
        limit(buyer, "buy", f"{50_000 + number}", "0.1")


@pytest.mark.usefixtures("asleep")
def test_matchers_side_by_side_apply_each_command_once(btc, monkeypatch):
    queue_up(30)
    waiting = MatchCommand.objects.count()
    monkeypatch.setattr(matcher, "BATCH_COMMANDS", 7)  # many batches to race for

    applied = together([lambda: match(market_id=btc.pk)] * 4)

    assert (
        sum(applied) == waiting == sum(MatchBatch.objects.values_list("command_count", flat=True))
    )
    assert not MatchCommand.objects.exists()
    assert Trade.objects.count() == 30
    everything_agrees(btc)


@pytest.mark.usefixtures("asleep")
def test_without_the_markets_lock_two_matchers_apply_the_same_command(btc, monkeypatch):
    """The control: both drain the same rows, and only the database's constraints save the day."""
    queue_up(3)
    both_have_read = threading.Barrier(2)
    drain = matcher.queue.waiting

    def drain_together(market_id, count):
        rows = drain(market_id, count)
        if rows:
            both_have_read.wait(10)
        return rows

    monkeypatch.setattr(locks, "hold", lambda lock, key=0: None)
    monkeypatch.setattr(matcher.queue, "waiting", drain_together)
    outcomes = together([lambda: matcher.apply_batch(btc.pk)] * 2)

    refused = [o for o in outcomes if isinstance(o, (Refused, DatabaseError))]
    assert len(refused) >= 1, outcomes


@pytest.mark.usefixtures("asleep")
@pytest.mark.parametrize(
    ("where", "step"),
    [(Settlement, "finish"), (matcher, "_write_trades"), (matcher, "_update_orders")],
)
def test_a_matcher_that_dies_half_way_has_done_nothing(btc, monkeypatch, where, step):
    """Nor has it left a book in memory that has done more than the database."""
    queue_up(3)
    match(market_id=btc.pk)
    queue_up(3)
    limit(trader(), "sell", "60000", "1")  # stays in the book
    waiting = MatchCommand.objects.count()

    def die(*args):
        with connection.cursor() as cursor:  # as if the process were killed here
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patch:
        patch.setattr(where, step, die)
        (outcome,) = together([lambda: match(market_id=btc.pk)])
    assert isinstance(outcome, OperationalError)
    assert MatchCommand.objects.count() == waiting
    assert Trade.objects.count() == 3
    everything_agrees(btc)

    assert match(market_id=btc.pk) == waiting  # and it left no lock behind
    assert Trade.objects.count() == 6
    everything_agrees(btc)


# One balance ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("asleep")
def test_orders_racing_for_one_balance_never_overdraw_it(btc):
    who = trader(base="1", quote="0")
    outcomes = together([lambda: limit(who, "sell", "50000", "0.3")] * THREADS)

    assert Counter(type(o) for o in outcomes) == {int: 3, InsufficientFunds: THREADS - 3}
    assert {o.limit for o in outcomes if isinstance(o, InsufficientFunds)} == {"0.1"}
    assert (factories.available(who, "BTC"), factories.held(who, "BTC")) == (D("0.1"), D("0.9"))
    everything_agrees(btc)


def all_look_before_any_pays(monkeypatch) -> None:
    all_have_looked, mine = threading.Barrier(THREADS), threading.local()
    look = placing.customer_balances

    def look_together(pairs):
        seen = look(pairs)
        if not hasattr(mine, "looked"):  # whoever looks again is on their own
            mine.looked = True
            all_have_looked.wait(30)
        return seen

    monkeypatch.setattr(placing, "customer_balances", look_together)


@pytest.mark.usefixtures("asleep")
def test_whoever_looked_before_another_paid_looks_again(btc, monkeypatch):
    who = trader(base="1", quote="1")
    all_look_before_any_pays(monkeypatch)
    outcomes = together([lambda: limit(who, "sell", "50000", "0.3")] * THREADS)

    assert Counter(type(o) for o in outcomes) == {int: 3, InsufficientFunds: THREADS - 3}
    assert {o.limit for o in outcomes if isinstance(o, InsufficientFunds)} == {"0.1"}
    everything_agrees(btc)


@pytest.mark.usefixtures("asleep")
def test_without_the_second_look_only_the_guard_stops_them(btc, monkeypatch):
    """The control: who is told no by the ledger's guard is told no limit."""
    who = trader(base="1", quote="1")
    all_look_before_any_pays(monkeypatch)
    monkeypatch.setattr(placing, "locked_available", lambda ids: dict.fromkeys(ids, D(1)))
    outcomes = together([lambda: limit(who, "sell", "50000", "0.3")] * THREADS)

    assert {o.limit for o in outcomes if isinstance(o, InsufficientFunds)} == {None}
    assert sum(isinstance(o, int) for o in outcomes) == 3
    everything_agrees(btc)


# One client order id ----------------------------------------------------------------------------


@pytest.mark.usefixtures("asleep")
def test_one_client_order_id_places_one_order_however_often_it_comes(btc):
    who = trader()
    outcomes = together(
        [lambda: limit(who, "sell", "50000", "0.1", client_order_id="mine")] * THREADS
    )
    assert Counter(type(o) for o in outcomes) == {int: 1, DuplicateClientOrderId: THREADS - 1}
    assert SpotOrder.objects.count() == MatchCommand.objects.count() == 1
    assert factories.held(who, "BTC") == D("0.1")


@pytest.mark.usefixtures("asleep")
def test_without_its_index_the_same_client_order_id_places_many(btc, monkeypatch):
    """The control: looking before placing is not enough."""
    who = trader()
    all_look_before_any_pays(monkeypatch)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX client_order_id_once")
    try:
        outcomes = together(
            [lambda: limit(who, "sell", "50000", "0.1", client_order_id="mine")] * THREADS
        )
        assert sum(isinstance(o, int) for o in outcomes) == THREADS
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("DELETE FROM exchange_spotorder")
            cursor.execute("SET session_replication_role = DEFAULT")
            cursor.execute(
                "CREATE UNIQUE INDEX client_order_id_once ON exchange_spotorder"
                " (customer_id, client_order_id) WHERE client_order_id IS NOT NULL"
            )


# A cancel against a fill ------------------------------------------------------------------------


@pytest.mark.parametrize("attempt", range(5))
def test_a_cancel_and_a_fill_at_once_have_one_winner(btc, attempt):
    """Workers are awake here: each commit wakes a matcher in its own thread."""
    seller, buyer = trader(), trader()
    order_id = limit(seller, "sell", "50000", "1")

    cancelled, bought = together(
        [
            lambda: cancel(order_id=order_id, customer_id=seller.pk, actor=himself(seller)),
            lambda: limit(buyer, "buy", "50000", "1", kind="ioc"),
        ]
    )

    assert isinstance(bought, int), bought
    state = SpotOrder.objects.get(pk=order_id).state
    if isinstance(cancelled, OrderFinal):
        assert state == "filled"
        assert Trade.objects.get().maker_order_id == order_id
    else:
        assert (cancelled.state, state) == ("canceled", "canceled")
        assert not Trade.objects.exists()
    assert factories.held(seller, "BTC") == factories.held(buyer, "USDT") == 0
    everything_agrees(btc)


def test_two_cancels_at_once_cancel_once(btc):
    seller = trader()
    order_id = limit(seller, "sell", "50000", "1")
    outcomes = together(
        [lambda: cancel(order_id=order_id, customer_id=seller.pk, actor=himself(seller))] * 5
    )
    assert all(isinstance(o, OrderFinal) or o.state == "canceled" for o in outcomes)
    assert factories.available(seller, "BTC") == 10
    everything_agrees(btc)


def test_everybody_trades_with_everybody_and_the_books_agree(btc):
    people = [trader() for _ in range(4)]

    def trade(who, turn):
        for number in range(8):
            side = "buy" if (number + turn) % 2 else "sell"
            limit(who, side, f"{50_000 + number % 3}", "0.11")

    assert together([lambda w=w, t=t: trade(w, t) for t, w in enumerate(people)]) == [None] * 4
    assert not MatchCommand.objects.exists()
    assert Trade.objects.exists()
    everything_agrees(btc)
