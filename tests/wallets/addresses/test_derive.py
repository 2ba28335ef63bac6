"""Addresses from public keys: other people's vectors, and nothing private accepted."""

from __future__ import annotations

import pytest
from embit import bip32, bip39
from embit.networks import NETWORKS

from exchange.core.errors import Invalid
from tests.factories.wallets import network
from wallets.addresses import derive
from wallets.addresses.derive import BadKey

pytestmark = pytest.mark.django_db

WORDS = "abandon " * 11 + "about"  # the words of BIP-84's own vectors
ROOT = bip32.HDKey.from_seed(bip39.mnemonic_to_seed(WORDS))
TEST_ROOT = bip32.HDKey.from_seed(
    bip39.mnemonic_to_seed(WORDS), version=NETWORKS["regtest"]["xprv"]
)
BIP84 = ROOT.derive("m/84h/0h/0h").to_public().to_base58()
BIP44 = ROOT.derive("m/44h/60h/0h").to_public().to_base58()


@pytest.fixture
def mainnet(settings):
    settings.CHAIN_ENVIRONMENT = {}


def test_the_vectors_of_bip_84_come_out(mainnet):
    btc, public = network("BTC"), f"wpkh([73c5da0a/84h/0h/0h]{BIP84}/0/*)"

    def at(index: int, *, change: bool = False) -> str:
        return derive.derived(
            network=btc, scheme="wpkh", public=public, index=index, change=change
        ).address

    assert at(0) == "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"
    assert at(1) == "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g"
    assert at(0, change=True) == "bc1q8c6fshw2dlwun7ekn9qwf37cu2rn755upcp6el"


def test_a_descriptor_that_names_both_branches_says_the_same(mainnet):
    btc = network("BTC")
    for tail in ("<0;1>", "{0,1}"):
        public = f"wpkh([73c5da0a/84h/0h/0h]{BIP84}/{tail}/*)"
        change = derive.derived(network=btc, scheme="wpkh", public=public, index=0, change=True)
        assert change.key == "bc1q8c6fshw2dlwun7ekn9qwf37cu2rn755upcp6el"


def test_the_first_ethereum_address_of_those_words_is_the_one_that_every_wallet_shows():
    eth = network("ERC20")

    first = derive.derived(network=eth, scheme="evm_xpub", public=BIP44, index=0)

    assert first.address == "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"
    assert first.key == first.address.lower()


def test_on_the_embedded_chain_the_same_key_has_that_chains_addresses():
    btc = network("BTC")
    account = TEST_ROOT.derive("m/84h/1h/0h").to_public().to_base58()

    first = derive.derived(
        network=btc, scheme="wpkh", public=f"wpkh([73c5da0a/84h/1h/0h]{account}/0/*)", index=0
    )

    # BIP-84's test-network address of these words, with the prefix of regtest.
    assert first.address == "bcrt1q6rz28mcfaxtmd6v789l9rrlrusdprr9pz3cppk"


def three_keys() -> str:
    cosigners = [
        bip32.HDKey.from_seed(bytes([n]) * 32).derive("m/48h/0h/0h/2h").to_public().to_base58()
        for n in (1, 2, 3)
    ]
    return "wsh(sortedmulti(2," + ",".join(f"{key}/0/*" for key in cosigners) + "))"


def test_two_of_three_keys_share_an_address(mainnet):
    btc = network("BTC")
    derive.check(network=btc, scheme="wsh_multi", public=three_keys(), threshold=2, signers=3)

    first = derive.derived(network=btc, scheme="wsh_multi", public=three_keys(), index=0)

    assert first.address.startswith("bc1q")
    assert len(first.address) == 62  # P2WSH


def test_a_key_set_says_how_many_signatures_it_really_needs():
    with pytest.raises(BadKey, match="2 of 3"):
        derive.check(
            network=network("BTC"),
            scheme="wsh_multi",
            public=three_keys(),
            threshold=1,
            signers=3,
        )


@pytest.mark.parametrize(
    ("scheme", "public"),
    [
        ("wpkh", f"wpkh({ROOT.derive('m/84h/0h/0h').to_base58()}/0/*)"),
        ("evm_xpub", ROOT.derive("m/44h/60h/0h").to_base58()),
    ],
)
def test_a_private_key_is_refused_whatever_it_would_derive(scheme, public):
    where = network("BTC" if scheme == "wpkh" else "ERC20")

    with pytest.raises(BadKey, match="private"):
        derive.check(network=where, scheme=scheme, public=public, threshold=1, signers=1)


@pytest.mark.parametrize(
    ("code", "scheme", "public"),
    [
        ("BTC", "wpkh", ""),
        ("BTC", "wpkh", "nonsense"),
        ("BTC", "wpkh", f"wpkh({BIP84})"),  # one address for ever
        ("BTC", "wpkh", f"wpkh({BIP84[:-1]}x/0/*)"),  # a typing mistake
        ("BTC", "wpkh", f"pkh({BIP84}/0/*)"),
        ("BTC", "wpkh", three_keys()),
        ("BTC", "wsh_multi", f"wpkh({BIP84}/0/*)"),
        ("BTC", "evm_xpub", BIP44),
        ("ERC20", "wpkh", f"wpkh({BIP84}/0/*)"),
        ("ERC20", "evm_xpub", "xpub"),
        ("ERC20", "evm_xpub", BIP44[:-1]),
        ("ERC20", "evm_key", "0x12"),
    ],
)
def test_what_is_no_public_key_of_its_scheme_is_refused(code, scheme, public):
    with pytest.raises(Invalid):
        derive.check(network=network(code), scheme=scheme, public=public, threshold=1, signers=1)


def test_indexes_that_only_a_private_key_could_derive_are_refused():
    with pytest.raises(Invalid):
        derive.derived(network=network("ERC20"), scheme="evm_xpub", public=BIP44, index=2**31)


def test_a_wallet_of_one_key_has_one_address():
    eth = network("ERC20")
    only = "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"

    assert derive.derived(network=eth, scheme="safe", public=only, index=0).address == only
    with pytest.raises(BadKey):
        derive.derived(network=eth, scheme="safe", public=only, index=1)
