"""What an EVM block says of our transactions: mined, failed, silently failed, taken by others."""

from __future__ import annotations

import hashlib
from decimal import Decimal as D

import pytest

from exchange.core import clock
from exchange.ledger import accounts
from tests.factories import sending as factory
from tests.factories import withdrawals as w
from tests.factories.wallets import asset_network
from wallets.chains.interface import Block, BlockId, Received, Sent
from wallets.sending import follow, queries, spendable
from wallets.sending.models import AccountBalance, ChainTransaction
from wallets.sending.prepare import Pay, prepare

pytestmark = pytest.mark.django_db
TOKEN = "0x" + "ab" * 20
THEM = factory.STRANGER_EVM.lower()


@pytest.fixture
def world(settings):
    settings.CHAIN_ENVIRONMENT = {"EVM_CHAIN_ID": "31337"}
    eth, keys, ether = factory.hot_ethereum()
    usdt = asset_network("USDT", eth, precision=6, decimals=6, contract=TOKEN)
    source = factory.holds(keys, ether, 10_000_000)
    factory.holds(keys, usdt, 5_000)
    return eth, keys, ether, usdt, source


def sent(world, what, units: int, *, reference: str = "a", nonce: int = 0) -> ChainTransaction:
    """A transaction of ours that waits at the network."""
    eth, keys, _ether, _usdt, source = world
    row = prepare(
        network=eth,
        key_set=keys,
        purpose="sweep",
        reference=reference,
        payments=[Pay(what.pk, factory.STRANGER_EVM, units, f"sweep:{reference}")],
        fee_rate=10,
        source=source,
    )
    row.state, row.nonce = "broadcast", nonce
    row.txid = "0x" + hashlib.sha256(reference.encode()).hexdigest()
    row.broadcast_at = clock.now()
    row.save()
    return row


def block(height: int, *, received=(), took=()) -> Block:
    block_id = BlockId(height, f"0x{height:064x}", f"0x{height - 1:064x}", clock.now())
    return Block(block_id, received=list(received), sent=list(took))


def fee(row: ChainTransaction, source, *, nonce: int = 0, succeeded: bool = True) -> Sent:
    return Sent(row.txid, source.key, nonce, 210_000, succeeded)


def state(row: ChainTransaction) -> str:
    row.refresh_from_db()
    return row.state


def units(source, what) -> int:
    return AccountBalance.objects.get(address=source, asset_network=what).units


def test_a_mined_transfer_moves_both_balances_and_costs_what_the_receipt_says(world):
    eth, _keys, ether, usdt, source = world
    row = sent(world, usdt, 2_000)

    paid = Received(row.txid, 0, THEM, 2_000, contract=TOKEN, sender=source.key)
    follow.connect(eth, block(101, received=[paid], took=[fee(row, source)]))

    assert (state(row), row.fee_units, row.height) == ("confirmed", 210_000, 101)
    assert (units(source, usdt), units(source, ether)) == (3_000, 9_790_000)
    assert w.house("ETH", accounts.NETWORK_COSTS) == -D("0.00000000000021")


def test_a_transaction_that_failed_costs_gas_and_pays_nobody(world):
    eth, _keys, ether, usdt, source = world
    row = sent(world, usdt, 2_000)

    follow.connect(eth, block(101, took=[fee(row, source, succeeded=False)]))

    assert state(row) == "failed"
    assert (units(source, usdt), units(source, ether)) == (5_000, 9_790_000)


def test_a_token_that_says_it_succeeded_and_moved_nothing_has_failed(world):
    eth, _keys, _ether, usdt, source = world
    row = sent(world, usdt, 2_000)
    less = Received(row.txid, 0, THEM, 1_999, contract=TOKEN, sender=source.key)

    follow.connect(eth, block(101, received=[less], took=[fee(row, source)]))

    assert state(row) == "failed"


def test_a_stranger_with_our_key_and_nonce_is_seen_and_the_nonce_is_gone(world):
    eth, _keys, ether, _usdt, source = world
    row = sent(world, ether, 1_000)
    theft = Sent("0x" + "ee" * 32, source.key, 0, 21_000, True)
    gone = Received(theft.txid, -1, THEM, 5_000_000, sender=source.key)

    follow.connect(eth, block(101, received=[gone], took=[theft]))

    assert state(row) == "replaced"
    assert [s.what for s in queries.unexplained(network=eth, height=101)] == ["nonce 0"]
    assert spendable.next_nonce(source.pk) == 1
    assert units(source, ether) == 10_000_000 - 5_000_000 - 21_000


def test_tokens_taken_by_an_allowance_are_a_foreign_spend(world):
    eth, _keys, _ether, usdt, source = world
    taken = Received("0x" + "dd" * 32, 3, THEM, 700, contract=TOKEN, sender=source.key)

    follow.connect(eth, block(101, received=[taken]))

    (spend,) = queries.unexplained(network=eth, height=101)
    assert (spend.txid, spend.what) == ("0x" + "dd" * 32, f"{TOKEN} 3")
    assert units(source, usdt) == 4_300


def test_a_fork_takes_everything_back(world):
    eth, _keys, ether, usdt, source = world
    row = sent(world, usdt, 2_000)
    paid = Received(row.txid, 0, THEM, 2_000, contract=TOKEN, sender=source.key)
    theft = Received("0x" + "dd" * 32, 3, THEM, 700, contract=TOKEN, sender=source.key)
    mined = block(101, received=[paid, theft], took=[fee(row, source)])

    follow.connect(eth, mined)
    follow.disconnect(eth, mined.id)

    assert (state(row), row.height) == ("broadcast", None)
    assert (units(source, usdt), units(source, ether)) == (5_000, 10_000_000)
    assert queries.unexplained(network=eth, height=101) == []
    assert w.house("ETH", accounts.NETWORK_COSTS) == 0
    follow.connect(eth, mined)
    assert (state(row), row.times_mined) == ("confirmed", 2)
    assert w.house("ETH", accounts.NETWORK_COSTS) == -D("0.00000000000021")
