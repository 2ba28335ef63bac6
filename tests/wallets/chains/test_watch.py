"""A chain is walked once, back and forth, whatever happens to the walker or to the node."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from tests.concurrency.together import together
from tests.wallets.chains.notebook import Notebook
from wallets.chains import nodes, watch
from wallets.chains.models import NetworkWatch, SeenBlock

pytestmark = pytest.mark.django_db
State = NetworkWatch.State


@pytest.fixture
def notebook(monkeypatch):
    return Notebook.alone(monkeypatch)


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


def test_a_call_walks_no_further_than_it_may(node, notebook):
    start = node.height
    node.mine(5)

    assert watch.follow(node.network, limit=2) == 2

    assert node.watch.height == start + 2
    assert node.follow() == 3


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


def test_rooms_are_told_in_order_and_of_a_fork_the_other_way_round(node, notebook, monkeypatch):
    told = []
    watch.follows(
        "above",
        connect=lambda network, block: told.append("above in"),
        disconnect=lambda network, block: told.append("above out"),
        order=2,
    )
    monkeypatch.setattr(notebook, "tell", lambda what: told.append(f"notebook {what}"))
    node.mine(1)
    node.follow()
    node.reorg(1)
    node.follow()

    assert told[:4] == ["notebook in", "above in", "above out", "notebook out"]


def test_a_walker_that_dies_within_a_block_has_done_nothing_and_the_next_does_it_once(
    node, notebook
):
    start = node.height
    node.mine(3)
    notebook.fail_at = 2  # the second block is written down, and then the walker dies
    with pytest.raises(RuntimeError, match="died"):
        node.follow()
    assert node.watch.height == start + 1
    notebook.forget_to(1)  # what it wrote was in the transaction

    assert node.follow() == 2

    assert notebook.blocks == main_chain(node, start)


def test_a_walker_that_dies_while_undoing_goes_on_where_it_was(node, notebook):
    start = node.height
    node.mine(4)
    node.follow()
    node.reorg(3)
    notebook.fail_at_undo = 2
    with pytest.raises(RuntimeError, match="died"):
        node.follow()
    assert node.watch.height == start + 3

    node.follow()

    assert notebook.blocks == main_chain(node, start)


def test_a_fork_deeper_than_accepted_waits_for_a_person(node, notebook, monkeypatch):
    monkeypatch.setattr(nodes, "DEEPEST_IN_DEVELOPMENT", 2)
    node.mine(4)
    node.follow()
    before = list(notebook.blocks)

    node.reorg(3)

    assert node.follow() == 0
    assert notebook.blocks == before
    assert node.watch.state == State.LYING
    assert "more than 2 blocks" in node.watch.reason


def test_no_node_leads_us_back_piecemeal(node, notebook, monkeypatch):
    """A fork is measured from the highest block ever followed, not from where we stand."""
    monkeypatch.setattr(nodes, "DEEPEST_IN_DEVELOPMENT", 3)
    node.mine(6)
    node.follow()
    tip = node.watch.height
    node.reorg(3)
    notebook.fail_at_undo = 3
    with pytest.raises(RuntimeError, match="died"):
        node.follow()
    assert node.watch.height == tip - 2
    node.reorg(5)  # from where we stand it is less than three blocks deep

    node.follow()

    assert node.watch.state == State.LYING
    assert node.watch.height == tip - 2


def test_only_what_no_fork_reaches_is_forgotten(node, notebook):
    node.mine(6)
    node.follow()

    assert watch.prune(node.network, keep=2) == 4

    seen = SeenBlock.objects.filter(network=node.row).order_by("height")
    assert [each.height for each in seen] == [node.height - 2, node.height - 1, node.height]
    node.reorg(1)
    assert node.follow() > 0


@pytest.mark.django_db(transaction=True)
def test_two_walkers_at_once_connect_every_block_once(bitcoin_node, notebook):
    start = bitcoin_node.height
    bitcoin_node.mine(12)

    moved = together([bitcoin_node.follow, bitcoin_node.follow])

    assert all(isinstance(each, int) for each in moved), moved
    assert sum(moved) == 12
    assert notebook.blocks == main_chain(bitcoin_node, start)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_two_walkers_meet_in_one_block(
    bitcoin_node, notebook, monkeypatch
):
    notebook.twice_is_an_error = False
    notebook.wait_for_another = True  # until both hold the same block in their hands
    monkeypatch.setattr(watch, "_cursor", lambda pk: NetworkWatch.objects.get(pk=pk))
    bitcoin_node.mine(1)

    moved = together([bitcoin_node.follow, bitcoin_node.follow])

    assert [type(each) for each in moved].count(IntegrityError) == 1
    assert len(notebook.blocks) == 2
