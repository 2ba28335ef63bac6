"""A Safe on a real EVM chain is proved by as many of its owners as the contract asks for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests import factories
from tests.factories.sending import asset_network
from tests.wallets.reserves.conftest import OPERATOR, STATIC, taken
from tests.wallets.reserves.treasury import cosigned, drawn, row
from wallets.addresses import issue, keysets
from wallets.custody.offline import Stop
from wallets.demo import vault
from wallets.reserves import archive, offline, ownership, queries
from wallets.reserves.models import Snapshot

pytestmark = [
    pytest.mark.xdist_group("evm node"),
    pytest.mark.usefixtures("in_our_transaction"),
]


@pytest.fixture
def safe(evm_node):
    """2 of 3, with 3 ETH in it; customers are owed 2."""
    factories.fund(factories.customer(), "ETH", "2")
    asset_network("ETH", evm_node.row, precision=18, decimals=18)
    owners = {"owners": [drawn(number, "evm").public for number in (1, 2, 3)], "threshold": 2}
    while vault.deploy(network=evm_node.network, **owners):
        evm_node.mine()
    keys = keysets.register(
        network=evm_node.row,
        name="eth-cold",
        role="cold",
        scheme="safe",
        public=vault.address(**owners),
        threshold=2,
        signers=3,
        actor=factories.SYSTEM,
        reason="tests",
    )
    issue.own_address(key_set_id=keys.pk)
    evm_node.give(keys.public, "3")
    evm_node.follow()
    return keys


def handed_in(kept: Snapshot, number: int):
    signed = offline.sign(ownership.to_cosign(kept), drawn(number, "evm"))
    return ownership.hand_in(snapshot_id=kept.pk, document=signed, actor=OPERATOR)


def test_two_owners_prove_a_safe_and_one_does_not(safe, tmp_path):
    kept = taken()
    at = row(kept, safe)

    report = handed_in(kept, 1)
    assert report.waiting == [(f"ERC20 {at.written}", "1 of 2 owners have signed")]
    assert handed_in(kept, 1).proved == []  # one owner twice is one owner

    assert handed_in(kept, 3).proved == [f"ERC20 {at.written}"]
    assert {f.code: f.covered for f in queries.figures(kept)} == {"ETH": True}

    file = tmp_path / "archive.zip"
    file.write_bytes(b"".join(archive.archive(kept)))
    command = [sys.executable, str(STATIC / "verify_archive.py"), str(file)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "signed by 2: compare with the Safe's owners on the chain" in said


def test_who_is_no_owner_proves_nothing(safe):
    kept = taken()

    report = handed_in(kept, 4)

    assert [why for _label, why in report.refused] == [
        f"{drawn(4, 'evm').public} is no owner of this Safe."
    ]
    assert row(kept, safe).partial == {}
    with pytest.raises(Stop):
        cosigned(1, ownership.to_cosign(kept))  # a Bitcoin key has nothing to sign here


def test_while_the_node_is_away_no_owner_is_taken_at_their_word(safe, settings):
    kept = taken()
    away = {"EVM_RPC_URL": "http://127.0.0.1:9"}
    settings.CHAIN_ENVIRONMENT = {**settings.CHAIN_ENVIRONMENT, **away}

    report = handed_in(kept, 1)

    assert [why for _label, why in report.refused] == [
        "The node can't say who owns this Safe: hand it in again later."
    ]
