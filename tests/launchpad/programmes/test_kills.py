"""kill -9 of the process that pays, between batches and within one; and many who pay at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, connection

from exchange.core import dispatch, locks
from exchange.core.errors import InsufficientFunds, KeyReused
from exchange.launcher.environment import ROOT
from exchange.ledger import accounts, reconcile
from exchange.ledger.queries import trial_balance
from launchpad.programmes import check, fund, pay, payouts, queries
from launchpad.programmes.models import Payout
from launchpad.programmes.payouts import Line
from tests import factories
from tests.concurrency.together import together
from tests.launchpad.conftest import programme

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 20


@pytest.fixture(autouse=True)
def _nobody_wakes(monkeypatch):
    """Payouts are paid when the test says so."""
    monkeypatch.setattr(dispatch, "send", lambda task, **kwargs: None)


@pytest.fixture
def waiting():
    """A payout of 1, 2, … 20 USDT that nobody has begun to pay."""
    main = factories.customer()
    people = [factories.customer(parent=main) for _ in range(PEOPLE)]
    made = programme("USDT", "1000")
    payout = payouts.prepare(
        programme_id=made.pk,
        key="interest",
        lines=[Line(who.pk, D(n)) for n, who in enumerate(people, start=1)],
        remainder=D("0.000003"),
        actor=factories.SYSTEM,
    )
    return payout, people


def database_url() -> str:
    named = connection.settings_dict
    return (
        f"postgresql://{named['USER']}:{named['PASSWORD']}@{named['HOST']}:{named['PORT']}"
        f"/{named['NAME']}"
    )


def kill_while_paying(payout: Payout, where: str, *, after: int) -> None:
    """Start a process that pays in batches of three, and kill it after so many signs of life."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.launchpad.programmes.payer", str(payout.pk), "3", where],
        cwd=ROOT,
        env={**os.environ, "TEST_DATABASE_URL": database_url()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for number in range(after):
            said = process.stdout.readline().strip()
            assert said == where, said
            if number < after - 1:
                process.stdin.write("\n")
                process.stdin.flush()
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        assert process.wait(30) == -signal.SIGKILL


def agrees() -> bool:
    return not (check.payouts(0).wrong or reconcile.holds(0).wrong or reconcile.balances(0).wrong)


@pytest.mark.parametrize(("where", "after", "paid"), [("batch", 2, 6), ("inside", 1, 0)])
def test_a_killed_payer_has_paid_whole_batches_and_the_next_one_pays_the_rest(
    waiting, where, after, paid
):
    payout, people = waiting
    kill_while_paying(payout, where, after=after)

    payout.refresh_from_db()
    assert (payout.state, payout.paid_lines) == ("paying", paid)
    assert sum(factories.available(who, "USDT") for who in people) == sum(range(1, paid + 1))
    assert agrees()

    assert payouts.sweep() == PEOPLE - paid

    assert [factories.available(who, "USDT") for who in people] == list(range(1, PEOPLE + 1))
    assert factories.house("USDT", "rounding") == D("0.000003")
    assert agrees()
    assert all(off == 0 for _, off in trial_balance())


def test_eight_payers_at_once_pay_everybody_once(waiting):
    payout, people = waiting
    done = together([lambda: payouts.pay(payout.pk, batch=3)] * 8)
    assert sum(done) == PEOPLE
    assert [factories.available(who, "USDT") for who in people] == list(range(1, PEOPLE + 1))


def test_without_the_payouts_lock_two_payers_take_the_same_batch(waiting, monkeypatch):
    """The control: both see the same mark, and only the entry's key, posted once, saves the day."""
    payout, _ = waiting
    payouts.pay(payout.pk, batch=1, most=1)
    both_have_read = threading.Barrier(2)
    read = pay.locked

    def read_together(payout_id):
        found = read(payout_id)
        both_have_read.wait(20)
        return found

    monkeypatch.setattr(locks, "hold", lambda lock, key=0: None)
    monkeypatch.setattr(pay, "locked", read_together)
    outcomes = together([lambda: pay._pay_batch(payout.pk, 100)] * 2)
    refused = [each for each in outcomes if isinstance(each, (KeyReused, InsufficientFunds))]
    assert len(refused) == 1, outcomes


def brings_in(made):
    return lambda: fund.take_in(
        programme_id=made.pk,
        source="capital",
        account_id=accounts.house_account(asset_id=made.asset_id, purpose=accounts.CAPITAL),
        amount=D(5),
        reference="once",
        actor=factories.SYSTEM,
    )


def test_the_same_funding_at_once_comes_in_once():
    made = programme("USDT")
    outcomes = together([brings_in(made)] * 4)
    assert len({each.pk for each in outcomes}) == 1
    assert queries.house_balances_of(made) == (5, 0)


def test_without_the_programmes_lock_only_a_row_key_keeps_it_once(monkeypatch):
    """The control."""
    made = programme("USDT")
    both_have_looked = threading.Barrier(2)
    move = fund._move

    def move_together(*args, **words):
        both_have_looked.wait(20)
        return move(*args, **words)

    monkeypatch.setattr(locks, "hold", lambda lock, key=0: None)
    monkeypatch.setattr(fund, "_move", move_together)
    outcomes = together([brings_in(made)] * 2)
    assert sum(isinstance(each, IntegrityError) for each in outcomes) == 1, outcomes
