"""Posting: once, exactly, and undone by its mirror image."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.db import transaction

from exchange.audit.models import AuditEvent
from exchange.core.errors import InsufficientFunds, Invalid, KeyReused, PermissionRefused
from exchange.ledger import accounts
from exchange.ledger.models import LedgerEntry, Posting
from exchange.ledger.post import Batch, Leg, hold, post, release, reverse, transfer
from exchange.ledger.queries import trial_balance
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def who():
    holder = factories.customer()
    factories.fund(holder, "USDT", "100")
    return holder


@pytest.fixture
def usdt(who) -> int:
    asset_id = factories.asset("USDT").pk
    return accounts.customer_accounts([(who.pk, asset_id)])[who.pk, asset_id]


@pytest.fixture
def fees(usdt) -> int:
    return accounts.house_account(asset_id=factories.asset("USDT").pk, purpose=accounts.FEES)


def balances(who) -> tuple[D, D]:
    return factories.available(who, "USDT"), factories.held(who, "USDT")


# Once -------------------------------------------------------------------------------------------


def test_the_same_posting_again_returns_the_first_and_moves_nothing(who, usdt, fees):
    first = transfer(kind="fee", reference="a", source=usdt, destination=fees, amount=D(3))
    again = transfer(kind="fee", reference="a", source=usdt, destination=fees, amount=D("3.000"))
    assert again.pk == first.pk
    assert balances(who) == (97, 0)


def test_the_same_reference_with_another_amount_is_refused(who, usdt, fees):
    transfer(kind="fee", reference="a", source=usdt, destination=fees, amount=D(3))
    with pytest.raises(KeyReused):
        transfer(kind="fee", reference="a", source=usdt, destination=fees, amount=D("3.01"))
    assert balances(who) == (97, 0)


def test_the_same_reference_to_another_account_is_refused(who, usdt, fees):
    custody = accounts.house_account(asset_id=factories.asset("USDT").pk, purpose=accounts.CUSTODY)
    transfer(kind="fee", reference="a", source=usdt, destination=fees, amount=D(3))
    with pytest.raises(KeyReused):
        transfer(kind="fee", reference="a", source=usdt, destination=custody, amount=D(3))
    assert balances(who) == (97, 0)


def test_the_same_reference_of_another_kind_is_another_entry(who, usdt, fees):
    transfer(kind="fee", reference="a", source=usdt, destination=fees, amount=D(3))
    transfer(kind="fine", reference="a", source=usdt, destination=fees, amount=D(3))
    assert balances(who) == (94, 0)


def test_a_batch_that_repeats_a_reference_is_refused_whole(who, usdt, fees):
    transfer(kind="fee", reference="a", source=usdt, destination=fees, amount=D(3))
    batch = Batch()
    for reference in ("b", "a"):
        entry = batch.entry("fee", reference)
        batch.leg(entry, usdt, "-1", "0")
        batch.leg(entry, fees, "1", "0")
    with pytest.raises(KeyReused), transaction.atomic():
        batch.write()
    assert balances(who) == (97, 0)
    assert not LedgerEntry.objects.filter(reference="b").exists()


# Exactly ----------------------------------------------------------------------------------------


def test_legs_that_do_not_balance_are_invalid_and_leave_no_entry(who, usdt, fees):
    with pytest.raises(Invalid):
        post(kind="fee", reference="a", legs=[Leg(usdt, D(-3)), Leg(fees, D("2.99"))])
    assert not LedgerEntry.objects.filter(reference="a").exists()
    assert balances(who) == (100, 0)


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_only_more_than_nothing_can_be_transferred(who, usdt, fees, amount):
    with pytest.raises(Invalid):
        transfer(kind="fee", reference="a", source=usdt, destination=fees, amount=D(amount))


def test_an_entry_needs_legs():
    with pytest.raises(Invalid):
        post(kind="fee", reference="a", legs=[])


def test_the_last_unit_can_be_spent_and_not_one_more(who, usdt, fees):
    transfer(kind="fee", reference="a", source=usdt, destination=fees, amount=D(100))
    with pytest.raises(InsufficientFunds):
        transfer(kind="fee", reference="b", source=usdt, destination=fees, amount=D("1e-18"))
    assert balances(who) == (0, 0)


def test_the_smallest_unit_survives_beside_a_large_sum(who, usdt, fees):
    factories.fund(who, "USDT", "99999999999999999")
    transfer(kind="fee", reference="a", source=usdt, destination=fees, amount=D("1e-18"))
    assert balances(who)[0] == D("100000000000000098.999999999999999999")
    assert all(total == 0 for _, total in trial_balance())


# Holds ------------------------------------------------------------------------------------------


def test_a_hold_moves_from_available_to_held_and_back(who, usdt):
    hold(reference="w:1", account_id=usdt, amount=D(60))
    assert balances(who) == (40, 60)
    release(reference="w:1", account_id=usdt, amount=D(25))
    assert balances(who) == (65, 35)


def test_a_hold_of_more_than_is_available_is_refused_though_the_total_would_do(who, usdt):
    hold(reference="w:1", account_id=usdt, amount=D(60))
    with pytest.raises(InsufficientFunds):
        hold(reference="w:2", account_id=usdt, amount=D("40.01"))
    assert balances(who) == (40, 60)


def test_no_more_can_be_let_go_than_is_held(who, usdt):
    hold(reference="w:1", account_id=usdt, amount=D(60))
    with pytest.raises(InsufficientFunds):
        release(reference="w:1", account_id=usdt, amount=D("60.01"))
    assert balances(who) == (40, 60)


# Undone -----------------------------------------------------------------------------------------


def test_a_reversal_mirrors_every_leg(who, usdt, fees):
    before = balances(who)
    entry = transfer(kind="fee", reference="a", source=usdt, destination=fees, amount=D(3))

    undone = reverse(entry=entry, actor=factories.SYSTEM, reason="a mistake")

    assert balances(who) == before
    assert undone.reverses_id == entry.pk
    assert [
        (p.account_id, p.available) for p in Posting.objects.filter(entry=undone).order_by("pk")
    ] == [(usdt, D(3)), (fees, D(-3))]


def test_undoing_twice_is_undoing_once(who, usdt, fees):
    entry = transfer(kind="fee", reference="a", source=usdt, destination=fees, amount=D(3))
    assert (
        reverse(entry=entry, actor=factories.SYSTEM, reason="a mistake").pk
        == reverse(entry=entry, actor=factories.SYSTEM, reason="a mistake").pk
    )
    assert balances(who) == (100, 0)


def test_what_was_spent_since_cannot_be_taken_back(who, usdt, fees):
    gift = post(
        kind="gift",
        reference="g",
        legs=[
            Leg(accounts.house_account(asset_id=factories.asset("USDT").pk,
                                       purpose=accounts.CUSTODY), D(-50)),
            Leg(usdt, D(50)),
        ],
    )  # fmt: skip
    transfer(kind="fee", reference="a", source=usdt, destination=fees, amount=D(120))
    with pytest.raises(InsufficientFunds):
        reverse(entry=gift, actor=factories.SYSTEM, reason="a mistake")
    assert balances(who) == (30, 0)
    assert not LedgerEntry.objects.filter(kind="reversal").exists()


def test_reversing_needs_a_permission_and_a_reason_and_is_on_the_record(usdt, fees):
    gift = transfer(kind="fee", reference="b", source=usdt, destination=fees, amount=D(5))
    with pytest.raises(PermissionRefused):
        reverse(entry=gift, actor=factories.officer(), reason="a mistake")
    with pytest.raises(Invalid):
        reverse(entry=gift, actor=factories.officer("exchange.reverse_entry"), reason=" ")
    assert not LedgerEntry.objects.filter(kind="reversal").exists()

    reverse(entry=gift, actor=factories.officer("exchange.reverse_entry"), reason="a mistake")

    event = AuditEvent.objects.get(verb="ledger.reverse")
    assert (event.target_id, event.reason) == (str(gift.pk), "a mistake")
