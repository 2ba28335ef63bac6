"""A fork that is asked for is a fork, however fast the chain before it was mined."""

from __future__ import annotations

import pytest

from wallets.demo import faucet

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["bitcoin_node", "evm_node"])
def test_a_fork_of_empty_blocks_has_other_blocks(request, kind):
    node = request.getfixturevalue(kind)
    node.mine(30)  # the chain's clock runs ahead of ours
    before = [node.adapter.block_id(node.height - back).hash for back in range(3)]
    height = node.height

    for depth in (1, 2, 3):
        node.reorg(depth)
        after = node.adapter.block_id(height).hash
        assert after not in before
        before.append(after)


def test_the_blocks_of_a_fork_have_a_miner_of_their_own(evm_node):
    """So two empty ones of the same second differ."""

    def miner() -> str:
        tip = hex(evm_node.height)
        return faucet.ask(evm_node.adapter.rpc, "eth_getBlockByNumber", tip, False)["miner"]

    evm_node.mine(3)
    miners = {miner()}
    for _ in range(3):
        evm_node.reorg(2)
        miners.add(miner())

    assert len(miners) == 4
