"""What counts as a payment on an EVM network: plain, inside of contracts, and of listed tokens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from eth_abi import encode
from eth_account import Account
from eth_utils import keccak

from tests.factories import chains
from tests.factories import wallets as rows
from wallets.chains import followers, traces, watch
from wallets.demo import faucet, tokens

pytestmark = pytest.mark.django_db

CONTRACTS = Path(__file__).parent / "contracts"
OURS = "0x00000000000000000000000000000000000000aa"
OTHER = "0x00000000000000000000000000000000000000bb"
PAYER = Account.from_key(keccak(text="a payer of tests"))


def deploy(node, name: str) -> str:
    """A contract of tests on the chain. Returns its address, in lower case."""
    adapter = node.adapter
    faucet.give_native(adapter, PAYER.address, 10**20)
    node.mine()
    bytecode = json.loads((CONTRACTS / f"{name}.json").read_text("utf8"))["bytecode"]
    txid = tokens.send(adapter, PAYER, to=None, data=bytecode, gas=3_000_000)
    node.mine()
    receipt = adapter.rpc.call("eth_getTransactionReceipt", txid)
    assert receipt["status"] == "0x1"
    return receipt["contractAddress"].lower()


def call(node, contract: str, signature: str, *values: object) -> str:
    """Call a contract's method, and mine it. Returns the transaction's id."""
    types = signature.partition("(")[2].rstrip(")").split(",")
    data = keccak(text=signature)[:4] + encode(types, values)
    txid = tokens.send(node.adapter, PAYER, to=contract, data=data.hex(), gas=500_000)
    node.mine()
    return txid


def paid_to_us(node, contracts=()) -> list:
    block = node.adapter.block(node.height, contracts)
    return [each for each in block.received if each.recipient == OURS]


@pytest.fixture(params=[traces.PARITY, traces.GETH])
def tracing_node(request, evm_node, monkeypatch):
    """A node that traces in one of the two dialects."""
    monkeypatch.setattr(evm_node.adapter, "_tracing", request.param)
    return evm_node


def test_what_a_smart_wallet_pays_is_found_by_tracing(tracing_node):
    wallet = deploy(tracing_node, "Wallet")
    faucet.give_native(tracing_node.adapter, wallet, 10**18)
    tracing_node.mine()

    txid = call(tracing_node, wallet, "pay(address,uint256)", OURS, 5 * 10**17)

    (found,) = paid_to_us(tracing_node)
    assert (found.txid, found.number, found.units, found.sender) == (txid, -2, 5 * 10**17, wallet)
    assert found.contract == ""


def test_what_was_undone_inside_of_a_transaction_was_not_paid(tracing_node):
    wallet = deploy(tracing_node, "Wallet")
    faucet.give_native(tracing_node.adapter, wallet, 10**18)
    tracing_node.mine()

    call(tracing_node, wallet, "payThreeUndoOne(address,uint256)", OURS, 10**16)

    assert [each.units for each in paid_to_us(tracing_node)] == [10**16, 2 * 10**16]
    assert int(tracing_node.adapter.rpc.call("eth_getBalance", OURS, "latest"), 16) > 0


def test_both_dialects_number_the_same_transfers_the_same(evm_node, monkeypatch):
    wallet = deploy(evm_node, "Wallet")
    faucet.give_native(evm_node.adapter, wallet, 10**18)
    evm_node.mine()
    call(evm_node, wallet, "payThreeUndoOne(address,uint256)", OURS, 10**16)

    told = []
    for method in (traces.PARITY, traces.GETH):
        monkeypatch.setattr(evm_node.adapter, "_tracing", method)
        told.append(paid_to_us(evm_node))

    assert told[0] == told[1]
    assert [each.number for each in told[0]] == [-2, -3]


def test_a_contracts_last_gift_is_a_payment(tracing_node):
    wallet = deploy(tracing_node, "Wallet")
    faucet.give_native(tracing_node.adapter, wallet, 7)
    tracing_node.mine()

    call(tracing_node, wallet, "end(address)", OURS)

    assert [each.units for each in paid_to_us(tracing_node)] == [7]


def test_a_node_that_can_not_trace_says_so_and_misses_what_is_inside(python_evm_node):
    wallet = deploy(python_evm_node, "Wallet")
    faucet.give_native(python_evm_node.adapter, wallet, 10**18)
    python_evm_node.mine()

    call(python_evm_node, wallet, "pay(address,uint256)", OURS, 10**17)
    python_evm_node.follow()

    assert paid_to_us(python_evm_node) == []
    assert python_evm_node.watch.can_trace is False


def test_a_node_that_can_trace_is_noted(evm_node):
    evm_node.follow()
    assert evm_node.watch.can_trace is True


def test_a_transaction_that_failed_paid_nobody_and_still_cost_its_sender(evm_node):
    wallet = deploy(evm_node, "Wallet")  # it has nothing to pay from

    txid = call(evm_node, wallet, "pay(address,uint256)", OURS, 1)

    block = evm_node.adapter.block(evm_node.height)
    assert paid_to_us(evm_node) == []
    (sent,) = [each for each in block.sent if each.txid == txid]
    assert (sent.sender, sent.succeeded) == (PAYER.address.lower(), False)
    assert sent.fee_units > 0


def test_the_fee_of_a_transaction_is_what_its_sender_lost(evm_node):
    rpc = evm_node.adapter.rpc
    faucet.give_native(evm_node.adapter, PAYER.address, 10**20)
    evm_node.mine()
    before = int(rpc.call("eth_getBalance", PAYER.address, "latest"), 16)

    tokens.send(evm_node.adapter, PAYER, to=OURS, data="", gas=21_000, value=3)
    evm_node.mine()

    (sent,) = evm_node.adapter.block(evm_node.height).sent
    after = int(rpc.call("eth_getBalance", PAYER.address, "latest"), 16)
    assert sent.fee_units == before - after - 3


def test_only_listed_tokens_count(evm_node):
    token = chains.token(evm_node, "USDT", 6)
    evm_node.give(OURS, "12.5", asset="USDT")

    assert paid_to_us(evm_node) == []
    (found,) = paid_to_us(evm_node, [token.contract.lower()])
    assert (found.units, found.contract, found.number) == (
        12_500_000,
        token.contract.lower(),
        0,
    )


def test_tokens_are_counted_without_tracing_too(python_evm_node):
    token = chains.token(python_evm_node, "USDT", 6)
    python_evm_node.give(OURS, "1", asset="USDT")

    assert [e.units for e in paid_to_us(python_evm_node, [token.contract.lower()])] == [1_000_000]


def test_a_token_that_returns_false_has_moved_nothing(evm_node):
    contract = deploy(evm_node, "FalseToken")

    txid = call(evm_node, contract, "transfer(address,uint256)", OURS, 10**18)

    receipt = evm_node.adapter.rpc.call("eth_getTransactionReceipt", txid)
    assert receipt["status"] == "0x1"
    assert paid_to_us(evm_node, [contract]) == []


@pytest.fixture
def told(monkeypatch):
    """What a room that recognises OURS is told of."""
    monkeypatch.setattr(followers, "_followers", {})
    monkeypatch.setattr(followers, "_recognisers", {})
    heard = []
    watch.recognises("tests", lambda network_id, keys: {OURS} & set(keys))
    watch.follows(
        "tests",
        connect=lambda network, block: heard.extend(
            each for each in block.received if each.contract and each.recipient in (OURS, OTHER)
        ),
        disconnect=lambda network, block: None,
        order=1,
    )
    return heard


@pytest.fixture(params=["evm_node", "python_evm_node"])
def node(request, told):
    return request.getfixturevalue(request.param)


def test_an_honest_token_leaves_no_gap(node, told):
    chains.token(node, "USDT", 6)
    node.give(OURS, "3", asset="USDT")
    node.follow()

    assert [(each.units, each.balance_gap) for each in told] == [(3_000_000, 0)]


def test_a_token_that_keeps_a_part_on_the_way_is_seen_by_the_balance(node, told):
    contract = deploy(node, "TaxedToken")
    rows.asset_network("TAX", node.row, precision=18, decimals=18, contract=contract)

    call(node, contract, "transfer(address,uint256)", OURS, 10**18)
    call(node, contract, "transfer(address,uint256)", OTHER, 10**18)
    node.follow()

    assert [(e.recipient, e.units, e.balance_gap) for e in told] == [
        (OURS, 10**18, 10**17),
        (OTHER, 10**18, 0),  # nobody recognises it, so nobody asked
    ]
