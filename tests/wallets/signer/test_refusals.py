"""What the signer refuses of EVM payments, and of anything: each trick, one sentence."""

from __future__ import annotations

import pytest

from tests.factories.signer import COLD_EVM, LISTED_EVM, USDT
from tests.wallets.signer.asking import (
    ETHER,
    GWEI,
    SOMEBODY,
    ask_evm,
    evm,
    refusal,
    token,
)

EVM_TRICKS = {
    "another chain": (evm(chainId=1), "wrong_chain"),
    "a chain of another key": (evm(chainId=31338), "wrong_chain"),
    "a contract's creation": (evm(to=None), "malformed"),
    "call data nobody decoded": (evm(data="0xdeadbeef"), "contract"),
    "data that is no hex": (evm(data="0xzz"), "call"),
    "approve() instead of transfer()": (
        evm(to=USDT, value=0, data="0x095ea7b3" + "0" * 128),
        "vault",
    ),
    "transferFrom() of somebody's tokens": (
        evm(to=USDT, value=0, data="0x23b872dd" + "0" * 192),
        "call",
    ),
    "a transfer with something behind it": (
        {**token(USDT, SOMEBODY, 5), "data": token(USDT, SOMEBODY, 5)["data"] + "00"},
        "call",
    ),
    "a transfer with dirt above its address": (
        {**token(USDT, SOMEBODY, 5), "data": "0xa9059cbb" + "f" * 64 + f"{5:064x}"},
        "call",
    ),
    "a transfer that carries value": ({**token(USDT, SOMEBODY, 5), "value": 1}, "call"),
    "a token that is not listed": (token("0x" + "ab" * 20, SOMEBODY, 5), "contract"),
    "ether for a token's contract": (evm(to=USDT), "call"),
    "tokens for their own contract": (token(USDT, USDT, 5), "destination"),
    "nothing at all": (evm(value=0), "amount"),
    "tokens for nobody": (token(USDT, "0x" + "0" * 40, 5), "destination"),
    "an access list": ({**evm(), "accessList": []}, "malformed"),
    "a field that is not known": ({**evm(), "from": SOMEBODY}, "malformed"),
    "a transaction of type 1": (evm(type=1), "malformed"),
    "a blob transaction": (evm(type=3), "malformed"),
    "a tip above the whole price": (evm(maxPriorityFeePerGas=31 * GWEI), "malformed"),
    "gas without an end": (evm(gas=30_000_000), "malformed"),
    "a fee above the cap": (evm(gas=100_000, maxFeePerGas=1100 * GWEI), "fee"),
    "a fee that is most of what is paid": (
        evm(value=str(ETHER // 100), gas=21_000, maxFeePerGas=600 * GWEI),
        "fee",
    ),
    "a negative amount": (evm(value=-1), "malformed"),
    "an amount beyond 256 bits": (evm(value=str(2**256)), "malformed"),
    "a boolean for an amount": (evm(value=True), "malformed"),
    "a fraction in words": (evm(value="1.5"), "malformed"),
    "an address with a wrong checksum": (
        evm(to="0xDAC17F958D2ee523a2206206994597C13D831ec7"),
        "malformed",
    ),
    "an address in other digits": (evm(to="0x" + "١" * 40), "malformed"),
    "the second address of a hot key": (evm(index=1), "derivation"),
    "more than one transaction may pay": (evm(value=str(501 * ETHER)), "per_transaction"),
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One signer for all tricks: none of them leaves anything behind."""
    from tests.factories.signer import RunningSigner, draft

    running = RunningSigner(tmp_path_factory.mktemp("s") / "g", draft()).start()
    yield running
    entries = running.ask(op="status")["journal"]["entries"]
    running.stop()
    assert entries == 1  # the policy, and nothing signed


@pytest.mark.parametrize("trick", EVM_TRICKS)
def test_it_refuses(shared, trick):
    fields, code = EVM_TRICKS[trick]

    assert refusal(ask_evm(shared, evm=fields)) == code


REQUEST_TRICKS = {
    "no id": ({"id": None}, "malformed"),
    "an id with a line in it": ({"id": "w:1\nw:2"}, "malformed"),
    "an id without an end": ({"id": "w" * 121}, "malformed"),
    "a key that is not there": ({"key": "btc-cold"}, "unknown_key"),
    "a key that is a path": ({"key": "../identity"}, "unknown_key"),
    "another network than the key's": ({"network": "BSC_BNB"}, "wrong_network"),
    "another key of another network": ({"key": "bsc-hot"}, "wrong_network"),
    "a PSBT for an EVM key": ({"psbt": "cHNidP8="}, "malformed"),
    "a word that is not known": ({"force": True}, "malformed"),
    "an operation that is not known": ({"op": "export"}, "malformed"),
    "approvals that are no list": ({"approvals": {"a": 1}, "evm": evm()}, None),
    "a fee ceiling that is a number": ({"max_fee": 5}, "malformed"),
    "a context that is no object": ({"context": [1]}, "malformed"),
}


@pytest.mark.parametrize("trick", [name for name, (_, code) in REQUEST_TRICKS.items() if code])
def test_it_refuses_a_request_with(shared, trick):
    changed, code = REQUEST_TRICKS[trick]

    assert refusal(ask_evm(shared, **changed)) == code


@pytest.mark.parametrize(
    "approvals", [{"a": 1}, "all", [1], [{"operator": "first"}], [{"signature": "00"}], [{}] * 21]
)
def test_approvals_come_as_a_list_of_operators_and_signatures(shared, approvals):
    assert refusal(ask_evm(shared, approvals=approvals)) == "malformed"


def test_a_deposit_key_pays_nobody_but_our_hot_and_cold_wallets(signer):
    def from_deposit(to, **changed):
        return ask_evm(signer, key="eth-deposit", evm=evm(to=to, index=3, **changed))

    assert refusal(from_deposit(SOMEBODY)) == "destination"
    assert refusal(from_deposit(LISTED_EVM)) == "destination"
    assert refusal(from_deposit(signer.address("eth-deposit", 4))) == "destination"
    assert refusal(from_deposit(signer.address("bsc-hot"))) == "destination"
    stolen = token(USDT, SOMEBODY, 5, index=3)
    assert refusal(ask_evm(signer, key="eth-deposit", evm=stolen)) == "destination"
    assert from_deposit(COLD_EVM)["ok"]


def test_gas_goes_only_to_deposit_addresses_that_are_derived_again(signer):
    def top_up(id, to, index, **changed):
        context = {"recipient": {"key": "eth-deposit", "index": index}}
        return ask_evm(signer, id, evm=evm(to=to, **changed), context=context)

    own = signer.address("eth-deposit", 5)
    small = {"value": str(ETHER // 100)}
    # A stranger's address that is said to be ours is a payment to a stranger, and counted as one.
    assert top_up("g:1", SOMEBODY, 5, **small)["ok"]
    assert signer.ask(op="status")["keys"]["eth-hot"]["assets"]["ETH"]["used"] == str(ETHER // 100)
    assert refusal(top_up("g:2", own, 5, nonce=1, value=str(ETHER // 10))) == "gas"
    for n in range(10):
        assert top_up(f"g:ok:{n}", own, 5, nonce=n + 1, value=str(ETHER // 20))["ok"]
    assert refusal(top_up("g:3", own, 5, nonce=11, **small)) == "gas"


def test_a_nonce_is_used_once_and_none_is_skipped(signer):
    assert ask_evm(signer)["ok"]

    assert refusal(ask_evm(signer, "w:2")) == "nonce"
    assert refusal(ask_evm(signer, "w:2", evm=evm(nonce=2))) == "nonce_gap"
    assert ask_evm(signer, "w:2", evm=evm(nonce=1))["ok"]
    assert refusal(ask_evm(signer, "w:3", evm=evm(nonce=0, value=str(2 * ETHER)))) == "nonce"


def test_the_same_id_is_never_signed_with_other_contents(signer):
    assert ask_evm(signer)["ok"]

    for changed in (
        {"value": str(ETHER + 1)},
        {"to": LISTED_EVM},
        {"nonce": 1},
        {"nonce": 1, "maxFeePerGas": 40 * GWEI, "maxPriorityFeePerGas": 4 * GWEI},
    ):
        assert refusal(ask_evm(signer, evm=evm(**changed))) == "other_contents"
    tokens = token(USDT, SOMEBODY, ETHER, maxFeePerGas=40 * GWEI, maxPriorityFeePerGas=4 * GWEI)
    assert refusal(ask_evm(signer, evm=tokens)) == "other_contents"


def test_a_bump_raises_both_fees_by_a_tenth_or_more(signer):
    assert ask_evm(signer)["ok"]

    def bump(fee, tip):
        return ask_evm(signer, evm=evm(maxFeePerGas=fee, maxPriorityFeePerGas=tip))

    assert refusal(bump(33 * GWEI, 2 * GWEI)) == "bump"
    assert refusal(bump(30 * GWEI, 3 * GWEI)) == "bump"
    assert refusal(bump(33 * GWEI - 1, 22 * GWEI // 10)) == "bump"
    assert bump(33 * GWEI, 22 * GWEI // 10)["ok"]
    assert refusal(bump(33 * GWEI, 3 * GWEI)) == "bump"  # measured by the newest
    used = signer.ask(op="status")["keys"]["eth-hot"]
    assert used["assets"]["ETH"]["used"] == str(ETHER)  # one payment, however often it is bumped
    assert used["fees_today"] == str(21_000 * 33 * GWEI)


def test_a_sweep_that_is_bumped_pays_its_higher_fee_out_of_what_it_moves(signer):
    hot = signer.address("eth-hot")

    def sweep(units, fee, tip, to=hot):
        fields = evm(to=to, value=str(units), maxFeePerGas=fee, maxPriorityFeePerGas=tip)
        return ask_evm(signer, "sweep:1", key="eth-deposit", evm={**fields, "index": 8})

    assert sweep(ETHER, 30 * GWEI, 2 * GWEI)["ok"]
    assert refusal(sweep(ETHER - 1, 40 * GWEI, 4 * GWEI, COLD_EVM)) == "other_contents"
    assert sweep(ETHER - 21_000 * 10 * GWEI, 40 * GWEI, 4 * GWEI)["ok"]


def test_fees_of_a_day_end(signer):
    dear = {"gas": 100_000, "maxFeePerGas": 900 * GWEI}
    for n in range(22):  # 0.09 ether each, of 2 ether
        assert ask_evm(signer, f"w:{n}", evm=evm(nonce=n, to=COLD_EVM, **dear))["ok"]

    assert refusal(ask_evm(signer, "w:22", evm=evm(nonce=22, to=COLD_EVM, **dear))) == (
        "fees_per_day"
    )
