"""Several people and detectors at once. Each race has a control that shows it without the lock."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from eth_account import Account

from exchange.audit.models import AuditEvent
from exchange.core.errors import InsufficientFunds
from tests import factories
from tests.concurrency.together import Meeting, together
from tests.factories import sending as hot_wallets
from tests.wallets.custody import cosigners
from tests.wallets.custody.vault import operator
from wallets.addresses import issue, keysets
from wallets.custody import alarms
from wallets.custody.cold import draft, hand_in
from wallets.custody.cold.terms import Terms
from wallets.custody.models import ColdPayment, ColdSignature, CustodyAlarm
from wallets.sending.models import AccountBalance

pytestmark = pytest.mark.django_db(transaction=True)
OWNERS = [cosigners.offline.new_key("evm", "regtest", bytes([n]) * 32) for n in (1, 2, 3)]
SAFE = "0x41675C099F32341bf84BFc5382aF534df5C7461a"
DIGEST = bytes(range(32))
ETHER = 10**18


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch):
    """Nobody gathers, sends or delivers meanwhile."""
    from exchange.core import dispatch

    monkeypatch.setattr(dispatch, "send", lambda *args, **kwargs: None)


@pytest.fixture
def wallets():
    """A Safe of 3 ETH beside a hot wallet; no node."""
    where, hot, ether = hot_wallets.hot_ethereum()
    cold = keysets.register(
        network=where,
        name="eth-cold",
        role="cold",
        scheme="safe",
        public=SAFE,
        threshold=2,
        signers=3,
        actor=factories.SYSTEM,
        reason="tests",
    )
    AccountBalance.objects.create(
        address=issue.own_address(key_set_id=cold.pk),
        asset_network=ether,
        units=3 * ETHER,
        height=90,
    )
    return hot, cold, ether


def make_draft(wallets, amount: str = "1") -> ColdPayment:
    hot, cold, ether = wallets
    return draft.draft(
        key_set_id=cold.pk,
        asset_network_id=ether.pk,
        address=issue.own_address(key_set_id=hot.pk).address,
        amount=Decimal(amount),
        terms=Terms(0, 7),
        actor=operator(),
        reason="hot is low",
    )


@pytest.fixture
def signing(wallets, monkeypatch) -> ColdPayment:
    """A payment that waits for two of three, where two look at once who has signed."""
    payment = make_draft(wallets)
    payment.state, payment.digest = "signing", "0x" + DIGEST.hex()
    payment.cosigners = [owner.public for owner in OWNERS]
    payment.save()
    fresh = Meeting().before(ColdSignature.objects.bulk_create)
    monkeypatch.setattr(ColdSignature.objects, "bulk_create", fresh)
    return payment


def signature(number: int) -> bytes:
    signed = Account.unsafe_sign_hash(DIGEST, OWNERS[number].secret)
    return bytes(signed.signature).hex().encode()


def both_hand_in(payment: ColdPayment) -> ColdPayment:
    people = [operator(), operator()]
    outcomes = together(
        [
            lambda n=n: hand_in.hand_in(
                payment_id=payment.pk, content=signature(n), actor=people[n]
            )
            for n in (0, 1)
        ]
    )
    assert [each for each in outcomes if isinstance(each, Exception)] == []
    return ColdPayment.objects.get(pk=payment.pk)


def test_two_cosigners_at_once_make_it_ready(signing):
    assert both_hand_in(signing).state == "ready"


def test_without_the_lock_neither_sees_the_other_s_signature(signing, monkeypatch):
    def unlocked(payment_id: int) -> ColdPayment:
        return ColdPayment.objects.select_related("key_set").get(pk=payment_id)

    monkeypatch.setattr(hand_in, "locked", unlocked)
    row = both_hand_in(signing)
    assert (row.signatures.count(), row.state) == (2, "signing")


def test_the_same_file_twice_at_once_is_one_signature(signing):
    person = operator()

    def act():
        return hand_in.hand_in(payment_id=signing.pk, content=signature(0), actor=person)

    outcomes = together([act, act])
    assert sorted(type(each).__name__ for each in outcomes) == ["SignedAlready", "list"]
    assert signing.signatures.count() == 1
    assert AuditEvent.objects.filter(verb="custody.hand_in").count() == 1


def choose_at_once(monkeypatch) -> None:
    monkeypatch.setattr(draft, "_number", Meeting().after(draft._number))


def test_two_drafts_at_once_have_two_numbers(wallets, monkeypatch):
    choose_at_once(monkeypatch)
    made = together([lambda: make_draft(wallets)] * 2)
    assert sorted(each.nonce for each in made) == [7, 8]


def test_two_drafts_at_once_do_not_promise_the_same_coins(wallets, monkeypatch):
    choose_at_once(monkeypatch)
    made = together([lambda: make_draft(wallets, "2")] * 2)
    assert sorted(type(each).__name__ for each in made) == [
        "ColdPayment",
        InsufficientFunds.__name__,
    ]


def test_without_the_lock_both_take_one_number_and_the_database_stops_one(wallets, monkeypatch):
    choose_at_once(monkeypatch)
    monkeypatch.setattr(draft, "_lock_wallet", lambda key_set_id: None)
    made = together([lambda: make_draft(wallets, "2")] * 2)
    assert sorted(type(each).__name__ for each in made) == [
        "ColdPayment",
        IntegrityError.__name__,
    ]


def test_two_detectors_raise_one_alarm(db):
    def act() -> int:
        with transaction.atomic():
            return alarms.raise_alarm(
                kind="outflow",
                grade="stop",
                reference="outflow:the same",
                says="more than ever",
                facts={},
                close=["withdrawals"],
            ).pk

    assert len(set(together([act] * 8))) == 1
    assert CustodyAlarm.objects.count() == 1
    assert AuditEvent.objects.filter(verb="custody.raise_alarm").count() == 1
    assert AuditEvent.objects.filter(verb="core.close_switch").count() == 1
