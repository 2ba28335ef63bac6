"""A chain is walked once, back and forth, whatever happens to the walker or to the node."""

from __future__ import annotations

import pytest

from wallets.chains import followers, watch
from wallets.chains.models import NetworkWatch, SeenBlock

pytestmark = pytest.mark.django_db
State = NetworkWatch.State


class Notebook:
    """A room that writes down the blocks it was told of."""

    def __init__(self) -> None:
        self.blocks: list[str] = []

    def connect(self, network, block) -> None:
        assert block.id.hash not in self.blocks, "connected twice"
        self.blocks.append(block.id.hash)

    def disconnect(self, network, block) -> None:
        assert self.blocks.pop() == block.hash, "undone out of order"


@pytest.fixture
def notebook(monkeypatch):
    monkeypatch.setattr(followers, "_followers", {})
    book = Notebook()
    watch.follows("notebook", connect=book.connect, disconnect=book.disconnect, order=1)
    return book


@pytest.fixture(params=["bitcoin_node", "evm_node"])
def node(request, notebook):
    return request.getfixturevalue(request.param)


def main_chain(node, after: int) -> list[str]:
    return [node.adapter.block_id(h).hash for h in range(after + 1, node.height + 1)]


def test_every_new_block_is_connected_once_and_in_order(node, notebook):
    start = node.height
    node.mine(3)

    assert node.follow() == 3
    assert node.follow() == 0

    assert notebook.blocks == main_chain(node, start)
    assert (node.watch.state, node.watch.height) == (State.FOLLOWING, node.height)


def test_a_fork_is_walked_back_and_the_new_chain_forward(node, notebook):
    start = node.height
    node.mine(4)
    node.follow()
    old = list(notebook.blocks)

    node.reorg(2)
    moved = node.follow()

    assert notebook.blocks == main_chain(node, start)
    assert notebook.blocks[:2] == old[:2]
    assert not set(notebook.blocks[2:]) & set(old)
    assert moved == 2 + len(notebook.blocks) - 2
    assert SeenBlock.objects.filter(network=node.row).count() == len(notebook.blocks) + 1
