"""The hot key calls the cold Safe for its owners, through the real signer, and nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from eth_account import Account

from exchange.core.errors import Conflict
from tests import factories
from tests.factories import signer as signers
from tests.factories import withdrawals as rooms
from tests.factories.wallets import asset_network
from tests.wallets.custody import cosigners
from tests.wallets.custody.vault import operator
from wallets.addresses import issue, keysets
from wallets.custody import holdings, safe
from wallets.custody.cold import draft, gather, hand_in, send, terms
from wallets.custody.models import ColdPayment, CustodyAlarm
from wallets.demo import vault as demo_vault
from wallets.sending.models import ChainTransaction

pytestmark = pytest.mark.xdist_group("evm node")
OWNERS = [cosigners.offline.new_key("evm", "regtest", bytes([n]) * 32) for n in (1, 2, 3)]
WHO = {"owners": [owner.public for owner in OWNERS], "threshold": 2}
SAFE = demo_vault.address(**WHO)
SOME_CALL = safe.exec_data(
    safe.payment(recipient=signers.LISTED_EVM, units=1, contract="", nonce=0), b"\x01" * 130
)


@pytest.fixture
def signer_draft():
    policy = signers.draft()
    policy["keys"]["eth-hot"]["cold"] = SAFE.lower()
    return policy


@pytest.fixture
def payment(evm_node, signer) -> ColdPayment:
    """1 ETH from the Safe to hot, signed by two owners."""
    while demo_vault.deploy(network=evm_node.network, **WHO):
        evm_node.mine()
    hot = rooms.registered(evm_node, signer, "eth-hot", role="hot")
    cold = keysets.register(
        network=evm_node.row,
        name="eth-cold",
        role="cold",
        scheme="safe",
        public=SAFE,
        threshold=2,
        signers=3,
        actor=factories.SYSTEM,
        reason="tests",
    )
    issue.own_address(key_set_id=cold.pk)
    hot_address = issue.own_address(key_set_id=hot.pk).address
    evm_node.give(SAFE, "3")
    evm_node.give(hot_address, "1")
    evm_node.follow()
    made = draft.draft(
        key_set_id=cold.pk,
        asset_network_id=asset_network("ETH", evm_node.row).pk,
        address=hot_address,
        amount=Decimal(1),
        terms=terms.current(cold),
        actor=operator(),
        reason="hot is low",
    )
    made = gather.gather(payment_id=made.pk)
    assert made.state == "signing", made.last_error
    for owner in OWNERS[:2]:
        signed = Account.unsafe_sign_hash(bytes.fromhex(made.digest[2:]), owner.secret)
        hand_in.hand_in(
            payment_id=made.pk, content=bytes(signed.signature).hex().encode(), actor=operator()
        )
    return ColdPayment.objects.get(pk=made.pk)


def test_the_hot_key_executes_what_the_owners_signed(evm_node, payment):
    send.send(payment_id=payment.pk, actor=operator())
    assert send.push(payment_id=payment.pk) == ChainTransaction.State.BROADCAST
    evm_node.mine()
    evm_node.follow()

    row = ColdPayment.objects.get(pk=payment.pk)
    carrier = ChainTransaction.objects.get(pk=row.transaction_id)
    assert (row.state, carrier.state) == ("done", "confirmed")
    fee = Decimal(int(carrier.fee_units)).scaleb(-18)
    found = holdings.by_asset(holdings.holdings())["ETH"]
    assert (found.cold, found.hot) == (Decimal(2), Decimal(2) - fee)
    assert CustodyAlarm.objects.count() == 0


def test_it_is_executed_once_however_often_it_is_asked(evm_node, payment):
    send.send(payment_id=payment.pk, actor=operator())
    send.send(payment_id=payment.pk, actor=operator())
    assert ChainTransaction.objects.filter(purpose="cold").count() == 1
    send.push(payment_id=payment.pk)
    evm_node.mine()
    evm_node.follow()
    with pytest.raises(Conflict):
        send.send(payment_id=payment.pk, actor=operator())


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": signers.LISTED_EVM}, "contract"),  # another contract
        ({"value": 1}, "contract"),  # with money of the hot wallet's
        ({"data": "0x6a761203" + SOME_CALL[10:]}, "contract"),  # another function of the Safe
    ],
)
def test_the_signer_makes_no_other_call(signer, fields, code):
    asked = {
        "type": 2,
        "chainId": 31337,
        "nonce": 0,
        "to": SAFE,
        "value": 0,
        "data": SOME_CALL,
        "gas": 250_000,
        "maxFeePerGas": 10**9,
        "maxPriorityFeePerGas": 10**8,
    }

    def sign(name: str, **other) -> dict:
        return signer.ask(
            op="sign", id=name, key="eth-hot", network="ERC20", evm={**asked, **other}
        )

    refused = sign("other", **fields)
    assert (refused["ok"], refused["code"]) == (False, code)
    assert sign("itself")["ok"] is True
