"""Proofs that addresses are ours: by signer and cosigners, dated, and of no use elsewhere."""

from __future__ import annotations

from decimal import Decimal as D

import bip322 as another_engine
import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from exchange.core import clock
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from tests import factories
from tests.factories.signer import RunningSigner, draft
from tests.wallets.reserves.conftest import OPERATOR, taken
from tests.wallets.reserves.treasury import BLOCK, cosigned, cosigned_apart, filled, row
from wallets.custody.offline import Stop
from wallets.reserves import bip322, eip191, ownership, queries
from wallets.reserves.bip322 import BadProof
from wallets.reserves.models import ReserveAddress, Snapshot
from wallets.sending import signer as client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_our_transaction")]
# BIP-322's own vector, of the key L3VFeEuj….
VECTOR = "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l"
HELLO = (
    "AkcwRAIgZRfIY3p7/DoVTty6YZbWS71bc5Vct9p9Fia83eRmw2QCICK/ENGfwLtptFluMGs2KsqoNSk89pO7F29zJLUx9"
    "a/sASECx/EgAxlkQpQ9hYjgGu6EBCPMVPwVIVJqO4XCsMvViHI="
)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """One signer for all tests of this file: making its keys takes seconds."""
    made = RunningSigner(tmp_path_factory.mktemp("signer"), draft())
    try:
        yield made.start()
    finally:
        made.stop()


@pytest.fixture
def signer(running, settings):
    settings.SIGNER_SOCKET = str(running.socket)
    return running


@pytest.fixture
def treasury(signer):
    factories.fund(factories.customer(), "BTC", "1.5")
    factories.fund(factories.customer(), "ETH", "4")
    return filled(signer)


def everything(snapshot):
    """Both cosigners hand in; the signer has signed already."""
    for number in (1, 3):
        signed = cosigned(number, ownership.to_cosign(snapshot))
        ownership.hand_in(snapshot_id=snapshot.pk, document=signed, actor=OPERATOR)


def test_the_standards_own_vector_is_accepted_and_another_text_is_not():
    bip322.verify(VECTOR, "Hello World", HELLO)
    with pytest.raises(BadProof):
        bip322.verify(VECTOR, "Hello World!", HELLO)
    with pytest.raises(BadProof):
        bip322.verify("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "Hello World", HELLO)


def test_the_text_names_snapshot_time_network_block_and_address(treasury):
    kept = taken()
    at = row(kept, treasury.hot)

    assert at.message == (
        f"Holdfast proof of reserves {kept.name}: at {kept.taken_at:%Y-%m-%dT%H:%M:%SZ} Holdfast "
        f"controls {at.written} on BTC, block 120 {BLOCK}"
    )


def test_the_signer_proves_hot_wallets_as_soon_as_the_trees_stand(treasury):
    kept = taken()
    proved = kept.addresses.filter(proved_at__isnull=False)

    assert {(each.network.code, each.role) for each in proved} == {("BTC", "hot"), ("ERC20", "hot")}
    assert proved.count() == 3
    for each in proved.filter(network__code="BTC"):
        assert (
            another_engine.verify_simple_encoded(each.written, each.message, each.signature) is None
        )
    ether = row(kept, treasury.ether)
    said = encode_defunct(text=ether.message)
    assert Account.recover_message(said, signature=ether.signature) == ether.written


def test_two_of_three_cosigners_prove_the_cold_wallet(treasury, tmp_path):
    kept = taken()
    cold = row(kept, treasury.cold)
    first = cosigned(1, ownership.to_cosign(kept))
    third = cosigned_apart(tmp_path, 3, ownership.to_cosign(kept))

    report = ownership.hand_in(snapshot_id=kept.pk, document=first, actor=OPERATOR)
    assert report.waiting == [(f"BTC {cold.written}", "1 of 2 cosigners have signed")]
    assert row(kept, treasury.cold).proved_at is None

    again = ownership.hand_in(snapshot_id=kept.pk, document=first, actor=OPERATOR)
    assert again.proved == []  # one cosigner twice is one cosigner

    report = ownership.hand_in(snapshot_id=kept.pk, document=third, actor=OPERATOR)
    assert report.proved == [f"BTC {cold.written}"]
    cold.refresh_from_db()
    bip322.verify(cold.written, cold.message, cold.signature)


def test_assets_proved_are_set_against_what_is_owed(treasury):
    kept = taken()
    before = {each.code: each for each in queries.figures(kept)}
    assert (before["BTC"].proved, before["BTC"].unproved) == (D("0.4"), D("1.2"))
    assert before["BTC"].percent == D("26.66")

    everything(kept)

    after = {each.code: each for each in queries.figures(kept)}
    assert (after["BTC"].owed, after["BTC"].proved, after["BTC"].percent) == (
        D("1.5"), D("1.6"), D("106.66"),
    )  # fmt: skip
    assert (after["ETH"].percent, after["ETH"].covered) == (D("75.00"), False)


def test_what_is_spent_no_longer_counts(treasury):
    spent = treasury.hot.addresses.order_by("pk").first().coins.get()
    spent.spent_height, spent.spent_in = 119, "ab" * 32
    spent.save()
    kept = taken()

    assert {each.code: each.proved for each in queries.figures(kept)}["BTC"] == D("0.1")


def test_a_signature_of_an_older_snapshot_can_not_be_replayed(treasury):
    older = taken()
    everything(older)
    old_cold, old_hot = row(older, treasury.cold), row(older, treasury.hot)
    newer = taken()
    cold = row(newer, treasury.cold)
    document = {
        "snapshot": newer.name,
        "signatures": [
            {"network": "BTC", "address": cold.written, "signature": old_cold.signature}
        ],
    }

    report = ownership.hand_in(snapshot_id=newer.pk, document=document, actor=OPERATOR)

    assert report.refused == [(f"BTC {cold.written}", "A signature is of none of the cosigners.")]
    assert row(newer, treasury.cold).proved_at is None
    with pytest.raises(BadProof):
        ownership.verify(row(newer, treasury.hot), old_hot.signature)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (" block 120 ", " block 119 "),
        (BLOCK, "cd" * 32),
        ("on BTC", "on LTC"),
        (" at 20", " at 19"),
    ],
)
def test_the_same_text_of_another_block_day_or_network_is_refused(treasury, was, becomes):
    kept = taken()
    hot = row(kept, treasury.hot)
    assert was in hot.message
    hot.message = hot.message.replace(was, becomes)

    with pytest.raises(BadProof):
        ownership.verify(hot, hot.signature)


def test_a_file_for_another_snapshot_is_refused_whole(treasury):
    older, newer = taken(), taken()
    signed = cosigned(1, ownership.to_cosign(older))

    with pytest.raises(Invalid, match="for another snapshot"):
        ownership.hand_in(snapshot_id=newer.pk, document=signed, actor=OPERATOR)


def test_a_strangers_key_proves_nothing(treasury):
    kept = taken()
    cold, ether = row(kept, treasury.cold), row(kept, treasury.ether)
    stranger = Account.from_key(b"\x05" * 32)
    said = stranger.sign_message(encode_defunct(text=ether.message)).signature.hex()

    with pytest.raises(BadProof, match="The signature is of 0x"):
        ownership.verify(ether, said)
    document = {
        "snapshot": kept.name,
        "signatures": [
            {"network": "BTC", "address": cold.written, "signature": "00", "signer": "02" * 33},
            {"network": "BTC", "address": "bcrt1qnobody", "signature": "00"},
        ],
    }
    report = ownership.hand_in(snapshot_id=kept.pk, document=document, actor=OPERATOR)
    assert [why for _label, why in report.refused] == [
        "This is no key of the address.",
        "The snapshot has no such address.",
    ]


def test_both_forms_of_a_signature_are_not_both_good(treasury):
    """The other s of the same signature would make a proof malleable."""
    ether = row(taken(), treasury.ether)
    raw = bytes.fromhex(ether.signature[2:])
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high = raw[:32] + (order - int.from_bytes(raw[32:64])).to_bytes(32) + bytes([55 - raw[64]])

    with pytest.raises(BadProof):
        eip191.verify(ether.written, ether.message, "0x" + high.hex())


@pytest.mark.parametrize("nonsense", ["", "====", "AA==", "/////w==", "Av1", "0x", "00" * 65])
def test_nonsense_is_refused_and_never_breaks(nonsense):
    with pytest.raises(BadProof):
        bip322.verify(VECTOR, "Hello World", nonsense)
    with pytest.raises(BadProof):
        eip191.verify("0x" + "00" * 20, "Hello World", nonsense)


def test_a_signer_that_is_away_is_asked_again_later(treasury, signer):
    signer.stop()
    kept = taken()
    assert kept.addresses.filter(proved_at__isnull=False).count() == 0
    assert kept.addresses.exclude(last_error="").count() == 0

    signer.start()

    assert ownership.prove_by_signer(snapshot_id=kept.pk) == 3
    assert ownership.prove_by_signer(snapshot_id=kept.pk) == 0


def test_what_the_signer_refuses_is_written_down_and_asked_again_on_request(treasury, signer):
    signer.freeze()
    kept = taken()
    assert "frozen" in row(kept, treasury.hot).last_error.lower()
    signer.thaw()
    assert ownership.prove_by_signer(snapshot_id=kept.pk) == 0

    ownership.ask_again(snapshot_id=kept.pk, actor=OPERATOR, reason="thawed")

    assert ownership.prove_by_signer(snapshot_id=kept.pk) == 3


def test_the_signer_signs_no_other_text_for_us(treasury):
    with pytest.raises(client.SignerRefused):
        client.message(key="btc-hot", text="I owe you one bitcoin")


def test_a_cosigner_signs_no_other_text(treasury):
    document = ownership.to_cosign(taken())
    document["requests"][0]["message"] = "Pay the bearer"

    with pytest.raises(Stop, match="is no proof of reserves"):
        cosigned(1, document)


def test_handing_in_needs_the_permission_and_a_snapshot_that_is_ready(treasury):
    kept = taken()
    document = {"snapshot": kept.name, "signatures": []}
    with pytest.raises(PermissionRefused):
        ownership.hand_in(snapshot_id=kept.pk, document=document, actor=factories.officer())
    hot = row(kept, treasury.hot)
    ReserveAddress.objects.filter(pk=hot.pk).update(proved_at=None)
    Snapshot.objects.filter(pk=kept.pk).update(state=Snapshot.State.PUBLISHED)
    with pytest.raises(Conflict):
        ownership.hand_in(snapshot_id=kept.pk, document=document, actor=OPERATOR)
    assert ownership._keep(hot.pk, hot.signature, OPERATOR) == 0  # nothing moves once published


def test_a_proof_says_who_handed_it_in_and_when(treasury):
    kept = taken()
    everything(kept)
    cold = row(kept, treasury.cold)

    assert cold.proved_by == OPERATOR.label
    assert (clock.now() - cold.proved_at).total_seconds() < 60
    assert cold.partial == {}
