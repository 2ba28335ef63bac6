"""Deposits on real nodes, followed by the real watcher: Bitcoin and Ethereum, forks included."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from embit import bip32, bip39
from embit.networks import NETWORKS

from exchange.ledger import accounts
from tests import factories
from tests.factories import chains
from tests.factories import wallets as made
from tests.factories.accounts import acting
from wallets.addresses import issue, keysets
from wallets.deposits import check, credit
from wallets.deposits.models import Deposit

pytestmark = pytest.mark.django_db
State = Deposit.State
ROOT = bip32.HDKey.from_seed(
    bip39.mnemonic_to_seed("abandon " * 11 + "about"), version=NETWORKS["regtest"]["xprv"]
)


@pytest.fixture
def anna():
    return factories.customer()


def settle(node) -> None:
    node.follow()
    check.check_confirmed(network_id=node.row.pk)
    credit.credit_checked(network_id=node.row.pk)


def test_bitcoin_arrives_is_taken_back_by_a_fork_and_comes_again(bitcoin_node, anna):
    account = ROOT.derive("m/84h/1h/0h").to_public().to_base58()
    network = bitcoin_node.row
    keysets.register(
        network=network,
        name="btc-deposit",
        role="deposit",
        scheme="wpkh",
        public=f"wpkh({account}/0/*)",
        actor=factories.SYSTEM,
        reason="tests",
    )
    own = issue.issue(customer_id=anna.pk, network_id=network.pk, actor=acting(anna))

    bitcoin_node.give(own.address, "0.75")
    bitcoin_node.mine()
    settle(bitcoin_node)
    assert factories.available(anna, "BTC") == D("0.75")

    bitcoin_node.reorg(2)
    settle(bitcoin_node)
    assert factories.available(anna, "BTC") == 0
    assert Deposit.objects.get().state == State.ORPHANED

    bitcoin_node.mine(2)  # its transaction went back to the mempool
    settle(bitcoin_node)
    assert factories.available(anna, "BTC") == D("0.75")
    assert factories.house("BTC", accounts.CUSTODY) == D("-0.75")
    assert Deposit.objects.get().round == 2


def test_ether_and_a_token_arrive_at_one_address(evm_node, anna):
    network = made.evm_keys(evm_node.row).network
    chains.token(evm_node)
    evm_node.follow()
    own = issue.issue(customer_id=anna.pk, network_id=network.pk, actor=acting(anna))

    evm_node.give(own.address, "1.5")
    evm_node.give(own.address, "250", "USDT")
    evm_node.mine()
    settle(evm_node)

    assert factories.available(anna, "ETH") == D("1.5")
    assert factories.available(anna, "USDT") == D("250")
    assert {d.sender[:2] for d in Deposit.objects.all()} == {"0x"}
