"""A token withdrawn over a real EVM chain: paid by a decoded transfer, gas paid in ether."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange.ledger import accounts
from tests import factories
from tests.factories import chains
from tests.factories import signer as signers
from tests.factories import withdrawals as w
from wallets.sending import queries
from wallets.sending.models import ChainTransaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def usdt(evm_node):
    row = chains.token(evm_node)
    row.withdraw_enabled = True
    row.withdraw_min, row.withdraw_fee = D(20), D(4)
    row.save()
    return row


@pytest.fixture
def signer_draft(usdt):
    body = signers.draft()
    for key in ("eth-hot", "eth-deposit"):
        body["keys"][key]["assets"]["USDT"]["contract"] = usdt.contract.lower()
    return body


def test_a_token_arrives_and_only_its_fee_is_taken_in_ether(evm_node, usdt, signer):
    keys = w.hot_wallet(evm_node, signer, "eth-hot", "3")
    w.put(evm_node, keys, "1000", "USDT")
    who = w.rich("USDT", "500")

    row = w.ask(who, "100", asset="USDT", network="ERC20", address=w.STRANGER_EVM)
    w.work(evm_node)
    w.settle(evm_node, row)

    assert row.state == "confirmed"
    assert (factories.available(who, "USDT"), factories.held(who, "USDT")) == (396, 0)
    assert w.house("USDT", accounts.WITHDRAWAL_FEES) == 4
    held = queries.on_chain(key_set=keys)
    assert held[usdt.pk] == 900_000_000
    assert -w.house("USDT", accounts.CUSTODY) == 900
    spent = ChainTransaction.objects.get()
    ether = next(units for place, units in held.items() if place != usdt.pk)
    assert D(ether).scaleb(-18) == D(3) - D(spent.fee_units).scaleb(-18)
    assert D(ether).scaleb(-18) == -w.house("ETH", accounts.CUSTODY)
