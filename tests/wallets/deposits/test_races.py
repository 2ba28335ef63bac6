"""Crediting twice at once, and a fork while crediting. Each with a control without the lock."""

from __future__ import annotations

import contextlib
import threading
from decimal import Decimal as D

import pytest
from django.db import transaction

from exchange.core import dispatch
from exchange.ledger import accounts
from tests import factories
from tests.concurrency.together import PATIENCE, together, until
from tests.factories.blocks import pays
from wallets.deposits import check, credit, detect, gate, tiers
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


def two_at_once_above_the_limit(chain, hers, btc, monkeypatch) -> list[str]:
    """Two deposits of 4,000 USD, of which tier 0 brings in 5,000 a day, judged at the same time.

    Whoever has added up waits for the other to have done so too, for a second at most.
    """
    monkeypatch.setattr(gate, "_gates", {k: v for k, v in gate._gates.items() if "tier" in k})
    for module in (tiers, gate):
        monkeypatch.setattr(module, "worth_usdt", lambda asset, amount: amount * 20_000)
    added_up = tiers.brought_in
    both = threading.Barrier(2)

    def slowly(*args, **kwargs) -> D:
        total = added_up(*args, **kwargs)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(timeout=1)
        return total

    monkeypatch.setattr(tiers, "brought_in", slowly)
    chain.mine(*(pays(hers, "0.2", btc, name=f"p{n}") for n in range(2)))
    chain.mine()
    together([lambda: check.check_confirmed(network_id=btc.network_id)] * 2)
    check.check_confirmed(network_id=btc.network_id)  # whatever both had left to the other
    return sorted(Deposit.objects.values_list("state", flat=True))


def test_two_deposits_at_once_do_not_exceed_the_tier_together(chain, hers, btc, monkeypatch):
    states = two_at_once_above_the_limit(chain, hers, btc, monkeypatch)

    assert states == [State.CHECKED, State.HELD]


def test_without_the_lock_two_deposits_at_once_exceed_the_tier(chain, hers, btc, monkeypatch):
    """The control: each is judged before the other is written down."""
    monkeypatch.setattr(tiers, "_take_turns", lambda owner_id: None)

    states = two_at_once_above_the_limit(chain, hers, btc, monkeypatch)

    assert states == [State.CHECKED, State.CHECKED]
