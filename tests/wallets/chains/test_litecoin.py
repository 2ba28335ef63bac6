"""Litecoin differs from Bitcoin by its parameters, and by what its blocks carry besides."""

from __future__ import annotations

import pytest

from exchange.core.errors import Invalid
from wallets.chains.parameters import COINS
from wallets.chains.scripts import address_of, script_of
from wallets.chains.wire import Malformed, parse_transaction
from wallets.demo import miner

pytestmark = pytest.mark.django_db

SOMEBODY = "rltc1qw508d6qejxtdg4y5r3zarvary0c5xw7k693xs3"
MWEB_FROM = 432  # regtest: where the hidden part of blocks would begin


def test_a_development_chain_goes_on_where_the_hidden_part_would_begin(litecoin_node):
    while litecoin_node.height < MWEB_FROM + 8:
        litecoin_node.mine(min(100, MWEB_FROM + 8 - litecoin_node.height))

    txid = litecoin_node.give(SOMEBODY, "0.75")
    litecoin_node.follow()

    paid = litecoin_node.adapter.block(litecoin_node.height).received
    assert [each.units for each in paid if each.txid == txid and each.recipient == SOMEBODY] == [
        75_000_000
    ]
    assert litecoin_node.watch.height == litecoin_node.height


def test_the_transaction_that_closes_a_block_with_a_hidden_part_is_read():
    """It carries a flag and an empty part of its own, and neither counts for its id."""
    paid = miner.signed([miner.Source("ab" * 32, 1, 5_000)], [miner.Target(4_000, b"\x51")])
    plain = parse_transaction(paid)
    body = paid[6 : paid.index(b"\x51") + 1]  # without marks and witness
    hidden = paid[:4] + b"\x00\x08" + body + b"\x00" + paid[-4:]

    found = parse_transaction(hidden)

    assert found.txid == plain.txid
    assert (found.inputs, found.outputs) == (plain.inputs, plain.outputs)
    with pytest.raises(Malformed):
        parse_transaction(paid[:4] + b"\x00\x08" + body + b"\x01" + paid[-4:])


@pytest.mark.parametrize(
    ("older", "newer"),
    [("3MSvaVbVFFLML86rt5eqgA9SvW23upaXdY", "MTf4tP1TCNBn8dNkyxeBVoPrFCcVzxJvvh")],
)
def test_an_address_in_the_older_form_is_shown_in_the_newer(older, newer):
    """Litecoin's script addresses once began like Bitcoin's."""
    coin = COINS["LTC", "main"]

    assert address_of(script_of(older, coin), coin) == newer
    assert script_of(newer, coin) == script_of(older, coin)


def test_an_address_of_bitcoin_is_none_of_litecoin():
    with pytest.raises(Invalid, match="another chain"):
        script_of("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", COINS["LTC", "main"])
