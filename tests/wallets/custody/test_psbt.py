"""Several cosigners and one PSBT: what is taken from a returned file, and what is refused."""

from __future__ import annotations

import pyrage
import pytest
from embit import ec
from embit.psbt import PSBT
from embit.transaction import Transaction

from tests.wallets.custody.cosigners import funding, people, sign, unsigned
from wallets.custody import offline, psbt

HOT = b"\x00\x14" + b"\x11" * 20
THIEF = b"\x00\x14" + b"\x66" * 20


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    return people(tmp_path_factory.mktemp("ceremony"))


@pytest.fixture(scope="module")
def payment(three) -> str:
    """Two cold coins of 3 and 2 BTC pay 4 BTC to hot; the rest comes back."""
    earlier = [
        funding(three.descriptor, 300_000_000),
        funding(three.descriptor, 200_000_000, index=1),
    ]
    made = unsigned(three.descriptor, earlier, [(HOT, 400_000_000)])
    return psbt.with_previous(made, {tx.txid().hex(): tx.serialize().hex() for tx in earlier})


@pytest.fixture(scope="module")
def first(three, payment) -> str:
    return sign(three, 1, payment)


@pytest.fixture(scope="module")
def third(three, payment) -> str:
    return sign(three, 3, payment)


def fingerprint(three, number: int) -> str:
    return three.publics[number - 1][1:9]


def test_two_cosigners_in_two_processes_make_a_transaction(three, payment, first, third):
    gathered = psbt.signatures_in(first, ours=payment) + psbt.signatures_in(third, ours=payment)
    assert [g.cosigner for g in gathered] == [fingerprint(three, 1), fingerprint(three, 3)]

    raw, txid = psbt.finalised(psbt.combined(payment, gathered), threshold=2)

    assert txid == psbt.contents(payment).txid
    made = Transaction.parse(bytes.fromhex(raw))
    assert [len(vin.witness.items) for vin in made.vin] == [4, 4]
    assert (made.vout[0].value, bytes(made.vout[0].script_pubkey.data)) == (400_000_000, HOT)


def test_one_signature_is_not_enough(payment, first):
    one = psbt.combined(payment, psbt.signatures_in(first, ours=payment))
    with pytest.raises(psbt.NotEnoughSignatures) as refused:
        psbt.finalised(one, threshold=2)
    assert refused.value.limit == 2


def test_the_same_cosigner_twice_is_one_signature(payment, first):
    again = psbt.signatures_in(first, ours=payment) * 2
    with pytest.raises(psbt.NotEnoughSignatures):
        psbt.finalised(psbt.combined(payment, again), threshold=2)


def test_a_file_passed_from_one_to_the_next_carries_both(three, payment, first):
    both = sign(three, 2, first)
    assert sorted(s.cosigner for s in psbt.signatures_in(both, ours=payment)) == sorted(
        [fingerprint(three, 1), fingerprint(three, 2)]
    )


def test_a_wallet_that_finalised_by_itself_is_understood(three, payment, first, third):
    gathered = psbt.signatures_in(first, ours=payment) + psbt.signatures_in(third, ours=payment)
    raw, _ = psbt.finalised(psbt.combined(payment, gathered), threshold=2)
    finished = PSBT.from_string(payment)
    for scope, vin in zip(finished.inputs, Transaction.parse(bytes.fromhex(raw)).vin, strict=True):
        scope.final_scriptwitness = vin.witness

    found = psbt.signatures_in(finished.to_string(), ours=payment)

    assert found == sorted(gathered)


def test_another_transaction_is_refused(three, payment):
    earlier = [funding(three.descriptor, 300_000_000)]
    other = psbt.with_previous(
        unsigned(three.descriptor, earlier, [(THIEF, 290_000_000)]),
        {tx.txid().hex(): tx.serialize().hex() for tx in earlier},
    )
    with pytest.raises(psbt.BadPsbt, match="another transaction"):
        psbt.signatures_in(sign(three, 1, other), ours=payment)


def test_a_tampered_signature_is_refused(payment, first):
    tampered = PSBT.from_string(first)
    (key, signature), *_ = tampered.inputs[0].partial_sigs.items()
    tampered.inputs[0].partial_sigs[key] = (
        signature[:20] + bytes([signature[20] ^ 1]) + signature[21:]
    )
    with pytest.raises(psbt.BadPsbt, match="not valid"):
        psbt.signatures_in(tampered.to_string(), ours=payment)


def test_a_signature_that_covers_less_than_everything_is_refused(payment, first):
    tampered = PSBT.from_string(first)
    (key, signature), *_ = tampered.inputs[0].partial_sigs.items()
    tampered.inputs[0].partial_sigs[key] = signature[:-1] + b"\x02"
    with pytest.raises(psbt.BadPsbt, match="whole transaction"):
        psbt.signatures_in(tampered.to_string(), ours=payment)


def test_a_stranger_s_key_is_refused_even_when_the_file_vouches_for_it(payment, first):
    tampered = PSBT.from_string(first)
    stranger = ec.PrivateKey(b"\x66" * 32)
    digest = PSBT.from_string(payment).sighash(0)
    signature = stranger.sign(digest).serialize() + b"\x01"
    tampered.inputs[0].partial_sigs[stranger.get_public_key()] = signature
    tampered.inputs[0].bip32_derivations[stranger.get_public_key()] = next(
        iter(tampered.inputs[0].bip32_derivations.values())
    )
    with pytest.raises(psbt.BadPsbt, match="none of the cosigners"):
        psbt.signatures_in(tampered.to_string(), ours=payment)


def test_an_input_left_unsigned_is_refused(payment, first):
    half = PSBT.from_string(first)
    half.inputs[1].partial_sigs.clear()
    with pytest.raises(psbt.BadPsbt, match="1 of 2 inputs"):
        psbt.signatures_in(half.to_string(), ours=payment)


def test_an_unsigned_file_is_refused(payment):
    with pytest.raises(psbt.BadPsbt, match="Nobody has signed"):
        psbt.signatures_in(payment, ours=payment)


@pytest.mark.parametrize("junk", [b"", b"psbt\xff", b"hello", b"cHNidP8=", b"\xff" * 50, b"7" * 99])
def test_what_is_no_psbt_is_refused(payment, junk):
    with pytest.raises(psbt.BadPsbt):
        psbt.signatures_in(junk, ours=payment)


def test_base64_hex_and_bytes_are_read_alike(payment, first):
    raw = PSBT.from_string(first).serialize()
    expected = psbt.signatures_in(first, ours=payment)
    assert psbt.signatures_in(raw, ours=payment) == expected
    assert psbt.signatures_in(raw.hex(), ours=payment) == expected


def test_a_previous_transaction_that_pays_another_amount_is_refused(three):
    earlier = funding(three.descriptor, 300_000_000)
    made = unsigned(three.descriptor, [earlier], [(HOT, 1_000)])
    lie = Transaction.parse(earlier.serialize())
    lie.vout[1].value = 400_000_000
    with pytest.raises(psbt.BadPsbt, match="not the transaction"):
        psbt.with_previous(made, {earlier.txid().hex(): lie.serialize().hex()})
    with pytest.raises(psbt.BadPsbt, match="missing"):
        psbt.with_previous(made, {})


def test_the_offline_tool_does_not_sign_an_amount_that_it_cannot_check(three):
    earlier = funding(three.descriptor, 300_000_000)
    bare = unsigned(three.descriptor, [earlier], [(HOT, 1_000)])  # no previous transaction
    with pytest.raises(RuntimeError, match="bdk will not sign"):
        sign(three, 1, bare)


def test_the_offline_tool_tells_change_from_what_leaves(three, payment):
    lines = offline.told(payment.encode(), descriptor=three.descriptor, chain="regtest")
    assert [line.rpartition(": ")[2] for line in lines if " to " in line] == [
        "LEAVES the wallet",
        "comes back to this cold wallet",
    ]
    assert lines[-1] == "  fee 2,000 sat"


def test_change_that_only_claims_to_be_ours_is_said_to_leave(three, payment):
    """The file gives our key's path for an output that pays somebody else."""
    lying = PSBT.from_string(payment)
    lying.outputs[0].bip32_derivations = lying.outputs[1].bip32_derivations
    lines = offline.told(lying.to_string().encode(), descriptor=three.descriptor, chain="regtest")
    assert lines[3].endswith("LEAVES the wallet")


def test_a_key_file_opens_with_its_passphrase_and_no_other(tmp_path):
    cosigner = offline.new_key("bitcoin", "regtest", bytes(32))
    offline.write_key(tmp_path / "one.key", cosigner, "three people, three places")

    assert offline.read_key(tmp_path / "one.key", "three people, three places") == cosigner
    with pytest.raises(offline.Stop):
        offline.read_key(tmp_path / "one.key", "guessed")


def test_a_key_sealed_to_an_age_identity_opens_with_it_alone(tmp_path):
    own, strange = (str(pyrage.x25519.Identity.generate()) for _ in range(2))
    cosigner = offline.new_key("evm", "main", bytes(32))
    offline.write_key(tmp_path / "one.key", cosigner, own)

    assert offline.read_key(tmp_path / "one.key", own) == cosigner
    for wrong in (strange, own[:-1], "guessed"):
        with pytest.raises(offline.Stop):
            offline.read_key(tmp_path / "one.key", wrong)
