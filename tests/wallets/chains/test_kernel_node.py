"""The embedded Bitcoin node: Core's consensus refuses what it must, the mempool what it should."""

from __future__ import annotations

import httpx
import pytest

from tests.factories import chains
from wallets.chains import wire
from wallets.chains.interface import BroadcastRefused
from wallets.chains.kernel_node import mine
from wallets.chains.kernel_node.mempool import Waiting
from wallets.chains.rpc import Rpc, RpcError
from wallets.chains.scripts import script_of
from wallets.demo import faucet, miner

pytestmark = pytest.mark.django_db

SOMEBODY = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
COIN = 100_000_000


@pytest.fixture
def node(bitcoin_node):
    return bitcoin_node


@pytest.fixture
def rpc(node) -> Rpc:
    return node.adapter.rpc


def coin_of(node) -> miner.Source:
    """A ripe coin of the miner's that nothing spends."""
    node.mine()
    return faucet._spendable(node.adapter)[0]


def spend(node, coin: miner.Source, *, fee: int = 1_000, value: int | None = None) -> bytes:
    """A signed transaction that pays all of a coin to somebody, but for its fee."""
    amount = coin.value - fee if value is None else value
    target = miner.Target(amount, script_of(SOMEBODY, node.adapter.coin))
    return miner.signed([coin], [target])


def refused(node, raw: bytes) -> str:
    with pytest.raises(BroadcastRefused) as refusal:
        node.adapter.broadcast(raw.hex())
    return str(refusal.value)


def tampered(raw: bytes) -> bytes:
    """The same transaction with another signature: one bit of its witness is turned."""
    at = raw.index(b"\x02\x47\x30") if b"\x02\x47\x30" in raw else raw.index(b"\x02\x48\x30")
    return raw[: at + 40] + bytes([raw[at + 40] ^ 1]) + raw[at + 41 :]


def block_with(node, rpc, *raws: bytes, reward: int = 0) -> bytes:
    """A block on the tip that holds these transactions whatever the mempool thinks of them."""
    tip = rpc.call("getbestblockhash")
    header = bytes.fromhex(rpc.call("getblockheader", tip, False))
    waiting = [Waiting(wire.parse_transaction(raw), reward) for raw in raws]
    return mine.block(
        parent=tip,
        parent_header=header,
        height=node.height + 1,
        script=miner.SCRIPT,
        waiting=waiting,
    )


def test_an_honest_block_is_connected(node, rpc):
    before = node.height
    raw = block_with(node, rpc, spend(node, coin_of(node)))

    assert rpc.call("submitblock", raw.hex()) is None
    assert node.height == before + 2


def test_a_forged_signature_is_refused_by_the_interpreter(node):
    raw = tampered(spend(node, coin_of(node)))

    assert "script-verify" in refused(node, raw)


def test_a_block_with_a_forged_signature_is_not_connected(node, rpc):
    raw = block_with(node, rpc, tampered(spend(node, coin_of(node))))
    tip = rpc.call("getbestblockhash")

    assert rpc.call("submitblock", raw.hex()) is not None

    assert rpc.call("getbestblockhash") == tip
    node.mine()  # and it stands in nobody's way


def test_a_block_that_spends_a_coin_twice_is_not_connected(node, rpc):
    coin = coin_of(node)
    raw = block_with(node, rpc, spend(node, coin), spend(node, coin, fee=2_000))
    tip = rpc.call("getbestblockhash")

    assert rpc.call("submitblock", raw.hex()) is not None
    assert rpc.call("getbestblockhash") == tip


def test_a_block_that_makes_money_is_not_connected(node, rpc):
    raw = block_with(node, rpc, spend(node, coin_of(node)), reward=1_000 * COIN)
    tip = rpc.call("getbestblockhash")

    assert rpc.call("submitblock", raw.hex()) is not None
    assert rpc.call("getbestblockhash") == tip


def test_a_block_without_work_is_refused(node, rpc):
    raw = bytearray(block_with(node, rpc))
    while int.from_bytes(wire.sha256d(bytes(raw[:80])), "little") <= mine.TARGET:
        raw[76] = (raw[76] + 1) % 256

    assert rpc.call("submitblock", bytes(raw).hex()) is not None


def test_a_reward_ripens_for_a_hundred_blocks(node, rpc):
    node.mine()
    block = node.adapter.block(node.height)
    (reward,) = [each for each in block.received if each.coinbase]
    young = miner.Source(reward.txid, reward.number, reward.units)

    assert refused(node, spend(node, young)) == "bad-txns-premature-spend-of-coinbase"


def test_what_costs_too_little_is_not_relayed(node):
    coin = coin_of(node)

    assert refused(node, spend(node, coin, fee=10)) == "min relay fee not met"
    assert refused(node, spend(node, coin, value=100)) == "dust"
    assert refused(node, spend(node, coin, fee=-1_000)) == "bad-txns-in-belowout"


def test_what_does_not_exist_can_not_be_spent(node):
    nothing = miner.Source("ab" * 32, 0, COIN)

    assert refused(node, spend(node, nothing)) == "bad-txns-inputs-missingorspent"


def test_a_replacement_has_to_pay_for_what_it_replaces(node):
    coin = coin_of(node)
    first = node.adapter.broadcast(spend(node, coin, fee=1_000).hex())

    assert "insufficient fee" in refused(node, spend(node, coin, fee=1_050))
    second = node.adapter.broadcast(spend(node, coin, fee=5_000).hex())

    assert not node.adapter.in_mempool(first)
    assert node.adapter.in_mempool(second)
    node.mine()
    paid = node.adapter.block(node.height).received
    assert second in {each.txid for each in paid}
    assert first not in {each.txid for each in paid}


def test_sent_twice_is_sent_once(node):
    raw = spend(node, coin_of(node)).hex()

    assert node.adapter.broadcast(raw) == node.adapter.broadcast(raw)
    node.mine()
    assert node.adapter.broadcast(raw) == wire.parse_transaction(bytes.fromhex(raw)).txid


def test_a_child_is_mined_after_its_parent_in_one_block(node):
    parent = spend_to_miner(coin_of(node))
    txid = node.adapter.broadcast(parent.hex())
    coin = miner.Source(txid, 0, wire.parse_transaction(parent).outputs[0].value)
    child = node.adapter.broadcast(spend(node, coin).hex())

    node.mine()

    mined = [each.txid for each in node.adapter.block(node.height).received]
    assert mined.index(txid) < mined.index(child)


def spend_to_miner(coin: miner.Source) -> bytes:
    return miner.signed([coin], [miner.Target(coin.value - 1_000, miner.SCRIPT)])


def test_what_a_fork_unmines_waits_to_be_mined_again(node):
    txid = node.give(SOMEBODY, "1")
    assert not node.adapter.in_mempool(txid)

    node.reorg(1)

    assert node.adapter.in_mempool(txid)
    node.mine()
    assert txid in {each.txid for each in node.adapter.block(node.height).received}


def test_nobody_without_the_password_is_answered(node):
    url = node.process.url.replace("tests:tests@", "")
    asked = {"method": "getblockcount", "params": []}

    assert httpx.post(url, json=asked, trust_env=False).status_code == 401


def test_what_it_does_not_know_it_says(rpc):
    with pytest.raises(RpcError, match="Method not found"):
        rpc.call("walletpassphrase", "x", 1)
    with pytest.raises(RpcError, match="wrong parameters"):
        rpc.call("getblockhash")
    with pytest.raises(RpcError, match="Block not found"):
        rpc.call("getblock", "zz")


def test_a_journal_that_ends_within_a_block_is_cut_there(settings, tmp_path):
    process = chains.kernel_process(tmp_path)
    process.start()
    try:
        node = chains.followed(settings, "BTC", process, "regtest")
        height = node.height
        process.kill()
        journal = tmp_path / "data" / "blocks.journal"
        journal.write_bytes(journal.read_bytes() + b"\x99\x00\x00\x00half a block")

        process.start()

        assert node.height == height
        node.mine()
        process.kill()
        process.start()
        assert node.height == height + 1
    finally:
        process.kill()


def test_damaged_files_of_cores_are_made_again_from_the_journal(settings, tmp_path):
    process = chains.kernel_process(tmp_path)
    process.start()
    try:
        node = chains.followed(settings, "BTC", process, "regtest")
        tip = node.adapter.block_id(node.height)
        process.kill()
        for file in (tmp_path / "data" / "kernel").rglob("*.ldb"):
            file.write_bytes(b"damaged")
        for file in (tmp_path / "data" / "kernel").rglob("CURRENT"):
            file.write_bytes(b"damaged")

        process.start()

        assert node.adapter.block_id(node.height) == tip
    finally:
        process.kill()
