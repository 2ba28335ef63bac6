"""What every adapter does, whichever node answers: one contract, tried on each of them."""

from __future__ import annotations

import pytest

from exchange.core.errors import Invalid
from tests.factories import chains
from wallets.chains.interface import BroadcastRefused, ChainUnavailable

pytestmark = pytest.mark.django_db

NODES = ["bitcoin_node", "litecoin_node", "evm_node", "python_evm_node"]
SOMEBODY = {
    "BTC": "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
    "LTC": "rltc1qw508d6qejxtdg4y5r3zarvary0c5xw7k693xs3",
    "ERC20": "0x000000000000000000000000000000000000bEEF",
}


@pytest.fixture(params=NODES)
def node(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def somebody(node):
    return SOMEBODY[node.network]


def received(node, txid, height=None):
    """What a transaction paid, as the block tells it."""
    block = node.adapter.block(height or node.height)
    return [each for each in block.received if each.txid == txid]


def test_the_node_is_on_the_configured_chain(node):
    status = node.adapter.status()

    assert status.chain in ("regtest", "31337")
    assert status.catching_up is False
    assert status.genesis == node.adapter.block_id(0).hash


def test_each_block_stands_on_the_one_before(node):
    node.mine(3)
    tip = node.height

    ids = [node.adapter.block_id(height) for height in range(tip - 3, tip + 1)]

    assert [each.height for each in ids] == list(range(tip - 3, tip + 1))
    assert [each.parent for each in ids[1:]] == [each.hash for each in ids[:-1]]
    assert node.adapter.block(tip).id == ids[-1]


def test_above_the_tip_there_is_no_block(node):
    assert node.adapter.block_id(node.height + 1) is None
    with pytest.raises(ChainUnavailable):
        node.adapter.block(node.height + 1)


def test_a_payment_is_in_its_block_to_the_last_unit(node, somebody):
    txid = node.give(somebody, "1.23456789")

    found = [
        each for each in received(node, txid) if each.recipient == node.adapter.key_of(somebody)
    ]

    decimals = 18 if node.row.family == "evm" else 8
    assert [each.units for each in found] == [123456789 * 10 ** (decimals - 8)]
    assert found[0].contract == ""


def test_a_payment_waits_in_the_mempool_until_it_is_mined(node, somebody):
    txid = node.give(somebody, "0.5", mine=False)
    assert node.adapter.in_mempool(txid) is True

    node.mine()

    assert node.adapter.in_mempool(txid) is False
    assert received(node, txid)


def test_after_a_fork_the_chain_is_another(node, somebody):
    txid = node.give(somebody, "0.25")
    height, before = node.height, node.adapter.block_id(node.height)

    node.reorg(1)

    assert node.height > height
    assert node.adapter.block_id(height).hash != before.hash
    assert node.adapter.block_id(height).parent == before.parent
    assert received(node, txid, height) == []


def test_the_fee_rate_is_at_least_one(node):
    assert node.adapter.fee_rate() >= 1


def test_nonsense_is_not_broadcast(node):
    with pytest.raises(BroadcastRefused):
        node.adapter.broadcast("00ff")


def test_an_address_of_the_chain_is_valid_and_another_is_not(node, somebody):
    assert node.adapter.valid_address(f" {somebody} ") == somebody
    for other in (*(set(SOMEBODY.values()) - {somebody}), somebody[:-1], somebody + "q", ""):
        with pytest.raises(Invalid):
            node.adapter.valid_address(other)


def test_a_node_that_does_not_answer_is_unavailable(node, settings):
    settings.CHAIN_ENVIRONMENT = chains.environment(
        node.network,
        f"http://127.0.0.1:{chains.free_port()}",
        "31337" if node.network == "ERC20" else "regtest",
        1,
    )
    with pytest.raises(ChainUnavailable, match="127.0.0.1"):
        node.adapter.status()
