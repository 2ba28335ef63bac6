"""A node that is down, behind, on another chain or lying: the network pauses and says why."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta

import pytest

from exchange.core import clock
from tests.factories import chains
from tests.wallets.chains.liar import Liar
from tests.wallets.chains.notebook import Notebook
from wallets.chains import health, nodes, rpc, watch
from wallets.chains.health import NotFollowing
from wallets.chains.models import NetworkWatch

pytestmark = pytest.mark.django_db
State = NetworkWatch.State


@pytest.fixture
def notebook(monkeypatch):
    return Notebook.alone(monkeypatch)


@pytest.fixture(params=["bitcoin_node", "evm_node"])
def node(request, notebook):
    return request.getfixturevalue(request.param)


@pytest.fixture
def between(settings):
    """Put somebody between us and a node who can change what it says."""
    with ExitStack() as standing:

        def stand(node) -> Liar:
            liar = standing.enter_context(Liar(node.process.url))
            redirect(settings, node, liar.url)
            return liar

        yield stand


def redirect(settings, node, url: str, chain: str = "") -> None:
    now = nodes.node(node.network)
    place = chains.environment(node.network, url, chain or now.chain, now.birth_height)
    settings.CHAIN_ENVIRONMENT = {**settings.CHAIN_ENVIRONMENT, **place}


def paused(node) -> str:
    """Why deposits and withdrawals wait on this network; empty when they do not."""
    try:
        health.refuse_unless_following(node.row.pk)
    except NotFollowing:
        return node.watch.reason
    return ""


def test_a_network_that_is_followed_is_open(node):
    assert paused(node) == ""


def test_a_network_never_followed_is_closed(node):
    NetworkWatch.objects.all().delete()
    with pytest.raises(NotFollowing):
        health.refuse_unless_following(node.row.pk)


def test_a_node_that_is_down_pauses_its_network_until_it_is_back(node, notebook, settings):
    url = node.process.url
    redirect(settings, node, f"http://127.0.0.1:{chains.free_port()}")

    assert node.follow() == 0

    assert node.watch.state == State.DOWN
    assert "ConnectError" in paused(node)
    redirect(settings, node, url)
    node.mine(1)
    assert node.follow() == 1
    assert paused(node) == ""


def test_a_wrong_password_is_said(bitcoin_node, notebook, settings):
    url = bitcoin_node.process.url.replace("tests:tests", "tests:wrong")
    redirect(settings, bitcoin_node, url)

    bitcoin_node.follow()

    assert "refuses our password" in paused(bitcoin_node)
    assert "wrong" not in bitcoin_node.watch.reason.replace("refuses our password", "")


def test_a_node_that_never_answers_is_down(node, between, monkeypatch):
    monkeypatch.setattr(rpc, "ANSWER_SECONDS", 0.3)
    between(node).silent = True

    node.follow()

    assert "does not answer in time" in paused(node)


def test_an_answer_without_end_is_cut_off(node, between, monkeypatch):
    monkeypatch.setattr(rpc, "LARGEST_ANSWER", 100_000)
    between(node).change(lambda method, result: "x" * 200_000)

    node.follow()

    assert "answers without end" in paused(node)


def test_nonsense_is_no_answer(node, between):
    between(node).change(lambda method, result: ["nonsense"])

    node.follow()

    assert node.watch.state == State.DOWN


def test_a_node_on_another_chain_is_not_followed(node, notebook, settings):
    node.mine(1)
    redirect(settings, node, node.process.url, "1" if node.network == "ERC20" else "main")

    assert node.follow() == 0

    assert node.watch.state == State.WRONG_CHAIN
    assert "not on" in paused(node)
    assert notebook.blocks == []


def test_a_chain_of_another_coin_is_not_followed(bitcoin_node, litecoin_process, settings):
    """Both call themselves regtest; their first blocks differ."""
    redirect(settings, bitcoin_node, litecoin_process.url)

    bitcoin_node.follow()

    assert bitcoin_node.watch.state == State.WRONG_CHAIN
    assert "first block" in paused(bitcoin_node)


def test_a_height_that_goes_backwards_is_noticed_and_undoes_nothing(evm_node, notebook):
    rpc_of = evm_node.adapter.rpc
    before = rpc_of.call("evm_snapshot")
    evm_node.mine(3)
    evm_node.follow()
    blocks = list(notebook.blocks)

    rpc_of.call("evm_revert", before)

    assert evm_node.follow() == 0
    assert evm_node.watch.state == State.LYING
    assert "went backwards" in paused(evm_node)
    assert notebook.blocks == blocks
    evm_node.mine(4)  # now it is a fork like any other
    evm_node.follow()
    assert paused(evm_node) == ""
    assert len(notebook.blocks) == 4
    assert not set(notebook.blocks) & set(blocks)


def test_a_block_that_does_not_stand_on_the_one_before_is_noticed(node, notebook, between):
    wrong = "11" * 32 if node.network == "BTC" else "0x" + "11" * 32
    node.mine(1)
    tip = node.adapter.block_id(node.height).hash

    def another_parent(method, result):
        if isinstance(result, dict) and result.get("hash") == tip:
            name = "previousblockhash" if node.network == "BTC" else "parentHash"
            return {**result, name: wrong}
        return result

    between(node).change(another_parent)

    assert node.follow() == 0
    assert node.watch.state == State.LYING
    assert "does not stand on" in paused(node)
    assert notebook.blocks == []


def test_a_block_with_other_transactions_than_its_header_names_is_refused(
    bitcoin_node, notebook, between
):
    bitcoin_node.give("bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", "1")

    def more_money(method, result):
        if method == "getblock":
            sent = (100_000_000).to_bytes(8, "little").hex()
            return result.replace(sent, (900_000_000).to_bytes(8, "little").hex())
        return result

    between(bitcoin_node).change(more_money)

    bitcoin_node.follow()

    assert bitcoin_node.watch.state == State.DOWN
    assert "does not add up" in paused(bitcoin_node)
    assert notebook.blocks[-1:] != [bitcoin_node.adapter.block_id(bitcoin_node.height).hash]


def test_receipts_of_another_block_are_not_mixed_in(evm_node, notebook, between):
    evm_node.give("0x000000000000000000000000000000000000bEEF", "1")

    def another_block(method, result):
        if method == "eth_getBlockReceipts":
            return [{**each, "blockHash": "0x" + "22" * 32} for each in result]
        return result

    between(evm_node).change(another_block)

    evm_node.follow()

    assert "changed its mind" in paused(evm_node)
    assert notebook.blocks == []


def test_a_node_that_is_catching_up_pauses_its_network(evm_node, between):
    between(evm_node).change(
        lambda m, result: {"currentBlock": "0x1"} if m == "eth_syncing" else result
    )

    evm_node.follow()

    assert evm_node.watch.state == State.BEHIND
    assert "catching up" in paused(evm_node)


def test_while_we_are_far_behind_the_network_is_paused(node, notebook):
    node.mine(health.BLOCKS_BEHIND + 6)

    watch.follow(node.network, limit=5)

    assert node.watch.state == State.BEHIND
    assert paused(node) == f"we are catching up: {health.BLOCKS_BEHIND + 1} blocks to go"
    node.follow()
    assert paused(node) == ""


def test_what_nobody_has_looked_at_for_long_is_not_trusted(node):
    later = clock.now() + timedelta(seconds=health.STALE_SECONDS + 1)
    with clock.held_at(later), pytest.raises(NotFollowing):
        health.refuse_unless_following(node.row.pk)


def test_a_public_chain_without_blocks_has_lost_its_peers(node):
    mainnet = nodes.node(node.network)._replace(chain="main")
    status = node.adapter.status()._replace(chain="main", genesis=mainnet.genesis)
    with clock.held_at(clock.now() + timedelta(hours=5)):
        state, reason = health.judge(mainnet, node.watch, status)

    assert state == State.BEHIND
    assert "no new block for" in reason
    assert health.judge(mainnet, node.watch, status)[0] == State.FOLLOWING
