"""The cap, the same request twice, two redemptions at once: each lock with its control."""

from __future__ import annotations

import threading
from decimal import Decimal as D

import pytest
from django.db import DatabaseError, IntegrityError

from exchange.core import clock, dispatch, locks
from exchange.core.errors import Conflict, Refused
from launchpad.earn import accrue, arrivals, check, evidence, lent, redeem, subscribe, vaults
from launchpad.earn.errors import CapReached
from launchpad.earn.models import Arrival, Position, Product
from tests import factories
from tests.concurrency.together import Meeting, together
from tests.factories import wallets as chain_rows
from tests.launchpad.earn.conftest import DAY, product, put_in, staking
from wallets.custody.models import Vault

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
    """Two people book at once what a vault gained: 10 of 100. What custody counts afterwards.

    What the chain says is written here, as its own tests ask a real one.
    """
    where = chain_rows.network("ERC20")
    what = chain_rows.asset_network("USDT", where, decimals=6, contract="0x" + "2" * 40)
    with clock.held_at(clock.now() - DAY * 3):
        made = product(
            "usdt-vault", kind="vault", earns="arrivals", tiers=(), network="ERC20",
            vault="0x" + "1" * 40,
        )  # fmt: skip
        put_in(factories.customer(), made, "100")
    vault = Vault.objects.create(
        key_set=chain_rows.key_set(where, "hot"), asset_network=what, address=made.vault,
        alone=0, book=100_000_000, gained=10_000_000, read_height=90,
        registered_by="tests", registered_at=clock.now(),
    )  # fmt: skip

    def harvest():
        vaults.harvest(product_id=made.pk, actor=factories.SYSTEM)

    monkeypatch.setattr(vaults.reading, "read", lambda vault_id: None)
    monkeypatch.setattr(vaults, "_gained", Meeting().after(vaults._gained))
    together([harvest, harvest])
    vault.refresh_from_db()
    return vault.book


def test_what_a_vault_gained_is_booked_once_by_two_at_once(monkeypatch):
    assert harvested_twice(monkeypatch) == 110_000_000


def test_without_the_chains_lock_custody_counts_it_twice(monkeypatch):
    """The control."""
    monkeypatch.setattr(lent, "hold", lambda product: None)
    assert harvested_twice(monkeypatch) == 120_000_000


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


@pytest.fixture
def two_staked(savers, monkeypatch):
    """Two products with somebody in each, a payment, and how often it was found unused."""
    chain_rows.network("ERC20")
    with clock.held_at(clock.now() - DAY * 3):
        made = [staking(f"eth-{n}", budget="0", commission_bps=0) for n in (1, 2)]
        for each in made:
            put_in(savers[0], each, "1")
    found: list[int] = []
    monkeypatch.setattr(
        evidence, "refuse_if_counted_otherwise", lambda which, amount: found.append(which.pk)
    )
    proof = evidence.Proof("chain", "ERC20", "0xaa:1", 90, D(1), None, "a validator")
    yesterday = clock.now().date() - DAY

    def booking(each: Product):
        return lambda: arrivals.book_proven(
            product_id=each.pk, proof=proof, amount=D(1), day=yesterday, actor=factories.SYSTEM
        )

    return [booking(each) for each in made], found


def test_one_payment_makes_one_arrival_when_two_products_claim_it_at_once(two_staked):
    bookings, found = two_staked
    outcomes = together(bookings)
    assert sum(isinstance(each, Conflict) for each in outcomes) == 1, outcomes
    assert (Arrival.objects.count(), len(found)) == (1, 1)


def test_without_the_chains_lock_both_find_it_unused_and_only_the_database_refuses(
    two_staked, monkeypatch
):
    """The control: the constraint is what is left."""
    bookings, found = two_staked
    both_have_read = threading.Barrier(2)
    look = arrivals._used

    def look_together(proof):
        seen = look(proof)
        both_have_read.wait(20)
        return seen

    class Unlocked:
        class objects:
            select_for_update = staticmethod(arrivals.NetworkWatch.objects.all)

    monkeypatch.setattr(arrivals, "NetworkWatch", Unlocked)
    monkeypatch.setattr(arrivals, "_used", look_together)
    outcomes = together(bookings)
    assert sum(isinstance(each, Conflict) for each in outcomes) == 1, outcomes
    assert (Arrival.objects.count(), len(found)) == (1, 2)
