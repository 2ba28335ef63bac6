"""Crediting twice at once, and a fork while crediting. Each with a control without the lock."""

from __future__ import annotations

import threading
from decimal import Decimal as D

import pytest
from django.db import transaction

from exchange.core import dispatch
from exchange.ledger import accounts
from tests import factories
from tests.concurrency.together import PATIENCE, together, until
from tests.factories.blocks import pays
from wallets.deposits import check, credit, detect
from wallets.deposits.models import Deposit

pytestmark = pytest.mark.django_db(transaction=True)
State = Deposit.State


@pytest.fixture(autouse=True)
def _nobody_wakes(monkeypatch):
    """Crediting runs when the test says so."""
    monkeypatch.setattr(dispatch, "send", lambda task, **kwargs: None)


@pytest.fixture
def checked(chain, hers, btc):
    """Ten deposits of 0.1 BTC that wait for their credit."""
    chain.mine(*(pays(hers, "0.1", btc, name=f"p{n}") for n in range(10)))
    chain.mine()
    check.check_confirmed(network_id=btc.network_id)
    assert Deposit.objects.filter(state=State.CHECKED).count() == 10


def test_eight_crediting_tasks_at_once_credit_each_deposit_once(checked, anna, btc):
    done = together([lambda: credit.credit_checked(network_id=btc.network_id)] * 8)

    assert sum(done) == 10
    assert factories.available(anna, "BTC") == D("1")
    assert factories.house("BTC", accounts.CUSTODY) == D("-1")


def test_eight_checks_at_once_judge_each_deposit_once(chain, hers, btc):
    chain.mine(*(pays(hers, "0.1", btc, name=f"p{n}") for n in range(10)))
    chain.mine()

    done = together([lambda: check.check_confirmed(network_id=btc.network_id)] * 8)

    assert sum(done) <= 10
    check.check_confirmed(network_id=btc.network_id)
    assert {d.checks.count() for d in Deposit.objects.all()} == {6}


def race_with_a_fork(chain, btc, monkeypatch) -> list[object]:
    """Credit everything while the block that paid it is taken back."""
    chain.fork(1)
    block = chain.blocks.pop()

    looked, undone = threading.Event(), threading.Event()

    def look_and_wait(_: Deposit) -> bool:
        looked.set()
        until(undone.is_set)
        return True

    def undo() -> None:
        looked.wait(PATIENCE)
        with transaction.atomic():
            detect.disconnect(btc.network, block.id)
        undone.set()

    monkeypatch.setattr(credit, "_deep_enough", look_and_wait)
    return together([lambda: credit.credit_checked(network_id=btc.network_id), undo])


def test_a_fork_during_crediting_leaves_nothing_credited(checked, chain, anna, btc, monkeypatch):
    outcomes = race_with_a_fork(chain, btc, monkeypatch)

    assert not any(isinstance(outcome, Exception) for outcome in outcomes), outcomes
    assert set(Deposit.objects.values_list("state", flat=True)) == {State.ORPHANED}
    assert factories.available(anna, "BTC") == 0
    assert factories.house("BTC", accounts.CUSTODY) == 0


def test_without_the_lock_a_fork_during_crediting_would_leave_money_behind(
    checked, chain, anna, btc, monkeypatch
):
    """The control: read without the lock, a deposit is credited after its block is gone."""

    def unlocked(deposit_id: int) -> Deposit:
        return Deposit.objects.select_related(
            "asset_network__asset", "asset_network__network", "network"
        ).get(pk=deposit_id)

    monkeypatch.setattr(credit, "_locked", unlocked)

    race_with_a_fork(chain, btc, monkeypatch)

    assert factories.available(anna, "BTC") > 0
