"""Reconciliation and replay beside trading that goes on: no false alarm, and one at a time."""

from __future__ import annotations

import threading
import time
from decimal import Decimal as D

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from exchange.core import locks
from exchange.core.moment import one_moment
from exchange.ledger import reconcile
from exchange.ledger.models import Reconciliation
from exchange.ledger.tasks import reconcile as task
from exchange.trading.models import Trade
from exchange.trading.replay import verify_market
from tests import factories
from tests.concurrency.together import meanwhile
from tests.factories.trading import some_trading

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("asleep")]
PATIENCE = 30


@pytest.fixture
def btc():
    return factories.market("BTC_USDT")


def test_trading_that_goes_on_gives_no_false_alarm(btc):
    with meanwhile(lambda: some_trading(btc, rounds=1)):
        seen, deadline = [], time.monotonic() + PATIENCE
        while len(set(seen)) < 5 and time.monotonic() < deadline:
            result = reconcile.reconcile(whole=len(seen) % 2 == 0)
            assert result.ok, result.checks
            seen.append(Trade.objects.count())
    assert len(set(seen)) >= 5  # it did go on


def test_a_market_replays_while_it_trades(btc):
    some_trading(btc)
    with meanwhile(lambda: some_trading(btc, rounds=1)):
        versions, deadline = set(), time.monotonic() + PATIENCE
        while len(versions) < 5 and time.monotonic() < deadline:
            result = verify_market(btc.pk)
            assert result.agrees, result.difference
            versions.add(result.versions)
    assert len(versions) >= 5


def sums_read_one_after_the_other() -> tuple[D, D]:
    """What is held by all accounts, and what all postings held, by two queries."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(held), 0) FROM exchange_ledgeraccount")
        (balances,) = cursor.fetchone()
        time.sleep(0.03)
        cursor.execute("SELECT coalesce(sum(held), 0) FROM exchange_posting")
        return balances, cursor.fetchone()[0]


@pytest.mark.parametrize(("view", "agrees"), [(one_moment, True), (transaction.atomic, False)])
def test_queries_agree_in_one_moment_and_do_not_without(btc, view, agrees):
    """The second case is the control: the same queries in an ordinary transaction."""
    with meanwhile(lambda: some_trading(btc, rounds=1)):
        looks = apart = 0
        deadline = time.monotonic() + PATIENCE
        while looks < 20 or (not agrees and not apart and time.monotonic() < deadline):
            looks += 1
            with view():
                balances, postings = sums_read_one_after_the_other()
            apart += balances != postings
    assert (apart == 0) == agrees


def test_only_one_reconciliation_runs_at_a_time(btc):
    held, done = threading.Event(), threading.Event()

    def somebody_else():
        with transaction.atomic():
            locks.hold(locks.Lock.RECONCILIATION)
            held.set()
            done.wait(PATIENCE)
        connection.close()

    other = threading.Thread(target=somebody_else)
    other.start()
    held.wait(PATIENCE)
    try:
        assert reconcile.reconcile() is None
        assert task() == 0
        with pytest.raises(CommandError, match="Another reconciliation is running") as refused:
            call_command("reconcile")
        assert refused.value.returncode == 2
    finally:
        done.set()
        other.join()
    assert not Reconciliation.objects.exists()
    assert reconcile.reconcile() is not None


def test_a_reconciliation_refuses_to_share_somebody_elses_view(btc):
    with transaction.atomic(), pytest.raises(RuntimeError, match="transaction of its own"):
        reconcile.reconcile()
