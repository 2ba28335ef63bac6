"""Asking for a withdrawal: what is refused at once, and that a refused one moved nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest

from compliance.screening.models import Blocking
from exchange.accounts import api_keys, restrictions
from exchange.accounts.models import LoginDevice
from exchange.accounts.second_factor import SecondFactorNeeded, WrongCode
from exchange.accounts.throttle import TooManyTries
from exchange.audit.models import AuditEvent
from exchange.audit.switches import throw_switch
from exchange.core import clock
from exchange.core.errors import (
    InsufficientFunds,
    Invalid,
    KeyReused,
    PermissionRefused,
    Restricted,
    SwitchedOff,
)
from tests import factories
from tests.factories import withdrawals as w
from tests.factories.accounts import acting, authenticator, phone_shows
from tests.factories.screening import listed
from wallets.addresses import book
from wallets.addresses.book_rules import NotInBook, StillHeld
from wallets.addresses.formats import BadAddress
from wallets.chains.health import NotFollowing
from wallets.chains.models import NetworkWatch
from wallets.withdrawals import gates, judge, limits, targets
from wallets.withdrawals.errors import (
    BelowMinimum,
    NotWhitelisted,
    OverLimit,
    TooPrecise,
    UnknownAsset,
    UnknownRecipient,
    WithdrawalsClosed,
)
from wallets.withdrawals.models import GateOutcome, Withdrawal
from wallets.withdrawals.request import NewWithdrawal, request

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network(bitcoin_followed):
    return bitcoin_followed


@pytest.fixture
def who():
    return w.rich("BTC", "1")


def moved_nothing(who) -> None:
    assert not Withdrawal.objects.exists()
    assert (factories.available(who, "BTC"), factories.held(who, "BTC")) == (1, 0)


def test_an_approved_request_holds_amount_and_fee_and_every_gate_is_on_record(who):
    row = w.ask(who, "0.1")

    assert (row.state, row.fee, row.value_usdt) == ("approved", D("0.0002"), 2_000)
    assert factories.held(who, "BTC") == D("0.1002")
    assert list(row.outcomes.order_by("id").values_list("gate", "verdict")) == [
        (name, "pass")
        for name in (
            "switches", "restrictions", "products", "limits", "address book", "risk", "screening",
            "travel rule", "velocity", "monitoring", "amount",
        )
    ]  # fmt: skip
    assert AuditEvent.objects.get(verb="withdrawals.request").after["amount"] == "0.1"
    w.books_agree()


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        ("0", Invalid),
        ("-1", Invalid),
        ("0.0009", BelowMinimum),
        ("0.123456789", TooPrecise),
        ("0.9999", InsufficientFunds),  # there is enough, but not for the fee
        ("50", OverLimit),
    ],
)
def test_amounts_that_are_refused(who, amount, refusal):
    with pytest.raises(refusal) as refused:
        w.ask(who, amount)
    assert refused.value.field in ("amount", "")
    moved_nothing(who)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"asset": "NOPE"}, UnknownAsset),
        ({"network": "LTC"}, WithdrawalsClosed),
        ({"address": "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt081"}, BadAddress),
        ({"address": w.STRANGER_EVM}, BadAddress),
        ({"memo": "42"}, Invalid),
        ({"recipient": "nobody@example.com"}, UnknownRecipient),
        ({"request_no": ""}, Invalid),
    ],
)
def test_destinations_that_are_refused(who, fields, refusal):
    with pytest.raises(refusal):
        w.ask(who, "0.1", **fields)
    moved_nothing(who)


def test_nobody_withdraws_for_somebody_else(who):
    for actor in (acting(factories.customer()), factories.officer("wallets.approve_withdrawal")):
        with pytest.raises(PermissionRefused):
            w.ask(who, "0.1", actor=actor)
    moved_nothing(who)


def test_a_person_needs_a_code_and_each_code_confirms_one_request(who):
    himself = acting(who)
    with pytest.raises(SecondFactorNeeded):
        w.ask(who, "0.1", actor=himself, code="123456")
    authenticator(who.user)
    code = phone_shows()

    row = w.ask(who, "0.1", actor=himself, code=code)

    assert row.state == "approved"
    for amount, address in (("0.2", w.STRANGER), ("0.1", w.OTHER)):
        with pytest.raises((WrongCode, TooManyTries)):
            w.ask(who, amount, actor=himself, code=code, address=address)
    assert Withdrawal.objects.count() == 1
    assert factories.held(who, "BTC") == D("0.1002")


def test_the_same_request_number_is_the_same_withdrawal_and_never_another(who):
    first = w.ask(who, "0.1", request_no="mine-1")

    assert w.ask(who, "0.10", request_no="mine-1") == first
    with pytest.raises(KeyReused):
        w.ask(who, "0.2", request_no="mine-1")
    assert factories.held(who, "BTC") == D("0.1002")


@pytest.mark.parametrize(
    "name", ["withdrawals", "withdrawals:asset:BTC", "withdrawals:network:BTC"]
)
def test_a_closed_switch_refuses(who, name):
    throw_switch(name=name, close=True, actor=factories.SYSTEM, reason="drain")

    with pytest.raises(SwitchedOff):
        w.ask(who, "0.1")
    moved_nothing(who)


def test_a_network_that_is_not_followed_refuses(who):
    NetworkWatch.objects.update(state="down")

    with pytest.raises(NotFollowing):
        w.ask(who, "0.1")
    moved_nothing(who)


def test_a_restricted_customer_is_refused_and_so_are_sub_accounts(who):
    sub = factories.customer(parent=who)
    restrictions.restrict(
        customer_id=who.pk, kind="withdrawal", actor=factories.SYSTEM, reason="theft"
    )

    for each in (who, sub):
        with pytest.raises(Restricted):
            w.ask(each, "0.1")
    moved_nothing(who)


def test_limits_count_a_person_and_not_an_account(who, prices):
    prices["BTC"] = D(150_000)
    factories.fund(who, "BTC", "9")
    sub = factories.customer(parent=who)
    factories.fund(sub, "BTC", "9")
    w.ask(who, "1")  # 150,000 of 200,000

    with pytest.raises(OverLimit) as refused:
        w.ask(sub, "0.5")

    assert refused.value.limit == 50_000
    with clock.held_at(clock.now() + timedelta(hours=25)):
        NetworkWatch.objects.update(checked_at=clock.now())
        assert w.ask(sub, "0.5").state == "held"


def test_what_has_no_price_waits_for_a_person(who, prices):
    del prices["BTC"]

    row = w.ask(who, "0.1")

    assert (row.state, row.approvals_needed) == ("held", 1)
    assert GateOutcome.objects.get(verdict="hold").code == "value_unknown"


def test_large_amounts_wait_for_two_people(who, prices):
    prices["BTC"] = D(100_000)

    assert w.ask(who, "0.0999").state == "approved"
    row = w.ask(who, "0.1")

    assert (row.state, row.approvals_needed, row.recheck_at) == ("held", 2, None)


def test_an_address_of_the_book_has_to_wait_and_a_strict_book_refuses_others(who):
    owner = factories.SYSTEM
    entry = book.add(
        customer_id=who.pk, network_code="BTC", address=w.OTHER, label="mine", actor=owner
    )
    with pytest.raises(StillHeld):
        w.ask(who, "0.1", address=w.OTHER)
    book.require_whitelist(customer_id=who.pk, actor=owner)
    with pytest.raises(NotInBook):
        w.ask(who, "0.1", address=w.STRANGER)
    moved_nothing(who)

    entry.usable_at = clock.now()
    entry.save()
    assert w.ask(who, "0.1", address=w.OTHER).state == "approved"


@pytest.mark.parametrize("what", ["password_changed_at", "second_factor_changed_at"])
def test_changed_locks_hold_a_day_and_then_let_go_by_themselves(who, what):
    changed = clock.now() - timedelta(hours=23)
    setattr(who.user, what, changed)
    who.user.save()

    row = w.ask(who, "0.1")

    assert (row.state, row.recheck_at) == ("held", changed + timedelta(hours=24))
    assert judge.recheck_due() == 0
    with clock.held_at(clock.now() + timedelta(hours=1, minutes=1)):
        NetworkWatch.objects.update(checked_at=clock.now())
        assert judge.recheck_due() == 1
    row.refresh_from_db()
    assert (row.state, row.gates_round) == ("approved", 2)
    assert row.outcomes.count() == 2 * len(gates.in_order())


def device(who, *, age: timedelta):
    made = LoginDevice.objects.create(
        user=who.user, fingerprint=f"f{age}", user_agent="t", ip="203.0.113.9"
    )
    LoginDevice.objects.filter(pk=made.pk).update(first_seen=clock.now() - age)
    return made


def test_a_new_device_and_a_new_address_together_are_held(who):
    device(who, age=timedelta(days=90))
    new = device(who, age=timedelta(hours=1))

    def ask(amount: str, device_id: int) -> Withdrawal:
        return request(
            new=NewWithdrawal(
                customer_id=who.pk, asset="BTC", network="BTC", address=w.STRANGER,
                amount=D(amount), request_no=f"{amount}",
            ),
            actor=factories.SYSTEM,
            device_id=device_id,
        )  # fmt: skip

    first = ask("0.01", new.pk)
    assert first.state == "held"
    assert GateOutcome.objects.get(verdict="hold").code == "new_device_and_address"
    Withdrawal.objects.filter(pk=first.pk).update(state="confirmed")
    assert ask("0.02", new.pk).state == "approved"  # it was paid before


def test_a_sanctioned_address_is_held_for_two_people_and_the_customer_is_not_told_why(who):
    listed(w.STRANGER)

    row = w.ask(who, "0.1")

    assert (row.state, row.approvals_needed, row.customer_message) == ("held", 2, "")


def test_paying_a_sanctioned_address_freezes_the_account_and_starts_the_clock(who):
    listed(w.STRANGER)

    row = w.ask(who, "0.1")

    blocking = Blocking.objects.get(customer_id=row.owner_id)
    assert blocking.hit.subject == f"withdrawal:{row.pk}"
    assert blocking.known_at >= row.requested_at
    with pytest.raises(Restricted):
        w.ask(who, "0.05")


def test_a_new_list_finds_whom_customers_paid_before(who):
    row = w.ask(who, "0.1")

    assert [each.reference for each in targets.seen([row.key])] == [f"withdrawal:{row.pk}"]
    assert list(targets.seen(["bcrt1qelsewhere"])) == []


def test_many_requests_within_an_hour_wait(who):
    for _ in range(limits.MOST_AN_HOUR_OF_ONE):
        assert w.ask(who, "0.001").state == "approved"

    assert w.ask(who, "0.001").state == "held"


def test_a_gate_can_be_replaced_and_one_added(who, monkeypatch):
    monkeypatch.setattr(gates, "_gates", dict(gates._gates))
    gates.register("screening", lambda facts: gates.hold("pep", "a match"), order=gates.SCREENING)
    gates.register("travel rule", lambda facts: gates.PASS, order=gates.TRAVEL_RULE)

    row = w.ask(who, "0.1")

    assert row.state == "held"
    assert list(row.outcomes.order_by("id").values_list("gate", flat=True))[6:8] == [
        "screening", "travel rule",
    ]  # fmt: skip


def test_a_program_pays_to_the_book_only_and_with_a_key_that_may(who):
    def key(**fields):
        return api_keys.create(
            customer_id=who.pk, label="bot", actor=factories.SYSTEM, **fields
        ).key_id

    def ask(key_id: int):
        return request(
            new=NewWithdrawal(
                customer_id=who.pk, asset="BTC", network="BTC", address=w.OTHER,
                amount=D("0.1"), request_no=f"k{key_id}",
            ),
            actor=acting(who),
            api_key_id=key_id,
        )  # fmt: skip

    may = key(can_withdraw=True, allowed_ips=["203.0.113.9"])
    with pytest.raises(PermissionRefused):
        ask(key(can_trade=True))
    with pytest.raises(NotWhitelisted):
        ask(may)
    moved_nothing(who)
    entry = book.add(
        customer_id=who.pk, network_code="BTC", address=w.OTHER, label="a", actor=factories.SYSTEM
    )
    entry.usable_at = clock.now()
    entry.save()

    assert (ask(may).state, ask(may).via) == ("approved", "api")


def test_customers_pay_each_other_at_once_and_without_a_chain(who):
    friend = factories.customer()

    by_mail = w.ask(who, "0.1", recipient=friend.user.email.upper())
    by_number = w.ask(who, "0.2", recipient=str(friend.pk))

    assert (by_mail.state, by_number.state, by_mail.fee) == ("confirmed", "confirmed", 0)
    assert factories.available(friend, "BTC") == D("0.3")
    assert (factories.available(who, "BTC"), factories.held(who, "BTC")) == (D("0.7"), 0)
    w.books_agree()
    with pytest.raises(UnknownRecipient):
        w.ask(who, "0.1", recipient=str(who.pk))
