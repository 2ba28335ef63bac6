"""Who paid: the addresses of the outputs that a transaction spent, as the node knows them."""

from __future__ import annotations

import pytest

from wallets.chains import wire
from wallets.chains.interface import ChainUnavailable
from wallets.chains.scripts import address_of, script_of
from wallets.demo import faucet, miner

pytestmark = pytest.mark.django_db
SOMEBODY = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"


def test_the_node_names_whose_coins_a_transaction_of_a_block_spent(bitcoin_node):
    adapter = bitcoin_node.adapter
    bitcoin_node.mine()
    coin = faucet._spendable(adapter)[0]
    target = miner.Target(coin.value - 1_000, script_of(SOMEBODY, adapter.coin))
    raw = miner.signed([coin], [target])
    txid = wire.parse_transaction(raw).txid
    adapter.broadcast(raw.hex())
    bitcoin_node.mine()
    block = adapter.block_id(bitcoin_node.height)

    assert adapter.senders(block.hash, {txid}) == {txid: (address_of(miner.SCRIPT, adapter.coin),)}
    assert adapter.senders(block.hash, {"00" * 32}) == {}


def test_a_node_that_knows_no_such_block_says_so(bitcoin_node):
    with pytest.raises(ChainUnavailable):
        bitcoin_node.adapter.senders("00" * 32, {"00" * 32})
