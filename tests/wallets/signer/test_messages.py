"""Ownership proofs: only what the policy's prefix begins, judged by other engines."""

from __future__ import annotations

import bip322
import pytest
from embit import bech32
from eth_account import Account
from eth_account.messages import encode_defunct

from tests.factories.signer import PREFIX
from tests.wallets.signer.asking import refusal
from wallets.sending import signer as client
from wallets.sending.errors import SignerRefused

TEXT = PREFIX + "2026-11-26, block 00000000000000000001"


def test_another_engine_accepts_the_proof_of_a_bitcoin_address(signer):
    for branch, index in ((0, 0), (1, 5)):
        address, signature = client.message(key="btc-hot", text=TEXT, index=index, branch=branch)

        assert address == signer.address("btc-hot", index, branch)
        mainnet = _on_mainnet(address)  # the engine reads the script, and knows one prefix
        bip322.verify_simple_encoded(mainnet, TEXT, signature)
        with pytest.raises(Exception, match="."):
            bip322.verify_simple_encoded(mainnet, TEXT + "!", signature)


def test_another_engine_accepts_the_proof_of_an_evm_address(signer):
    address, signature = client.message(key="eth-deposit", text=TEXT, index=4)

    assert address == signer.address("eth-deposit", 4)
    assert Account.recover_message(encode_defunct(text=TEXT), signature=signature) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I owe you everything",
        PREFIX,
        " " + TEXT,
        TEXT.upper(),
        TEXT + "\nand something else",
        TEXT + "\x00",
        TEXT + "x" * 500,
        None,
        5,
    ],
)
def test_no_other_message_is_signed(signer, text):
    answer = signer.ask(op="message", key="btc-hot", text=text)

    assert refusal(answer) == "message"


def test_the_web_is_told_what_the_signer_says(signer):
    with pytest.raises(SignerRefused) as caught:
        client.message(key="btc-hot", text="I owe you everything")

    assert caught.value.limit == "message"
    assert PREFIX in str(caught.value)


def _on_mainnet(address: str) -> str:
    version, program = bech32.decode("bcrt", address)
    return bech32.encode("bc", version, program)
