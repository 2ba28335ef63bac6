"""Limits, and the operators' signatures that lift the lower ones."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.factories.signer import LISTED_EVM, USDT, draft
from tests.wallets.signer.asking import ETHER, GWEI, SOMEBODY, ask_evm, evm, refusal, token


def contents_of(signer, id="w:1", **changed):
    return ask_evm(signer, id, op="contents", **changed)


def test_above_the_first_threshold_one_operator_and_above_the_second_two(signer):
    for id, ether, needed in (("w:1", 10, 0), ("w:2", 11, 1), ("w:3", 101, 2)):
        fields = evm(value=str(ether * ETHER))
        assert contents_of(signer, id, evm=fields)["approvals_needed"] == needed

    large = evm(value=str(101 * ETHER))
    contents = contents_of(signer, evm=large)["contents"]
    for approvals in ([], signer.approve(contents, "first")):
        assert refusal(ask_evm(signer, evm=large, approvals=approvals)) == "approvals"
    both = signer.approve(contents, "first", "third")
    assert ask_evm(signer, evm=large, approvals=both)["ok"]


def test_one_operator_who_signs_twice_is_one_operator(signer):
    large = evm(value=str(101 * ETHER))
    contents = contents_of(signer, evm=large)["contents"]

    twice = signer.approve(contents, "first", "first")

    assert refusal(ask_evm(signer, evm=large, approvals=twice)) == "approvals"
    renamed = [*twice[:1], {**twice[0], "operator": "second"}]
    assert refusal(ask_evm(signer, evm=large, approvals=renamed)) == "approvals"


def test_operators_sign_what_the_signer_itself_decoded(signer):
    fields = token(USDT, SOMEBODY, 2_000_000_000)

    contents = json.loads(contents_of(signer, evm=fields)["contents"])

    assert contents == {
        "type": "holdfast.sign.v1",
        "id": "w:1",
        "key": "eth-hot",
        "network": "ERC20",
        "chain": "31337",
        "from": signer.address("eth-hot"),
        "payments": [
            {
                "address": "0x00000000000000000000000000000000DeaDBeef",
                "asset": "USDT",
                "contract": USDT,
                "decimals": 6,
                "units": "2000000000",
            }
        ],
        "fee_asset": "ETH",
        "fee_decimals": 18,
        "max_fee": str(ETHER // 10),
    }


@pytest.mark.parametrize(
    ("id", "changed"),
    [
        ("w:2", {}),
        ("w:1", {"value": str(12 * ETHER)}),
        ("w:1", {"to": LISTED_EVM}),
        ("w:1", {"value": str(11 * ETHER), "to": "0x" + "ee" * 20}),
    ],
)
def test_an_approval_is_worth_nothing_for_anything_else(signer, id, changed):
    approved = evm(value=str(11 * ETHER))
    approvals = signer.approve(contents_of(signer, evm=approved)["contents"], "first", "second")

    other = {**approved, **changed}

    assert refusal(ask_evm(signer, id, evm=other, approvals=approvals)) == "approvals"


def test_an_approval_by_a_key_that_is_no_operators_is_worth_nothing(signer):
    large = evm(value=str(11 * ETHER))
    contents = contents_of(signer, evm=large)["contents"].encode()
    forged = Ed25519PrivateKey.generate().sign(contents).hex()

    for approval in (
        {"operator": "first", "signature": forged},
        {"operator": "stranger", "signature": forged},
        {"operator": "first", "signature": "00" * 64},
        {"operator": "first", "signature": "no hex"},
    ):
        assert refusal(ask_evm(signer, evm=large, approvals=[approval])) == "approvals"


def test_a_tighter_ceiling_for_the_fee_is_part_of_what_is_approved(signer):
    large, fee = evm(value=str(11 * ETHER)), str(21_000 * 30 * GWEI)
    tight = contents_of(signer, evm=large, max_fee=fee)["contents"]
    approvals = signer.approve(tight, "first")

    assert json.loads(tight)["max_fee"] == fee
    assert refusal(ask_evm(signer, evm=large, approvals=approvals)) == "approvals"
    assert ask_evm(signer, evm=large, approvals=approvals, max_fee=fee)["ok"]
    dearer = {**large, "maxFeePerGas": 60 * GWEI, "maxPriorityFeePerGas": 4 * GWEI}
    assert refusal(ask_evm(signer, evm=dearer, approvals=approvals, max_fee=fee)) == "fee"


def test_a_bump_within_the_approved_ceiling_needs_no_second_approval(signer):
    large = evm(value=str(11 * ETHER))
    approvals = signer.approve(contents_of(signer, evm=large)["contents"], "second")
    assert ask_evm(signer, evm=large, approvals=approvals)["ok"]

    dearer = {**large, "maxFeePerGas": 60 * GWEI, "maxPriorityFeePerGas": 4 * GWEI}

    assert ask_evm(signer, evm=dearer)["ok"]


def test_what_goes_unattended_in_a_day_ends_however_small_the_pieces(signer):
    for n in range(10):
        assert ask_evm(signer, f"w:{n}", evm=evm(nonce=n, value=str(10 * ETHER)))["ok"]

    more = evm(nonce=10, value=str(1))
    assert refusal(ask_evm(signer, "w:10", evm=more)) == "approvals"
    contents = contents_of(signer, "w:10", evm=more)["contents"]
    assert ask_evm(signer, "w:10", evm=more, approvals=signer.approve(contents, "first"))["ok"]
    assert ask_evm(signer, "w:11", evm={**token(USDT, SOMEBODY, 5), "nonce": 11})["ok"]


def test_what_goes_in_a_day_at_all_ends_whoever_approves_and_through_a_restart(signer):
    def approved(n, ether):
        fields = evm(nonce=n, value=str(ether * ETHER))
        contents = contents_of(signer, f"w:{n}", evm=fields)
        if not contents["ok"]:
            return contents
        approvals = signer.approve(contents["contents"], "first", "second")
        return ask_evm(signer, f"w:{n}", evm=fields, approvals=approvals)

    assert approved(0, 500)["ok"]
    assert approved(1, 400)["ok"]
    signer.kill()
    signer.start()
    assert refusal(approved(2, 101)) == "per_day"
    assert approved(2, 100)["ok"]
    assert refusal(approved(3, 1)) == "per_day"


class TestWhereUnlistedDestinationsNeedAnOperator:
    @pytest.fixture
    def signer_draft(self):
        body = draft()
        body["keys"]["eth-hot"]["unlisted_approvals"] = 1
        return body

    def test_only_listed_ones_are_paid_unattended(self, signer):
        assert ask_evm(signer, "w:1", evm=evm(to=LISTED_EVM))["ok"]
        other = evm(nonce=1)
        assert refusal(ask_evm(signer, "w:2", evm=other)) == "approvals"
        contents = contents_of(signer, "w:2", evm=other)["contents"]
        approvals = signer.approve(contents, "third")
        assert ask_evm(signer, "w:2", evm=other, approvals=approvals)["ok"]


def test_anyone_freezes_and_only_two_operators_thaw(signer):
    first = ask_evm(signer)
    assert signer.freeze()["frozen"] is True
    assert signer.freeze()["frozen"] is True  # twice is once
    contents = signer.ask(**{"op": "contents", "for": "thaw"})["contents"]

    assert refusal(ask_evm(signer)) == "frozen"  # not even what was signed before
    assert refusal(ask_evm(signer, "w:2", evm=evm(nonce=1))) == "frozen"
    message = {"op": "message", "key": "eth-hot", "text": "Holdfast proof of reserves x"}
    assert refusal(signer.ask(**message)) == "frozen"
    signer.kill()
    signer.start()
    assert signer.ask(op="status")["reason"] == "to see"
    for approvals in (
        [],
        signer.approve(contents, "first"),
        signer.approve(contents, *["first"] * 2),
    ):
        assert refusal(signer.ask(op="thaw", approvals=approvals)) == "approvals"
    both = signer.approve(contents, "first", "second")
    assert signer.ask(op="thaw", approvals=both)["frozen"] is False
    assert ask_evm(signer) == first

    signer.freeze()  # the next freeze is another: old approvals do not lift it
    assert refusal(signer.ask(op="thaw", approvals=both)) == "approvals"
    assert signer.thaw("second", "third")["frozen"] is False
    assert refusal(signer.ask(op="thaw", approvals=both)) == "not_frozen"
