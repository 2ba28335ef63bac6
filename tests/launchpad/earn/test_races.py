"""The cap, the same request twice, two redemptions at once: each lock with its control."""

from __future__ import annotations

import threading
from decimal import Decimal as D
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, IntegrityError

from exchange.core import clock, dispatch, locks
from exchange.core.errors import Refused
from launchpad.earn import accrue, check, redeem, subscribe, vaults
from launchpad.earn.errors import CapReached
from launchpad.earn.models import Arrival, Position, Product, VaultMove
from tests import factories
from tests.concurrency.together import Meeting, together
from tests.launchpad.earn.conftest import DAY, on_day, product, put_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nobody_wakes(monkeypatch):
    monkeypatch.setattr(dispatch, "send", lambda task, **kwargs: None)


@pytest.fixture
def savers():
    holders = [factories.customer() for _ in range(6)]
    for holder in holders:
        factories.fund(holder, "USDT", "100")
    return holders


def asks(holder, made: Product, number: int = 0):
    return lambda: subscribe.subscribe(
        customer_id=holder.pk,
        slug=made.slug,
        amount=D(60),
        terms_version=1,
        request_no=f"n{number}",
        actor=factories.SYSTEM,
    )


def test_six_savers_at_once_do_not_break_the_products_cap(savers):
    made = product(cap_total="130", cap_customer="130")
    outcomes = together([asks(holder, made) for holder in savers])
    assert sum(isinstance(each, Position) for each in outcomes) == 2
    assert sum(isinstance(each, CapReached) for each in outcomes) == 4
    made.refresh_from_db()
    assert made.taken == 120
    assert check.taken(0).wrong == check.accounts(0).wrong == 0


def test_without_the_products_lock_the_cap_breaks(savers, monkeypatch):
    """The control: both read what is left before either has taken it."""
    made = product(cap_total="70", cap_customer="70")
    both_have_read = threading.Barrier(2)
    look = subscribe.room

    def look_together(**words):
        found = look(**words)
        both_have_read.wait(20)
        return found

    monkeypatch.setattr(locks, "hold", lambda lock, key=0: None)
    monkeypatch.setattr(subscribe, "room", look_together)
    together([asks(holder, made) for holder in savers[:2]])
    made.refresh_from_db()
    assert made.taken == 120


def harvested_twice(monkeypatch) -> int:
    """Two people book at once what a vault gained: 10 of 100. How often it was booked.

    What the chain says is written here, as its own tests ask a real one.
    """
    with on_day(0):
        made = product(
            "usdt-vault", kind="vault", earns="arrivals", tiers=(), network="ERC20",
            vault="0x" + "1" * 40,
        )  # fmt: skip
        put_in(factories.customer(), made, "100")
    first = {"product": made, "shares": 1, "by": "tests", "at": clock.now()}
    VaultMove.objects.create(kind="deposit", units=100_000_000, worth=100_000_000, **first)

    def reading(**words):
        return VaultMove.objects.create(kind="reading", units=0, worth=110_000_000, **first)

    def harvest():
        with on_day(3):
            vaults.harvest(product_id=made.pk, actor=factories.SYSTEM)

    monkeypatch.setattr(vaults, "read", reading)
    monkeypatch.setattr(vaults, "Vault", lambda product: SimpleNamespace(decimals=6))
    monkeypatch.setattr(vaults, "_gained", Meeting().after(vaults._gained))
    together([harvest, harvest])
    return Arrival.objects.filter(product=made, amount=10).count()


def test_what_a_vault_gained_is_booked_once_by_two_at_once(monkeypatch):
    assert harvested_twice(monkeypatch) == 1


def test_without_the_locks_it_is_booked_twice(monkeypatch):
    """The control."""
    monkeypatch.setattr(locks, "hold", lambda lock, key=0: None)
    assert harvested_twice(monkeypatch) == 2


def test_the_same_request_at_once_is_one(savers):
    made = product()
    outcomes = together([asks(savers[0], made)] * 4)
    assert len({each.pk for each in outcomes}) == 1
    assert factories.available(savers[0], "USDT") == 40


def test_all_of_a_position_is_taken_out_once_by_two_requests_at_once(savers):
    made = product()
    position = put_in(savers[0], made, "50")

    def out(number: int):
        return lambda: redeem.redeem(
            customer_id=savers[0].pk,
            position_id=position.pk,
            request_no=f"o{number}",
            actor=factories.SYSTEM,
        )

    outcomes = together([out(1), out(2)])
    assert sum(isinstance(each, Refused) for each in outcomes) == 1
    assert not any(isinstance(each, DatabaseError) for each in outcomes)
    assert factories.available(savers[0], "USDT") == 150


@pytest.fixture
def due(savers):
    """A product with a day that is over and was not accrued."""
    with clock.held_at(clock.now() - DAY * 2):
        made = product()
        put_in(savers[0], made, "7300")
    return made


def test_four_workers_at_once_accrue_a_day_once(due):
    outcomes = together([lambda: accrue.accrue_due(product_id=due.pk)] * 4)
    assert sum(outcomes) == 2
    assert [each.positions for each in due.days.order_by("day")] == [0, 1]


def test_without_the_days_lock_two_workers_accrue_the_same_day(due, monkeypatch):
    """The control: both compute it, and only the rows' keys save the day."""
    both_have_read = threading.Barrier(2)
    begin = accrue._accrue_day

    def begin_together(which, day):
        both_have_read.wait(20)
        begin(which, day)

    monkeypatch.setattr(locks, "hold", lambda lock, key=0: None)
    monkeypatch.setattr(accrue, "_accrue_day", begin_together)
    outcomes = together([lambda: accrue.accrue_next(product_id=due.pk)] * 2)
    assert sum(isinstance(each, IntegrityError) for each in outcomes) == 1, outcomes
