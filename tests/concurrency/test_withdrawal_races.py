"""Races around money on its way out, each with a control that shows it without the lock."""

from __future__ import annotations

import threading
from decimal import Decimal as D

import pytest
from django.db import connection

from exchange.accounts import restrictions
from exchange.accounts.models import Customer
from exchange.audit.models import AuditEvent
from exchange.core import clock, dispatch
from exchange.core.errors import Refused
from tests import factories
from tests.concurrency.together import PATIENCE, Meeting, together, until
from tests.factories import sending as wallet
from tests.factories import wallets as rows
from tests.factories import withdrawals as w
from tests.factories.memory_chain import MemoryChain, sign
from wallets.chains import nodes
from wallets.chains.models import NetworkWatch
from wallets.sending import send
from wallets.sending import signer as signer_client
from wallets.sending.models import ChainTransaction, Coin
from wallets.withdrawals import cancel, decide, pay, request, values
from wallets.withdrawals.models import Withdrawal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def chain(settings, monkeypatch):
    settings.CHAIN_ENVIRONMENT = {
        "BTC_RPC_URL": "http://127.0.0.1:1", "BTC_CHAIN": "regtest", "BTC_BIRTH_HEIGHT": "1",
    }  # fmt: skip
    btc = rows.network("BTC")
    rows.asset_network("BTC", btc)
    NetworkWatch.objects.all().delete()
    made = MemoryChain()
    monkeypatch.setitem(nodes._adapters, nodes.node("BTC"), made)
    monkeypatch.setattr(signer_client, "sign", sign)
    monkeypatch.setattr(dispatch, "send", lambda *args, **kwargs: None)
    monkeypatch.setattr(values, "price_of", lambda asset: D(20_000))
    _network, keys, _what = wallet.hot_bitcoin()
    w.fund_memory(made, keys, [100_000_000, 100_000_000])
    NetworkWatch.objects.update(checked_at=clock.now())
    return made


@pytest.fixture
def btc(chain):
    return NetworkWatch.objects.get().network


def outcome(call):
    """What it gave, or the refusal."""
    try:
        return call()
    except Refused as refused:
        return refused


def test_ten_requests_for_the_last_coins_have_one_winner(btc):
    who = w.rich("BTC", "0.3")

    got = together(
        [lambda n=n: outcome(lambda: w.ask(who, "0.2", request_no=f"{n}")) for n in range(10)]
    )

    assert sum(isinstance(each, Withdrawal) for each in got) == 1
    assert factories.held(who, "BTC") == D("0.2002")


def test_one_request_number_sent_ten_times_at_once_is_one_withdrawal(btc):
    who = w.rich("BTC", "3")

    got = together([lambda: w.ask(who, "0.2", request_no="mine")] * 10)

    assert {each.pk for each in got} == {Withdrawal.objects.get().pk}
    assert factories.held(who, "BTC") == D("0.2002")


def daily_limit_race(who) -> D:
    """Five requests at once of 60,000 USDT each; the day's limit is 200,000. What was let go."""
    together([lambda n=n: outcome(lambda: w.ask(who, "3", request_no=f"{n}")) for n in range(5)])
    return sum(row.value_usdt for row in Withdrawal.objects.all())


def test_the_limit_of_a_day_holds_against_requests_at_once(btc):
    assert daily_limit_race(w.rich("BTC", "100")) == 180_000


def test_without_the_lock_on_the_person_the_limit_is_passed(btc, monkeypatch):
    """The control."""
    monkeypatch.setattr(
        request, "_locked_owner", lambda customer_id: Customer.objects.get(pk=customer_id)
    )
    monkeypatch.setattr(request.judge, "ask", Meeting(5).after(request.judge.ask))

    assert daily_limit_race(w.rich("BTC", "100")) > 200_000


def test_two_senders_of_one_transaction_send_the_same_bytes(chain, btc):
    row = w.ask(w.rich("BTC", "1"), "0.25")
    pay.pay(network=btc)
    row.refresh_from_db()

    together([lambda: send.send(transaction_id=row.transaction_id)] * 6)

    row.refresh_from_db()
    assert row.state == "broadcast"
    assert {tx.txid().hex() for tx in chain.broadcasts} == {row.transaction.txid}


def test_two_payers_set_no_coin_aside_twice(chain, btc):
    for n in range(4):
        w.ask(w.rich("BTC", "1"), "0.3", request_no=f"{n}")

    together([lambda: pay.pay(network=btc)] * 4)

    for row in ChainTransaction.objects.all():
        send.send(transaction_id=row.pk)
    taken = list(Coin.objects.filter(reserved_by__isnull=False).values_list("txid", "index"))
    spent = [vin for tx in chain.broadcasts for vin in tx.vin]
    assert len({(vin.txid, vin.vout) for vin in spent}) == len(spent) == len(taken)
    assert Withdrawal.objects.filter(state="broadcast").count() == 4 - waiting()


def waiting() -> int:
    """What could not be paid from two coins at once waits for the change."""
    return Withdrawal.objects.filter(state="approved", transaction=None).count()


def cancel_while_signing(row) -> tuple[object, list[str]]:
    """Cancel in the moment in which the signer is at work. What cancelling gave, and who signed."""
    signing, cancelled, signed = threading.Event(), threading.Event(), []

    def slow_signer(each):
        signing.set()
        until(cancelled.is_set)
        signed.append(each.reference)
        return sign(each)

    def sender() -> None:
        try:
            send.send(transaction_id=row.transaction_id, sign=slow_signer)
        finally:
            connection.close()

    thread = threading.Thread(target=sender)
    thread.start()
    assert signing.wait(PATIENCE), ChainTransaction.objects.values_list("state", "last_error")
    got = outcome(lambda: cancel.cancel(withdrawal_id=row.pk, actor=factories.SYSTEM))
    cancelled.set()
    thread.join(PATIENCE)
    return got, signed


@pytest.fixture
def prepared(btc):
    row = w.ask(w.rich("BTC", "1"), "0.25")
    pay.pay(network=btc)
    row.refresh_from_db()
    return row


def test_what_the_signer_is_at_can_not_be_cancelled(chain, prepared):
    got, signed = cancel_while_signing(prepared)

    assert (isinstance(got, Refused), len(signed)) == (True, 1)
    prepared.refresh_from_db()
    assert prepared.state == "broadcast"
    assert factories.held(prepared.customer, "BTC") == D("0.2502")


def test_without_writing_down_that_the_signer_was_asked_it_is_cancelled_and_signed(
    chain, prepared, monkeypatch
):
    """The control: the coins are given back while a signature over them comes into being."""

    def forgetful(transaction_id: int) -> ChainTransaction:
        row = ChainTransaction.objects.select_related("key_set", "network").get(pk=transaction_id)
        row.asked_at = clock.now()  # here, and not in the database
        return row

    monkeypatch.setattr(send, "_claim_for_signing", forgetful)

    got, signed = cancel_while_signing(prepared)

    assert (isinstance(got, Withdrawal), len(signed)) == (True, 1)
    assert factories.available(prepared.customer, "BTC") == 1


def approve_while_freezing(monkeypatch) -> Withdrawal:
    """An approval looks at the customer, a freeze arrives, the approval goes on."""
    monkeypatch.setattr(values, "price_of", lambda asset: None)  # held for one person
    row = w.ask(w.rich("BTC", "1"), "0.25")
    monkeypatch.setattr(decide.second_factor, "show_code", lambda **_: None)
    looked, frozen = threading.Event(), threading.Event()
    really = decide.allowed_to_customer

    def look_and_wait(facts):
        answer = really(facts)
        looked.set()
        until(frozen.is_set)
        return answer

    monkeypatch.setattr(decide, "allowed_to_customer", look_and_wait)
    officer = factories.user(is_staff=True)

    def approves():
        return decide.approve(
            withdrawal_id=row.pk,
            actor=w.Actor(kind="staff", label="o", user_id=officer.pk, may=lambda _: True),
            code="1",
            reason="fine",
        )

    def freezes():
        assert looked.wait(PATIENCE)
        restrictions.restrict(
            customer_id=row.customer_id, kind="withdrawal", actor=factories.SYSTEM, reason="theft"
        )
        frozen.set()

    together([approves, freezes])
    row.refresh_from_db()
    verbs = AuditEvent.objects.filter(verb__in=["withdrawals.approve", "accounts.restrict"])
    row.first = verbs.order_by("id").first().verb  # written under the lock of what it records
    return row


def test_a_freeze_waits_for_the_approval_that_has_looked_already(btc, monkeypatch):
    row = approve_while_freezing(monkeypatch)

    assert (row.state, row.first) == ("approved", "withdrawals.approve")
    # And what was approved in that moment is held back before it is signed.
    pay.hold_back_restricted(network=btc)
    row.refresh_from_db()
    assert row.state == "held"


def test_without_the_lock_the_approval_commits_after_the_freeze(btc, monkeypatch):
    """The control."""
    monkeypatch.setattr(decide, "_lock_person", lambda owner_id: None)

    row = approve_while_freezing(monkeypatch)

    assert row.first == "accounts.restrict"
