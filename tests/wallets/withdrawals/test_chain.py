"""Withdrawals over real chains: asked, signed by a real signer, mined by a real node, settled."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange.core.errors import Conflict
from exchange.ledger import accounts
from tests import factories
from tests.factories import withdrawals as w
from tests.factories.accounts import staff
from tests.factories.signer import OPERATORS
from wallets.sending import queries as sending
from wallets.sending import signer as signer_client
from wallets.sending.models import ChainTransaction
from wallets.withdrawals import operators

pytestmark = pytest.mark.django_db


def refreshed(row):
    row.refresh_from_db()
    return row


def test_bitcoin_arrives_and_the_ledger_says_so(bitcoin):
    who = w.rich("BTC", "1")

    row = w.ask(who, "0.25")
    assert row.state == "approved"
    assert factories.held(who, "BTC") == D("0.2502")  # with the fee

    w.work(bitcoin)
    assert refreshed(row).state == "broadcast"
    assert factories.held(who, "BTC") == D("0.2502")
    w.mine(bitcoin)

    assert refreshed(row).state == "confirmed"
    assert (factories.available(who, "BTC"), factories.held(who, "BTC")) == (D("0.7498"), 0)
    assert w.house("BTC", accounts.WITHDRAWAL_FEES) == D("0.0002")
    (spent,) = ChainTransaction.objects.all()
    cost = D(spent.fee_units).scaleb(-8)
    assert w.house("BTC", accounts.NETWORK_COSTS) == -cost
    # What the chain holds is what the ledger says is outside, to the last satoshi.
    (units,) = sending.on_chain(key_set=spent.key_set).values()
    assert D(units).scaleb(-8) == D(3) - D("0.25") - cost == -w.house("BTC", accounts.CUSTODY)
    w.books_agree()


def test_ether_arrives(ethereum):
    who = w.rich("ETH", "5")

    row = w.ask(who, "1.5", asset="ETH", network="ERC20", address=w.STRANGER_EVM)
    w.work(ethereum)
    assert not ChainTransaction.objects.get().last_error
    w.settle(ethereum, refreshed(row))

    assert refreshed(row).state == "confirmed"
    assert factories.held(who, "ETH") == 0
    spent = row.transaction
    (units,) = sending.on_chain(key_set=spent.key_set).values()
    assert D(units).scaleb(-18) == -w.house("ETH", accounts.CUSTODY)
    assert D(units).scaleb(-18) == D(30) - D("1.5") - D(spent.fee_units).scaleb(-18)


def test_several_bitcoin_withdrawals_travel_together(bitcoin):
    first, second = w.rich("BTC", "1"), w.rich("BTC", "1")
    rows = [w.ask(first, "0.1"), w.ask(second, "0.2", address=w.OTHER)]

    w.work(bitcoin)
    w.mine(bitcoin)

    assert [refreshed(row).state for row in rows] == ["confirmed", "confirmed"]
    assert ChainTransaction.objects.count() == 1
    assert factories.held(first, "BTC") == factories.held(second, "BTC") == 0


def test_a_fork_takes_the_settlement_back_and_the_next_block_repeats_it(bitcoin):
    who = w.rich("BTC", "1")
    row = w.ask(who, "0.25")
    w.work(bitcoin)
    w.mine(bitcoin)
    assert refreshed(row).state == "confirmed"

    bitcoin.reorg(1)
    bitcoin.follow()

    assert refreshed(row).state == "broadcast"
    assert factories.held(who, "BTC") == D("0.2502")
    assert w.house("BTC", accounts.CUSTODY) == -3
    assert w.house("BTC", accounts.NETWORK_COSTS) == 0
    w.books_agree()
    w.look(bitcoin)
    w.send_all(bitcoin)
    w.mine(bitcoin)

    assert refreshed(row).state == "confirmed"
    assert factories.held(who, "BTC") == 0
    assert row.times_settled == 2
    w.books_agree()


def test_what_needs_operators_waits_and_says_so(bitcoin, signer, prices):
    prices["BTC"] = D(100)  # cheap enough to go unattended here, and above what the signer lets go
    who = w.rich("BTC", "2")

    row = w.ask(who, "1.5")
    w.work(bitcoin)

    (waiting,) = ChainTransaction.objects.all()
    assert (refreshed(row).state, waiting.state, waiting.asked_at) == ("approved", "prepared", None)
    assert waiting.last_error.startswith("signer: approvals:")
    assert factories.held(who, "BTC") == D("1.5002")

    contents = signer_client.contents(waiting)
    treasurer = staff(operators.PERMISSION)
    for each in signer.approve(contents.text, *OPERATORS[: contents.approvals_needed]):
        with pytest.raises(Conflict):
            operators.hand_in(
                transaction_id=waiting.pk, contents="another text", actor=treasurer, **each
            )
        operators.hand_in(
            transaction_id=waiting.pk, contents=contents.text, actor=treasurer, **each
        )
    w.send_all(bitcoin)
    w.mine(bitcoin)
    assert refreshed(row).state == "confirmed"
