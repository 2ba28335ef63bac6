"""Fixtures of withdrawals: a node, a signer, a hot wallet, prices."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange.core import clock
from tests.exchange.portal.conftest import as_role, every_role  # noqa: F401
from tests.factories import sending
from tests.factories import wallets as rows
from tests.factories.memory_chain import MemoryChain, sign
from tests.factories.signer import signer, signer_draft  # noqa: F401
from tests.factories.withdrawals import fund_memory, hot_wallet
from wallets.chains import nodes
from wallets.chains.models import NetworkWatch
from wallets.sending import signer as signer_client
from wallets.withdrawals import values

PRICES = {"BTC": Decimal(20_000), "ETH": Decimal(1_000), "USDT": Decimal(1)}


@pytest.fixture(autouse=True)
def prices(monkeypatch):
    """A coin is worth so much, and tests can change it. Trades that say so are the markets' tests'
    business."""
    table = dict(PRICES)
    monkeypatch.setattr(values, "price_of", table.get)
    return table


@pytest.fixture
def bitcoin(bitcoin_node, signer):  # noqa: F811
    """Bitcoin with three coins in the hot wallet."""
    hot_wallet(bitcoin_node, signer, "btc-hot", "3")
    return bitcoin_node


@pytest.fixture
def ethereum(evm_node, signer):  # noqa: F811
    """Ethereum with thirty ether in the hot wallet."""
    hot_wallet(evm_node, signer, "eth-hot", "30")
    return evm_node


@pytest.fixture
def bitcoin_followed(db, settings):
    """Bitcoin as if a node were followed: for all that needs no block."""
    settings.CHAIN_ENVIRONMENT = {"BTC_RPC_URL": "http://127.0.0.1:1", "BTC_CHAIN": "regtest"}
    btc = rows.network("BTC")
    rows.asset_network("BTC", btc)
    NetworkWatch.objects.filter(network=btc).update(checked_at=clock.now())
    return btc


@pytest.fixture
def bitcoin_ready(bitcoin_followed, settings, monkeypatch):
    """Makes a chain in memory, three coins of ours in it, followed to its tip."""
    settings.CHAIN_ENVIRONMENT = {**settings.CHAIN_ENVIRONMENT, "BTC_BIRTH_HEIGHT": "1"}
    monkeypatch.setattr(signer_client, "sign", sign)

    def make() -> MemoryChain:
        NetworkWatch.objects.all().delete()
        made = MemoryChain()
        monkeypatch.setitem(nodes._adapters, nodes.node("BTC"), made)
        _network, keys, _what = sending.hot_bitcoin()
        fund_memory(made, keys, [100_000_000, 100_000_000, 100_000_000])
        return made

    return make


@pytest.fixture
def chain(bitcoin_ready):
    """A chain in memory."""
    return bitcoin_ready()
