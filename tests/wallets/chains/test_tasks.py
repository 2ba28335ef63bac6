"""Every network with a node is walked now and then, by whoever comes first."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from exchange.assets.models import Network
from tests.factories import chains
from tests.wallets.chains.notebook import Notebook
from wallets.chains import health, tasks, watch
from wallets.chains.health import NotFollowing
from wallets.chains.models import NetworkWatch, SeenBlock

pytestmark = pytest.mark.django_db


@pytest.fixture
def notebook(monkeypatch):
    return Notebook.alone(monkeypatch)


def test_whoever_wakes_the_watchers_has_every_network_walked(bitcoin_node, evm_node, notebook):
    bitcoin_node.mine(2)
    evm_node.mine(3)

    assert tasks.wake_watchers() == 2

    assert len(notebook.blocks) == 5


def test_a_network_that_is_being_walked_is_not_woken_again(bitcoin_node, notebook):
    cache.add("walking:BTC", 1, 60)

    assert tasks.wake_watchers() == 0


def test_a_walk_that_ended_lets_the_next_begin(bitcoin_node, notebook):
    tasks.wake_watchers()
    bitcoin_node.mine(1)

    assert tasks.wake_watchers() == 1
    assert len(notebook.blocks) == 1


def test_old_hashes_are_forgotten_for_every_network(bitcoin_node, notebook, monkeypatch):
    monkeypatch.setattr(watch, "BLOCKS_KEPT", 2)
    bitcoin_node.mine(5)
    bitcoin_node.follow()

    assert tasks.prune_blocks() == 3
    assert SeenBlock.objects.count() == 3


def test_a_node_for_a_network_that_nobody_lists_is_left_alone(db, settings, evm_process):
    place = chains.environment("MATIC", evm_process.url, "31337", 1)
    settings.CHAIN_ENVIRONMENT = {**settings.CHAIN_ENVIRONMENT, **place}

    assert watch.follow("MATIC") == 0
    assert not Network.objects.filter(code="MATIC").exists()


@pytest.mark.django_db(transaction=True)
def test_a_block_that_a_room_can_not_take_in_pauses_the_network(bitcoin_node, notebook):
    bitcoin_node.mine(2)
    notebook.fail_at = 2
    with pytest.raises(RuntimeError, match="died"):
        bitcoin_node.follow()

    stuck = NetworkWatch.objects.get()
    assert stuck.state == "behind"
    assert stuck.reason == f"{watch.STUCK} {stuck.height}: RuntimeError: died"
    with pytest.raises(NotFollowing):
        health.refuse_unless_following(stuck.network_id)
    notebook.forget_to(1)
    assert bitcoin_node.follow() == 1
    assert bitcoin_node.watch.state == "following"
