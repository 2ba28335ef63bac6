"""What owners of a Safe sign: hashes, signatures, encodings; and the contracts we deploy."""

from __future__ import annotations

import hashlib
import json

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data

from exchange.core.errors import Invalid
from tests.wallets.custody.cosigners import people, sign
from wallets.custody import offline, safe

SAFE = "0x41675C099F32341bf84BFc5382aF534df5C7461a"
HOT = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
TOKEN = "0xdAC17F958D2ee523a2206206994597C13D831ec7"
OWNER = Account.from_key("0x" + "31" * 32)


def test_our_hash_is_that_of_the_standard():
    """eth-account implements EIP-712 on its own."""
    tx = safe.payment(recipient=HOT, units=10**18, contract="", nonce=7)
    content = safe.typed_data(chain_id=31337, safe=SAFE, tx=tx)
    signable = encode_typed_data(
        full_message={**content, "message": {**content["message"], "data": b""}}
    )
    theirs = Account.sign_message(signable, OWNER.key).message_hash
    assert safe.hash_of(chain_id=31337, safe=SAFE, tx=tx) == bytes(theirs)


@pytest.mark.parametrize("change", ["chain_id", "safe", "to", "value", "data", "nonce"])
def test_every_field_is_in_the_hash(change):
    tx = safe.payment(recipient=HOT, units=10**18, contract="", nonce=7)
    other = {
        "chain_id": {"chain_id": 1},
        "safe": {"safe": HOT},
        "to": {"tx": tx._replace(to=TOKEN)},
        "value": {"tx": tx._replace(value=10**18 + 1)},
        "data": {"tx": tx._replace(data=b"\x00")},
        "nonce": {"tx": tx._replace(nonce=8)},
    }[change]
    same = {"chain_id": 31337, "safe": SAFE, "tx": tx}
    assert safe.hash_of(**{**same, **other}) != safe.hash_of(**same)


def test_a_token_payment_is_decoded_as_what_it_pays():
    tx = safe.payment(recipient=HOT, units=5_000_000, contract=TOKEN, nonce=0)
    assert (tx.to, tx.value) == (TOKEN, 0)
    assert safe.decoded(tx) == safe.Decoded(HOT, 5_000_000, TOKEN)


@pytest.mark.parametrize(
    "tx",
    [
        safe.SafeTx(TOKEN, 0, bytes.fromhex("095ea7b3") + b"\x00" * 64, 0),  # approve
        safe.SafeTx(TOKEN, 1, safe.TRANSFER + b"\x00" * 64, 0),  # a transfer with value
        safe.SafeTx(TOKEN, 0, safe.TRANSFER + b"\x00" * 63, 0),
    ],
)
def test_a_call_that_is_no_plain_payment_is_refused(tx):
    with pytest.raises(Invalid, match="no plain payment"):
        safe.decoded(tx)


def test_a_delegate_call_is_refused_before_anybody_signs():
    tx = safe.payment(recipient=HOT, units=1, contract="", nonce=0)
    content = safe.typed_data(chain_id=1, safe=SAFE, tx=tx)
    content["message"]["operation"] = 1
    with pytest.raises(Invalid, match="never use"):
        safe.read_typed_data(content)


def test_the_signer_is_recovered_from_both_kinds_of_signature():
    digest = safe.hash_of(
        chain_id=1, safe=SAFE, tx=safe.payment(recipient=HOT, units=1, contract="", nonce=0)
    )
    plain = OWNER.unsafe_sign_hash(digest).signature
    assert safe.signer_of(digest, bytes(plain)) == OWNER.address
    message = bytearray(OWNER.sign_message(encode_defunct(digest)).signature)
    message[64] += 4
    assert safe.signer_of(digest, bytes(message)) == OWNER.address


@pytest.mark.parametrize(
    "signature", [b"", b"\x00" * 65, b"\x01" * 64 + b"\x00", b"\xff" * 64 + b"\x1b", b"\x01" * 66]
)
def test_what_is_no_signature_is_refused(signature):
    with pytest.raises(safe.BadSignature):
        safe.signer_of(b"\x07" * 32, signature)


def test_signatures_are_joined_in_the_order_of_their_owners():
    low, high = "0x" + "0a" * 20, "0x" + "F1" * 20
    assert safe.joined({high: b"high", low: b"low"}) == b"lowhigh"


def test_a_cosigner_s_own_process_signs_the_same_hash(tmp_path):
    three = people(tmp_path, "evm")
    tx = safe.payment(recipient=HOT, units=25 * 10**17, contract="", nonce=3)
    content = safe.typed_data(chain_id=31337, safe=SAFE, tx=tx)

    signature = sign(three, 2, json.dumps(content), family="evm")

    digest = safe.hash_of(chain_id=31337, safe=SAFE, tx=tx)
    assert safe.signer_of(digest, bytes.fromhex(signature[2:])) == three.publics[1]
    assert offline.told(json.dumps(content).encode())[:3] == [
        f"Safe {SAFE} on chain 31337, number 3",
        "  2,500,000,000,000,000,000 wei",
        f"  to {HOT}: LEAVES the wallet",
    ]


def test_the_contracts_are_those_whose_digests_were_written_down():
    for name, each in json.loads(safe.CONTRACTS.read_text()).items():
        code = bytes.fromhex(each["bytecode"][2:])
        assert hashlib.sha256(code).hexdigest() == each["sha256"], name
