"""Withdrawals tell those who watch: the attempt, what came of it, and gifts between customers."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange.core import facts
from exchange.core.models import Fact
from tests import factories
from tests.factories import withdrawals as w
from wallets.chains import watch
from wallets.chains.models import NetworkWatch
from wallets.sending import send
from wallets.withdrawals import cancel, pay, settle

pytestmark = pytest.mark.django_db


def told(**where):
    return list(
        Fact.objects.filter(**where)
        .order_by("id")
        .values_list("kind", "customer_id", "asset", "amount", "usd", "address")
    )


def test_a_withdrawal_is_told_when_it_is_asked_for_and_again_when_it_is_taken_back(
    bitcoin_followed,
):
    who = w.rich("BTC", "1")
    row = w.ask(who, "0.25")
    cancel.cancel(withdrawal_id=row.pk, actor=factories.SYSTEM)

    assert told() == [
        ("crypto_withdrawal", who.pk, "BTC", D("0.25"), D(5_000), w.STRANGER),
        ("withdrawal_closed", who.pk, "BTC", D("0.25"), D(5_000), w.STRANGER),
    ]
    first = Fact.objects.order_by("id").first()
    assert (first.reference, first.at) == (str(row.pk), row.requested_at)
    assert first.extra["network"] == "BTC"
    # 0.25 and the fee out of the one bitcoin that was there.
    assert D(first.extra["share"]) == (row.amount + row.fee).quantize(D("0.0001"))
    assert facts.waiting() == 2


def test_that_a_block_took_it_is_told_once_whatever_forks_do(chain):
    who = w.rich("BTC", "1")
    row = w.ask(who, "0.25")
    pay.pay(network=NetworkWatch.objects.get().network)
    row.refresh_from_db()
    send.send(transaction_id=row.transaction_id)
    chain.mine()
    watch.follow("BTC")
    row.refresh_from_db()
    settle.unmined(row)
    settle.mined(row)

    assert [each[0] for each in told(customer_id=who.pk)] == [
        "crypto_withdrawal",
        "withdrawal_sent",
    ]


def test_what_leaves_the_hot_wallet_is_a_fact_about_the_wallet_with_its_share_of_it(chain):
    row = w.ask(w.rich("BTC", "1"), "0.25")
    pay.pay(network=NetworkWatch.objects.get().network)
    row.refresh_from_db()
    send.send(transaction_id=row.transaction_id)
    chain.mine()
    watch.follow("BTC")

    assert told(kind="hot_wallet_payment") == [
        ("hot_wallet_payment", None, "BTC", D("0.25"), D(5_000), "")
    ]
    fact = Fact.objects.get(kind="hot_wallet_payment")
    assert (fact.extra["subject"], fact.extra["approved"]) == ("wallet:btc-hot", True)
    # 0.25 of three bitcoin; what the network took is not counted as paid.
    assert D(fact.extra["wallet_share"]) == D("0.0834")


def test_a_fork_does_not_make_two_payments_of_one(chain):
    row = w.ask(w.rich("BTC", "1"), "0.25")
    network = NetworkWatch.objects.get().network
    pay.pay(network=network)
    row.refresh_from_db()
    send.send(transaction_id=row.transaction_id)
    chain.mine()
    watch.follow("BTC")
    chain.reorg(1)
    chain.mine()
    watch.follow("BTC")

    assert len(told(kind="hot_wallet_payment")) == 1


def test_a_transfer_is_told_when_it_is_the_other_ones(bitcoin_followed):
    who, friend = w.rich("BTC", "1"), factories.customer()
    row = w.ask(who, "0.25", recipient=str(friend.pk))

    fact = Fact.objects.get()
    assert (fact.kind, fact.customer_id, fact.counterparty_id) == ("transfer", who.pk, friend.pk)
    assert (fact.reference, fact.usd, fact.address) == (str(row.pk), D(5_000), "")
