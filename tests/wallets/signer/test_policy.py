"""A policy that is not exactly what the administrator signed is a signer that does not start."""

from __future__ import annotations

import copy
import json
import subprocess

import pyrage
import pytest

from tests.factories.signer import RunningSigner, draft
from wallets.signer import canonical, ceremony, people, policy
from wallets.signer.keys import unseal
from wallets.signer.refusals import Unfit


@pytest.fixture
def stopped(tmp_path):
    running = RunningSigner(tmp_path / "g", draft())
    yield running
    running.stop()


def written(signer):
    return json.loads((signer.folder / "policy.json").read_text())


def rewrite(signer, envelope):
    (signer.folder / "policy.json").write_text(json.dumps(envelope))


def refuses_to_start(signer, why):
    with pytest.raises(RuntimeError, match=why):
        signer.start()
    return True


def test_a_policy_that_was_edited_by_one_digit(stopped):
    envelope = written(stopped)
    envelope["policy"]["keys"]["eth-hot"]["assets"]["ETH"]["per_day"] += "0"
    rewrite(stopped, envelope)

    assert refuses_to_start(stopped, "does not carry the administrator's signature")


def test_a_policy_that_somebody_else_signed(stopped):
    people.make(stopped.home / "thief.json", "thief")
    stopped.sign_policy("thief")

    assert refuses_to_start(stopped, "does not carry the administrator's signature")


def test_an_operators_approval_is_no_signature_of_a_policy(stopped):
    envelope = written(stopped)
    _, private = people.open_file(stopped.home / "administrator.json")
    envelope["signature"] = private.sign(canonical.encode(envelope["policy"])).hex()
    rewrite(stopped, envelope)

    assert refuses_to_start(stopped, "does not carry the administrator's signature")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"policy": 1.5, "signature": ""}', "\0\0"])
def test_a_policy_that_is_none(stopped, content):
    (stopped.folder / "policy.json").write_text(content)

    assert refuses_to_start(stopped, "can't be read")


def test_an_older_policy_is_not_put_back(stopped):
    old = written(stopped)
    stopped.draft["serial"] = 2
    stopped.sign_policy()
    stopped.start()
    stopped.stop()
    rewrite(stopped, old)

    assert refuses_to_start(stopped, "serials only grow")


def test_two_policies_do_not_share_a_serial(stopped):
    stopped.start()
    stopped.stop()
    stopped.draft["thaw_approvals"] = 1
    stopped.sign_policy()

    assert refuses_to_start(stopped, "serials only grow")


def test_a_key_that_can_not_be_opened(stopped):
    sealed = stopped.folder / "keys" / "btc-hot.age"
    sealed.write_bytes(sealed.read_bytes()[:-1] + b"\0")

    assert refuses_to_start(stopped, "btc-hot.age can't be opened")


def test_a_second_signer_in_the_same_folder(stopped, tmp_path):
    stopped.start()

    with pytest.raises(subprocess.CalledProcessError) as caught:
        stopped.command("run", "--directory", stopped.folder, "--socket", tmp_path / "other.sock")
    assert "another signer works in" in caught.value.stderr
    assert stopped.ask(op="status")["ok"]


def changed(path, value):
    body = draft()
    body["operators"] = {"first": "11" * 32, "second": "22" * 32, "third": "33" * 32}
    place = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return body


HOT = ("keys", "eth-hot")
NONSENSE = {
    "two operators with one key": (("operators", "second"), "11" * 32),
    "an operator without a key": (("operators", "second"), "22"),
    "more approvals than operators": ((*HOT, "unlisted_approvals"), 4),
    "a thaw that nobody could do": (("thaw_approvals",), 4),
    "a thaw that anybody could do": (("thaw_approvals",), 0),
    "a threshold above which fewer approve": (
        (*HOT, "assets", "ETH", "tiers"),
        [{"above": "1", "approvals": 2}, {"above": "2", "approvals": 1}],
    ),
    "an amount that is a number": ((*HOT, "assets", "ETH", "per_day"), 5),
    "an amount with a point": ((*HOT, "assets", "ETH", "per_day"), "1.5"),
    "no native asset": ((*HOT, "assets"), {}),
    "a contract that is no address": ((*HOT, "assets", "USDT", "contract"), "usdt"),
    "one contract for two assets": ((*HOT, "assets", "USDT", "contract"), ""),
    "a role that is not known": ((*HOT, "role"), "cold"),
    "a deposit key that pays a key of another network": (
        ("keys", "eth-deposit", "pays"),
        ["bsc-hot"],
    ),
    "a hot key that pays like a deposit key": ((*HOT, "pays"), ["eth-hot"]),
    "gas for a key that is no deposit key": ((*HOT, "gas", "key"), "eth-hot"),
    "a cold address of another chain": (
        ("keys", "btc-hot", "cold"),
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    ),
    "a cold address with a wrong letter": (
        ("keys", "btc-hot", "cold"),
        "bcrt1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0scjhmyq",
    ),
    "a prefix so short that it binds nothing": (("message_prefix",), "Holdfas"),
    "a chain that is no number": (("networks", "ERC20", "chain"), "main"),
    "a serial before the first": (("serial",), 0),
    "a key with the name of a path": (("keys", "../x"), draft()["keys"]["eth-hot"]),
    "a word that is not known": (("keys", "eth-hot", "per_day"), "5"),
}


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nobody_can_sign_a_policy_with(nonsense):
    path, value = NONSENSE[nonsense]
    body = changed(path, value)
    original = copy.deepcopy(body)

    with pytest.raises(Unfit):
        policy.parse(body)
    assert body == original


def test_the_drafts_of_tests_make_sense_otherwise():
    plan = policy.parse(changed(("serial",), 7))

    assert plan.serial == 7
    assert set(plan.keys) == {
        f"{n}-{r}" for n in ("btc", "ltc", "eth", "bsc") for r in ("hot", "deposit")
    }


def test_a_passphrase_seals_a_persons_key(tmp_path):
    path = tmp_path / "op.json"
    people.make(path, "op", "correct horse battery", iterations=1000)

    assert people.open_file(path, "correct horse battery")[0] == "op"
    assert "private" not in path.read_text()
    with pytest.raises(Unfit, match="passphrase is wrong"):
        people.open_file(path, "wrong horse battery")
    with pytest.raises(Unfit, match="never overwritten"):
        people.make(path, "op")


def test_a_backup_opens_the_same_seeds(tmp_path, stopped):
    backup = pyrage.x25519.Identity.generate()
    ceremony.make_keys(tmp_path / "fresh", stopped.draft, [str(backup.to_public())])

    sealed = (tmp_path / "fresh" / "keys" / "btc-hot.age").read_bytes()
    own = pyrage.x25519.Identity.from_str((tmp_path / "fresh/identity.txt").read_text().strip())
    assert pyrage.decrypt(sealed, [backup]) == pyrage.decrypt(sealed, [own])
    assert ceremony.make_keys(tmp_path / "fresh", stopped.draft) == []  # never made twice


def test_a_host_that_was_lost_is_restored_from_a_backup(tmp_path, stopped):
    backup = pyrage.x25519.Identity.generate()
    (tmp_path / "backup.txt").write_text(f"{backup}\n")
    lost, fresh = tmp_path / "lost", tmp_path / "fresh"
    made = ceremony.make_keys(lost, stopped.draft, [str(backup.to_public())])
    old = {name: unseal(lost / f"keys/{name}.age", lost / "identity.txt") for name in made}

    where = ("--directory", fresh, "--source", lost / "keys", "--opener", tmp_path / "backup.txt")
    said = stopped.command("restore", *where)

    assert said.split("\n")[0] == "restored bsc-deposit"
    assert old == {
        name: unseal(fresh / f"keys/{name}.age", fresh / "identity.txt") for name in made
    }
    with pytest.raises(Unfit, match="can't be opened"):
        unseal(lost / "keys/btc-hot.age", fresh / "identity.txt")
    assert "there already" in stopped.command("restore", *where)
