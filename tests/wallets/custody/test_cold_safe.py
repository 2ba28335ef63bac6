"""A payment out of a Safe, from its draft to the block, on a real EVM chain."""

from __future__ import annotations

from decimal import Decimal

import pytest
from eth_account import Account

from exchange.core.errors import Conflict, InsufficientFunds
from tests import factories
from tests.factories import sending as hot_wallets
from tests.factories.chains import token
from tests.wallets.custody import cosigners
from tests.wallets.custody.vault import operator
from wallets.addresses import issue, keysets
from wallets.custody import holdings, safe
from wallets.custody.cold import cancel, draft, gather, hand_in, send, terms
from wallets.custody.models import ColdPayment, CustodyAlarm
from wallets.demo import tokens
from wallets.demo import vault as demo_vault

pytestmark = pytest.mark.xdist_group("evm node")
State = ColdPayment.State
ANYBODY = Account.from_key("0x" + "77" * 32)
SAFE_GAS = 400_000


class SafeVault:
    """A 2-of-3 Safe beside a hot wallet, on a followed development chain."""

    def __init__(self, node, folder) -> None:
        self.node = node
        _, self.hot, self.ether = hot_wallets.hot_ethereum()
        self.people = cosigners.people(folder, "evm")
        owners = {"owners": self.people.publics, "threshold": 2}
        self.address = demo_vault.address(**owners)
        while demo_vault.deploy(network=node.network, **owners):
            node.mine()
        self.cold = keysets.register(
            network=node.row,
            name="eth-cold",
            role="cold",
            scheme="safe",
            public=self.address,
            threshold=2,
            signers=3,
            actor=factories.SYSTEM,
            reason="tests",
        )
        issue.own_address(key_set_id=self.cold.pk)
        self.hot_address = issue.own_address(key_set_id=self.hot.pk).address

    def draft(self, amount: str, what=None) -> ColdPayment:
        made = draft.draft(
            key_set_id=self.cold.pk,
            asset_network_id=(what or self.ether).pk,
            address=self.hot_address,
            amount=Decimal(amount),
            terms=terms.current(self.cold),
            actor=operator(),
            reason="hot is low",
        )
        return gather.gather(payment_id=made.pk)

    def signature(self, number: int, payment: ColdPayment) -> bytes:
        return cosigners.sign(self.people, number, payment.unsigned, family="evm").encode()

    def sign_quickly(self, number: int, payment: ColdPayment) -> bytes:
        """The same signature without a process of its own."""
        key = cosigners.offline.new_key("evm", "regtest", bytes([number]) * 32)
        signed = Account.unsafe_sign_hash(bytes.fromhex(payment.digest[2:]), key.secret)
        return bytes(signed.signature).hex().encode()

    def call(self, data: str) -> str:
        """Anybody calls the contract. Returns the transaction's id."""
        self.node.give(ANYBODY.address, "1")
        return tokens.send(self.node.adapter, ANYBODY, to=self.address, data=data, gas=SAFE_GAS)

    def receipt(self, txid: str):
        self.node.mine()
        return self.node.adapter.rpc.call("eth_getTransactionReceipt", txid)


@pytest.fixture
def vault(evm_node, tmp_path) -> SafeVault:
    made = SafeVault(evm_node, tmp_path)
    evm_node.give(made.address, "3")
    evm_node.follow()
    return made


def row(payment: ColdPayment) -> ColdPayment:
    return ColdPayment.objects.get(pk=payment.pk)


def take(payment: ColdPayment, content: bytes) -> list[str]:
    return hand_in.hand_in(payment_id=payment.pk, content=content, actor=operator())


def test_two_owners_in_two_processes_pay_hot_and_anybody_may_execute_it(vault):
    payment = vault.draft("1")
    assert payment.state == State.SIGNING, payment.last_error
    assert sorted(payment.cosigners) == sorted(vault.people.publics)
    take(payment, vault.signature(1, payment))
    assert row(payment).state == State.SIGNING
    take(payment, vault.signature(3, payment))
    ready = row(payment)
    assert ready.state == State.READY

    txid = vault.call(send.call_data(ready))
    assert vault.receipt(txid)["status"] == "0x1"
    vault.node.follow()

    done = row(payment)
    assert (done.state, done.txid) == (State.DONE, txid)
    spread = holdings.by_asset(holdings.holdings())["ETH"]
    assert (spread.hot, spread.cold) == (Decimal(1), Decimal(2))
    assert CustodyAlarm.objects.count() == 0


def test_one_signature_is_refused_by_us_and_by_the_contract(vault):
    payment = vault.draft("1")
    one = vault.sign_quickly(1, payment)
    take(payment, one)
    with pytest.raises(Conflict, match="1 of 2 owners"):
        send.call_data(row(payment))

    data = safe.exec_data(draft.safe_tx(row(payment)), bytes.fromhex(one.decode()))
    assert vault.receipt(vault.call(data))["status"] == "0x0"
    vault.node.follow()
    assert row(payment).state == State.SIGNING


def test_a_payment_is_executed_once(vault):
    payment = vault.draft("1")
    for number in (2, 3):
        take(payment, vault.sign_quickly(number, payment))
    data = send.call_data(row(payment))
    assert vault.receipt(vault.call(data))["status"] == "0x1"
    assert vault.receipt(vault.call(data))["status"] == "0x0"
    vault.node.follow()
    assert holdings.by_asset(holdings.holdings())["ETH"].cold == Decimal(2)


def test_tokens_leave_a_safe_the_same_way(vault):
    usdt = token(vault.node)
    vault.node.give(vault.address, "5000", "USDT")
    vault.node.follow()
    payment = vault.draft("1200.5", usdt)
    assert payment.state == State.SIGNING, payment.last_error
    for number in (1, 2):
        take(payment, vault.sign_quickly(number, payment))
    vault.receipt(vault.call(send.call_data(row(payment))))
    vault.node.follow()

    assert row(payment).state == State.DONE
    spread = holdings.by_asset(holdings.holdings())["USDT"]
    assert (spread.hot, spread.cold) == (Decimal("1200.5"), Decimal("3799.5"))


def test_a_stranger_s_signature_is_refused(vault):
    payment = vault.draft("1")
    digest = bytes.fromhex(payment.digest[2:])
    stranger = bytes(Account.unsafe_sign_hash(digest, "0x" + "66" * 32).signature)
    with pytest.raises(safe.BadSignature, match="no owner"):
        take(payment, stranger.hex().encode())
    assert payment.signatures.count() == 0


def test_signatures_of_a_cancelled_payment_are_worthless_once_its_number_is_used(vault):
    first = vault.draft("1")
    for number in (1, 2):
        take(first, vault.sign_quickly(number, first))
    stolen = send.call_data(row(first))
    cancel.cancel(payment_id=first.pk, actor=operator(), reason="wrong amount")

    second = vault.draft("0.5")
    assert second.nonce == first.nonce
    for number in (1, 2):
        take(second, vault.sign_quickly(number, second))
    assert vault.receipt(vault.call(send.call_data(row(second))))["status"] == "0x1"
    assert vault.receipt(vault.call(stolen))["status"] == "0x0"
    vault.node.follow()
    assert (row(first).state, row(second).state) == (State.CANCELLED, State.DONE)
    assert CustodyAlarm.objects.count() == 0


def test_signatures_of_a_cancelled_payment_that_are_used_first_raise_an_alarm(vault):
    payment = vault.draft("1")
    for number in (1, 2):
        take(payment, vault.sign_quickly(number, payment))
    stolen = send.call_data(row(payment))
    cancel.cancel(payment_id=payment.pk, actor=operator(), reason="wrong amount")

    vault.receipt(vault.call(stolen))
    vault.node.follow()

    alarm = CustodyAlarm.objects.get(kind="foreign_spend")
    assert alarm.key_set == vault.cold
    assert row(payment).state == State.CANCELLED


def test_a_safe_with_other_owners_than_registered_is_not_signed_for(vault):
    vault.cold.threshold = 3
    vault.cold.save()
    payment = vault.draft("1")
    assert (payment.state, payment.last_error) == (
        State.FAILED,
        "The Safe says 2 of 3, and this wallet is 3 of 3.",
    )


def test_more_than_there_is_is_not_drafted(vault):
    vault.draft("2")
    with pytest.raises(InsufficientFunds) as refused:
        vault.draft("1.000000000000000001")
    assert refused.value.limit == "1"
