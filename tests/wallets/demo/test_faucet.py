"""The demo's chains: coins from nothing where they are worth nothing, blocks where some wait."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from exchange.assets.models import AssetNetwork
from exchange.core.errors import Invalid, NotFound
from tests import factories
from tests.factories import chains
from tests.factories import wallets as rows
from wallets.demo import faucet, seed, tend, tokens
from wallets.demo.tokens import NotADevelopmentChain

pytestmark = pytest.mark.django_db

SOMEBODY = {
    "BTC": "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
    "ERC20": "0x000000000000000000000000000000000000bEEF",
}


@pytest.fixture(params=["bitcoin_node", "evm_node"])
def node(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def mainnet(settings):
    settings.CHAIN_ENVIRONMENT = {
        "BTC_RPC_URL": "http://127.0.0.1:9",
        "EVM_RPC_URL": "http://127.0.0.1:9",
    }


@pytest.mark.parametrize("network", ["BTC", "ERC20"])
def test_on_a_chain_that_is_worth_something_there_is_no_faucet(mainnet, network):
    for act in (
        lambda: faucet.mine(network=network),
        lambda: faucet.reorg(network=network, depth=1),
        lambda: faucet.give(
            network=network, asset=network, address=SOMEBODY[network], amount=Decimal(1)
        ),
        lambda: tokens.deploy_all(network=network),
        lambda: tokens.place_all(network=network, actor=factories.SYSTEM),
    ):
        with pytest.raises(NotADevelopmentChain):
            act()


def test_the_seed_leaves_production_alone(mainnet, settings, tmp_path):
    settings.VAR = tmp_path
    token = rows.asset_network("USDT", rows.network("ERC20"), contract="0xreal")

    seed.seed()

    token.refresh_from_db()
    assert token.contract == "0xreal"


def test_nothing_and_less_is_not_given(node):
    native = node.row.native_asset
    for amount in ("0", "-1"):
        with pytest.raises(Invalid):
            node.give(SOMEBODY[node.network], amount)
    with pytest.raises(NotFound):
        node.give(SOMEBODY[node.network], "1", asset="NOSUCH")
    with pytest.raises(Invalid):
        faucet.give(network=node.network, asset=native, address="nobody", amount=Decimal(1))


def test_two_gifts_before_a_block_are_both_mined(node):
    one = node.give(SOMEBODY[node.network], "0.1", mine=False)
    two = node.give(SOMEBODY[node.network], "0.2", mine=False)
    node.mine()

    mined = {each.txid for each in node.adapter.block(node.height).received}
    assert {one, two} <= mined


def test_a_chain_on_which_something_waits_gets_blocks_until_it_is_confirmed(node):
    node.mine()  # whatever earlier tests left
    while tend.tend(node.network):
        pass
    rested = node.height
    assert tend.tend(node.network) == 0
    txid = node.give(SOMEBODY[node.network], "0.1", mine=False)

    while tend.tend(node.network):
        pass

    assert not node.adapter.in_mempool(txid)
    assert node.height - rested >= node.row.confirmations
    assert node.height - rested <= 2 * node.row.confirmations + 2


def test_test_tokens_stand_where_the_seed_said_before_they_stood(evm_node, settings, tmp_path):
    settings.VAR = tmp_path
    row = rows.asset_network("LINK", evm_node.row, precision=18, decimals=18, contract="0xreal")

    seed.seed()

    row.refresh_from_db()
    said = json.loads((tmp_path / "chains" / "tokens.json").read_text())
    assert [each["contract"] for each in said if each["asset"] == "LINK"] == [row.contract]
    assert row.contract == tokens.address_of_token("LINK")
    tokens.deploy_all(network="ERC20")
    assert evm_node.adapter.rpc.call("eth_getCode", row.contract, "latest") != "0x"
    assert tokens.deploy_all(network="ERC20") == 0


def test_a_test_token_has_the_decimals_of_the_catalogue(evm_node):
    token = chains.token(evm_node, "USDC", 6)
    answer = evm_node.adapter.rpc.call(
        "eth_call", {"to": token.contract, "data": "0x313ce567"}, "latest"
    )

    assert int(answer, 16) == AssetNetwork.objects.get(pk=token.pk).decimals == 6


def test_a_chain_that_lost_its_newest_blocks_goes_on_as_a_fork(evm_node):
    before = evm_node.adapter.rpc.call("evm_snapshot")
    evm_node.mine(3)
    evm_node.follow()
    evm_node.adapter.rpc.call("evm_revert", before)
    evm_node.follow()
    assert evm_node.watch.state == "lying"

    tend.tend("ERC20")
    evm_node.follow()

    assert evm_node.watch.state == "following"
    assert evm_node.watch.height == evm_node.height
