"""What is an address of a network, and what a person is told who pasted something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.assets.models import Network
from exchange.core.errors import Invalid
from wallets.addresses import formats
from wallets.addresses.formats import BadAddress

BTC = Network(code="BTC", name="Bitcoin", family="bitcoin")
LTC = Network(code="LTC", name="Litecoin", family="bitcoin")
ETH = Network(code="ERC20", name="Ethereum", family="evm")
XRP = Network(
    code="XRP", name="XRP Ledger", family="ripple", memo_required=True, memo_name="Destination tag"
)
SEGWIT = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"  # BIP-173
TAPROOT = "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"  # BIP-350
OLD = "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"
SCRIPT = "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"
MIXED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"  # EIP-55


@pytest.fixture(autouse=True)
def _mainnet(settings):
    settings.CHAIN_ENVIRONMENT = {}  # the public chains


@pytest.mark.parametrize("text", [SEGWIT, TAPROOT, OLD, SCRIPT])
def test_every_kind_of_bitcoin_address_is_read_as_it_is(text):
    assert formats.read(network=BTC, text=f" {text}\n") == (text, text)


def test_capitals_of_a_qr_code_are_the_same_address():
    assert formats.read(network=BTC, text=SEGWIT.upper()).key == SEGWIT


def test_ethereum_addresses_are_shown_with_their_checksum_and_compared_without():
    for text in (MIXED, MIXED.lower(), "0x" + MIXED[2:].upper()):
        assert formats.read(network=ETH, text=text) == (MIXED, MIXED.lower())


@pytest.mark.parametrize(
    ("network", "text", "says"),
    [
        (BTC, "", "Enter"),
        (BTC, SEGWIT[:-1] + "5", "Copy it again"),
        (BTC, OLD[:-1] + "3", "Copy it again"),
        (BTC, SEGWIT[:20] + SEGWIT[20:].upper(), "case are mixed"),
        (BTC, "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "another chain"),
        (BTC, "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "another chain"),
        (BTC, MIXED, "Ethereum address"),
        (BTC, "bc1q w508", "spaces"),
        (BTC, "é" * 30, "special"),
        (BTC, "b" * 500, "too long"),
        (LTC, SEGWIT, "bc1, not ltc1"),
        (ETH, SEGWIT, "0x and forty"),
        (ETH, MIXED.replace("aA", "Aa", 1), "checksum does not match"),
        (ETH, MIXED[:-1], "0x and forty"),
        (ETH, "0x" + "0" * 40, "Nobody"),
    ],
)
def test_what_is_wrong_is_said_in_words(network, text, says):
    with pytest.raises(BadAddress, match=says):
        formats.read(network=network, text=text)


@given(st.text(max_size=200))
def test_no_text_is_worse_than_refused(text):
    for network in (BTC, LTC, ETH, XRP):
        try:
            written = formats.read(network=network, text=text)
        except BadAddress:
            continue
        assert formats.read(network=network, text=written.address) == written


@given(st.integers(0, len(SEGWIT) - 4), st.sampled_from("qpzry9x8gf2tvdw0s3jn54khce6mua7l"))
def test_one_wrong_letter_never_passes(place, letter):
    place += 3
    if SEGWIT[place] == letter:
        return
    with pytest.raises(BadAddress):
        formats.read(network=BTC, text=SEGWIT[:place] + letter + SEGWIT[place + 1 :])


def test_a_destination_tag_is_a_number_and_bitcoin_has_none():
    assert formats.read_memo(network=XRP, text=" 100001 ") == "100001"
    assert formats.read_memo(network=XRP, text="") == ""
    for text in ("hello", str(2**32), "-1", "1.5", "1e3"):
        with pytest.raises(Invalid):
            formats.read_memo(network=XRP, text=text)
    with pytest.raises(Invalid, match="no memo"):
        formats.read_memo(network=BTC, text="1")
    assert formats.read_memo(network=BTC, text="") == ""
