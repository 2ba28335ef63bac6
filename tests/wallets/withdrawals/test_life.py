"""The life of a transaction: killed anywhere, bumped, dropped, given up, stolen from."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from embit.script import Script
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from exchange.accounts import restrictions
from exchange.audit.switches import throw_switch
from exchange.core.errors import PermissionRefused
from exchange.ledger import accounts
from tests import factories
from tests.factories import withdrawals as w
from tests.factories.accounts import acting
from tests.factories.memory_chain import sign, spends
from wallets.chains import watch
from wallets.chains.models import NetworkWatch
from wallets.sending import bitcoin, queries, send, sweep
from wallets.sending.abandon import abandon
from wallets.sending.bump import bump
from wallets.sending.errors import CannotBump, SignerRefused, SignerUnavailable, TooLate
from wallets.sending.models import ChainTransaction, Coin
from wallets.sending.signed import OtherContents, refuse_other_contents
from wallets.sending.signer import Signed
from wallets.withdrawals import cancel, freeze, pay
from wallets.withdrawals.errors import TooLateToCancel
from wallets.withdrawals.models import Withdrawal

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The process died here."""


@pytest.fixture
def btc(chain):
    return NetworkWatch.objects.get().network


@pytest.fixture
def row(btc):
    """A withdrawal whose transaction is prepared."""
    made = w.ask(w.rich("BTC", "1"), "0.25")
    pay.pay(network=btc)
    return fresh(made)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def carrier(row) -> ChainTransaction:
    return fresh(row).transaction


def mine(chain, **how) -> None:
    chain.mine(**how)
    watch.follow("BTC")


def test_a_sender_killed_after_the_signature_asks_again_and_sends_the_same_bytes(chain, row):
    def sign_and_die(each):
        sign(each)
        raise Killed

    with pytest.raises(Killed):
        send.send(transaction_id=row.transaction_id, sign=sign_and_die)
    assert (carrier(row).state, carrier(row).asked_at is not None) == ("prepared", True)
    assert chain.broadcasts == []
    with pytest.raises(TooLateToCancel):
        cancel.cancel(withdrawal_id=row.pk, actor=factories.SYSTEM)

    send.send(transaction_id=row.transaction_id)

    assert fresh(row).state == "broadcast"
    assert [tx.txid().hex() for tx in chain.broadcasts] == [carrier(row).txid]


def test_a_sender_killed_after_the_broadcast_sends_the_same_bytes_again(chain, row, monkeypatch):
    really = chain.broadcast

    def broadcast_and_die(signed):
        really(signed)
        raise Killed

    monkeypatch.setattr(chain, "broadcast", broadcast_and_die)
    with pytest.raises(Killed):
        send.send(transaction_id=row.transaction_id)
    assert (fresh(row).state, len(chain.broadcasts)) == ("signed", 1)
    monkeypatch.setattr(chain, "broadcast", really)

    # The block comes first, or the second try does: both are fine.
    send.send(transaction_id=row.transaction_id)
    mine(chain)

    assert fresh(row).state == "confirmed"
    assert len(chain.broadcasts) == 1


def test_mined_before_anybody_wrote_down_that_it_was_sent(chain, row, monkeypatch):
    really = chain.broadcast
    monkeypatch.setattr(chain, "broadcast", lambda signed: (really(signed), 1 / 0))
    with pytest.raises(ZeroDivisionError):
        send.send(transaction_id=row.transaction_id)

    mine(chain)

    assert fresh(row).state == "confirmed"
    assert send.send(transaction_id=row.transaction_id) == "confirmed"
    w.books_agree()


def test_what_the_signer_refuses_can_be_given_up_and_is_asked_again(chain, row, monkeypatch):
    def refuses(each):
        raise SignerRefused("0 of 2 approvals by operators.", limit="approvals")

    send.send(transaction_id=row.transaction_id, sign=refuses)

    assert carrier(row).last_error == "signer: approvals: 0 of 2 approvals by operators."
    assert carrier(row).asked_at is None
    cancel.cancel(withdrawal_id=row.pk, actor=acting(row.customer))
    assert fresh(row).state == "cancelled"
    assert not Coin.objects.exclude(reserved_by=None).exists()
    assert factories.available(row.customer, "BTC") == 1


def test_a_signer_that_does_not_answer_may_have_signed(chain, row):
    def away(each):
        raise SignerUnavailable("the signer does not answer")

    send.send(transaction_id=row.transaction_id, sign=away)

    assert carrier(row).asked_at is not None
    with pytest.raises(TooLate):
        abandon(transaction_id=row.transaction_id, actor=factories.SYSTEM, reason="?")


def test_a_signer_that_signs_something_else_is_not_believed(chain, row):
    def thief(each):
        tx = Transaction.from_string(sign(each).signed)
        tx.vout[0].value += 1
        return Signed(tx.serialize().hex(), tx.txid().hex())

    send.send(transaction_id=row.transaction_id, sign=thief)

    assert (carrier(row).signed, carrier(row).state) == ("", "prepared")
    assert chain.broadcasts == []
    with pytest.raises(OtherContents):
        refuse_other_contents(carrier(row), "00", "x")


@pytest.mark.parametrize(
    "name", ["withdrawals", "withdrawals:asset:BTC", "withdrawals:network:BTC", "wallet:btc-hot"]
)
def test_a_switch_stops_it_before_the_signer_and_before_the_node(chain, row, name):
    throw_switch(name=name, close=True, actor=factories.SYSTEM, reason="drain")
    asked = []
    send.send(transaction_id=row.transaction_id, sign=lambda each: asked.append(each))
    assert (asked, carrier(row).asked_at) == ([], None)
    throw_switch(name=name, close=False, actor=factories.SYSTEM, reason="over")

    def sign_while_it_closes(each):
        throw_switch(name=name, close=True, actor=factories.SYSTEM, reason="drain")
        return sign(each)

    assert send.send(transaction_id=row.transaction_id, sign=sign_while_it_closes) == "signed"
    assert chain.broadcasts == []
    throw_switch(name=name, close=False, actor=factories.SYSTEM, reason="over")
    assert send.send(transaction_id=row.transaction_id) == "broadcast"


def test_what_the_network_forgot_is_sent_again_even_while_switches_are_closed(chain, row, btc):
    send.send(transaction_id=row.transaction_id)
    throw_switch(name="withdrawals", close=True, actor=factories.SYSTEM, reason="drain")
    chain.forget()
    ChainTransaction.objects.update(checked_at=None)

    assert sweep.look_for_dropped(network=btc) == 1
    assert carrier(row).state == "dropped"
    assert send.send(transaction_id=row.transaction_id) == "broadcast"
    assert len({tx.txid() for tx in chain.broadcasts}) == 1


def test_a_bump_pays_more_for_the_same_payments_and_only_one_is_mined(chain, row):
    send.send(transaction_id=row.transaction_id)
    first = carrier(row)
    with pytest.raises(PermissionRefused):
        bump(transaction_id=first.pk, fee_rate=10, actor=factories.officer(), reason="stuck")
    with pytest.raises(CannotBump):
        bump(transaction_id=first.pk, fee_rate=2, actor=factories.SYSTEM, reason="stuck")
    with pytest.raises(CannotBump):
        bump(transaction_id=first.pk, fee_rate=501, actor=factories.SYSTEM, reason="stuck")

    second = bump(transaction_id=first.pk, fee_rate=10, actor=factories.SYSTEM, reason="stuck")
    assert second.reference == f"{first.reference}#1"
    assert second.fee_units >= 5 * first.fee_units - 5
    send.send(transaction_id=second.pk)
    old, new = chain.broadcasts
    assert spends(old) <= spends(new)
    assert (old.vout[0].value, old.vout[0].script_pubkey) == (
        new.vout[0].value, new.vout[0].script_pubkey,
    )  # fmt: skip
    mine(chain)

    assert [fresh(each).state for each in (first, second)] == ["replaced", "confirmed"]
    assert carrier(row) == second
    assert w.house("BTC", accounts.NETWORK_COSTS) == -D(second.fee_units).scaleb(-8)
    assert -w.house("BTC", accounts.CUSTODY) == D(3) - D("0.25") - D(second.fee_units).scaleb(-8)
    w.books_agree()


def test_the_old_one_may_be_mined_after_all(chain, row, btc):
    send.send(transaction_id=row.transaction_id)
    first = carrier(row)
    second = bump(transaction_id=first.pk, fee_rate=10, actor=factories.SYSTEM, reason="stuck")
    mine(chain)  # before the bump reached anybody

    assert [fresh(each).state for each in (first, second)] == ["confirmed", "replaced"]
    assert send.send(transaction_id=second.pk) == "replaced"
    assert fresh(row).state == "confirmed"
    w.books_agree()


def test_one_that_was_bumped_takes_more_coins_when_the_change_is_too_small(chain, btc, prices):
    prices["BTC"] = D(100)  # nobody has to look
    who = w.rich("BTC", "3")
    row = w.ask(who, "0.9999")
    pay.pay(network=btc)
    send.send(transaction_id=carrier(row).pk)
    first = carrier(row)

    second = bump(transaction_id=first.pk, fee_rate=200, actor=factories.SYSTEM, reason="stuck")

    assert second.spends.count() == 2
    assert Coin.objects.filter(reserved_by=second).count() == 1
    send.send(transaction_id=second.pk)
    mine(chain)
    assert fresh(second).state == "confirmed"


def test_giving_up_puts_the_others_of_a_batch_into_a_new_transaction(chain, btc):
    first, second = w.rich("BTC", "1"), w.rich("BTC", "1")
    mine_, theirs = w.ask(first, "0.1"), w.ask(second, "0.2", address=w.OTHER)
    pay.pay(network=btc)
    assert carrier(mine_) == carrier(theirs)

    cancel.cancel(withdrawal_id=mine_.pk, actor=acting(first))
    pay.pay(network=btc)

    assert fresh(mine_).state == "cancelled"
    assert fresh(theirs).state == "approved"
    assert carrier(theirs).state == "prepared"
    assert carrier(theirs).payments.count() == 1
    w.send_all_of(btc)
    mine(chain)
    assert fresh(theirs).state == "confirmed"
    assert [tx.vout[0].value for tx in chain.broadcasts] == [20_000_000]


def test_a_customer_restricted_meanwhile_is_held_back_and_holds_nobody_up(chain, btc):
    thief, honest = w.rich("BTC", "1"), w.rich("BTC", "1")
    bad, good = w.ask(thief, "0.1"), w.ask(honest, "0.2", address=w.OTHER)
    pay.pay(network=btc)
    restrictions.restrict(
        customer_id=thief.pk, kind="withdrawal", actor=factories.SYSTEM, reason="theft"
    )
    w.send_all_of(btc)
    assert chain.broadcasts == []

    pay.pay(network=btc)
    w.send_all_of(btc)

    assert (fresh(bad).state, fresh(good).state) == ("held", "broadcast")
    assert factories.held(thief, "BTC") == D("0.1002")


def test_the_freeze_link_takes_back_what_is_prepared_and_not_what_is_signed(chain, btc):
    who = w.rich("BTC", "1")
    gone = w.ask(who, "0.1")
    pay.pay(network=btc)
    w.send_all_of(btc)
    stays = w.ask(who, "0.2")
    pay.pay(network=btc)

    assert freeze.freeze(token=freeze.token_for(who.user), ip=None) == 1

    assert (fresh(gone).state, fresh(stays).state) == ("broadcast", "cancelled")


def steal(chain, coin: Coin) -> None:
    """Somebody else with our key spends a coin."""
    script = Script(bitcoin.script_of(coin.network, w.OTHER))
    tx = Transaction(
        vin=[TransactionInput(bytes.fromhex(coin.txid), coin.index)],
        vout=[TransactionOutput(coin.units - 500, script)],
    )
    chain.broadcast(tx.serialize().hex())


def test_a_stolen_coin_is_seen_in_its_block_and_the_withdrawal_is_paid_from_another(
    chain, row, btc
):
    coin = Coin.objects.get(reserved_by=row.transaction_id)
    steal(chain, coin)
    send.send(transaction_id=row.transaction_id)  # the node refuses it
    mine(chain)

    (spend,) = queries.unexplained(network=btc, height=chain.height)
    assert (spend.what, spend.address) == (f"{coin.txid}:{coin.index}", coin.address)
    assert carrier(row).state == "replaced"
    assert sweep.give_up_lost(network=btc) == 0  # a fork could undo the theft
    mine(chain, empty=True)
    assert sweep.give_up_lost(network=btc) == 1
    throw_switch(name="withdrawals", close=False, actor=factories.SYSTEM, reason="over")
    throw_switch(name="wallet:btc-hot", close=False, actor=factories.SYSTEM, reason="over")

    pay.pay(network=btc)
    w.send_all_of(btc)
    mine(chain)

    assert (fresh(row).state, fresh(row).attempt) == ("confirmed", 2)
    assert Withdrawal.objects.count() == 1


def test_a_theft_that_a_fork_undoes_is_forgotten(chain, row, btc):
    steal(chain, Coin.objects.get(reserved_by=row.transaction_id))
    mine(chain)
    height = chain.height
    assert queries.unexplained(network=btc, height=height)

    chain.reorg(1, back_to_mempool=False)
    watch.follow("BTC")

    assert queries.unexplained(network=btc, height=height) == []
