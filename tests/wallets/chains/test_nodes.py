"""Which node is whose: by configuration only, and nonsense is said at once."""

from __future__ import annotations

import pytest

from exchange.core.errors import NotFound
from wallets import chains
from wallets.chains import nodes
from wallets.chains.bitcoin import BitcoinAdapter
from wallets.chains.evm import EvmAdapter
from wallets.chains.rpc import Rpc


def test_without_a_url_a_network_has_no_node(settings):
    settings.CHAIN_ENVIRONMENT = {"BTC_CHAIN": "main"}

    assert chains.configured() == []
    with pytest.raises(NotFound):
        chains.adapter("BTC")


def test_production_is_what_nobody_has_to_name(settings):
    settings.CHAIN_ENVIRONMENT = {
        "BTC_RPC_URL": "http://a:b@btc:8332",
        "LTC_RPC_URL": "http://a:b@ltc:9332",
        "EVM_RPC_URL": "https://eth",
        "EVM_RPC_URL_BSC_BNB": "https://bsc",
    }

    assert chains.configured() == ["BSC_BNB", "BTC", "ERC20", "LTC"]
    assert {c: nodes.node(c).chain for c in chains.configured()} == {
        "BSC_BNB": "56",
        "BTC": "main",
        "ERC20": "1",
        "LTC": "main",
    }
    assert not any(nodes.node(code).development for code in chains.configured())
    assert nodes.node("ERC20").genesis.startswith("0xd4e567")
    assert isinstance(chains.adapter("LTC"), BitcoinAdapter)
    assert isinstance(chains.adapter("BSC_BNB"), EvmAdapter)


def test_a_development_chain_has_no_genesis_of_everybodys(settings):
    settings.CHAIN_ENVIRONMENT = {"EVM_RPC_URL": "http://x", "EVM_CHAIN_ID": "31337"}

    node = nodes.node("ERC20")

    assert (node.development, node.genesis, node.chain) == (True, "", "31337")


@pytest.mark.parametrize(
    "environment",
    [
        {"BTC_RPC_URL": "http://x", "BTC_CHAIN": "moon"},
        {"EVM_RPC_URL": "http://x", "EVM_CHAIN_ID": "one"},
        {"EVM_RPC_URL_NEWCHAIN": "http://x"},
        {"BTC_RPC_URL": "http://x", "BTC_BIRTH_HEIGHT": "-1"},
    ],
    ids=["chain", "chain id", "unknown network", "height"],
)
def test_a_configuration_that_means_nothing_is_refused(environment):
    with pytest.raises(ValueError, match="no such chain|must say which chain|is no height"):
        nodes.read(environment)


def test_a_new_evm_network_is_configuration_only(settings):
    settings.CHAIN_ENVIRONMENT = {
        "EVM_RPC_URL_MATIC": "https://polygon",
        "EVM_BIRTH_HEIGHT_MATIC": "50000000",
    }

    node = nodes.node("MATIC")

    assert (node.chain, node.birth_height, node.family) == ("137", 50_000_000, "evm")


def test_a_password_is_in_no_message():
    rpc = Rpc("http://user:s3cret@node.example:8332/key")

    assert rpc.place == "node.example:8332"
    assert "s3cret" not in rpc.address


@pytest.mark.parametrize("url", ["ftp://node", "node:8332", "http://"])
def test_what_is_no_address_of_a_node_is_refused(url):
    with pytest.raises(ValueError, match="a node's address is"):
        Rpc(url)
