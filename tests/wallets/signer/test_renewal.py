"""A newer policy is taken up while the signer runs; anything else changes nothing."""

from __future__ import annotations

import copy
import json
import sqlite3
import time

import pytest

from tests.factories.signer import PATIENCE_SECONDS, USDT, draft
from tests.wallets.signer.asking import ETHER, SOMEBODY, ask_evm, evm, token
from wallets.signer import additions, ceremony, people, policy
from wallets.signer.desk import Desk
from wallets.signer.journal import Journal
from wallets.signer.keys import SeedKey
from wallets.signer.refusals import Refusal, Unfit
from wallets.signer.renewal import Watch

KELP = "0x" + "ab" * 20


class Held:
    """A desk with its policy file, in this process."""

    def __init__(self, folder):
        self.file = folder / "policy.json"
        self.administrator = folder / "administrator.json"
        self.public = bytes.fromhex(people.make(self.administrator, "administrator"))
        self.body = draft()
        for name in ("first", "second"):
            self.body["operators"][name] = people.make(folder / f"{name}.json", name)
        self.sign(self.body)
        plan = policy.load(self.file, self.public)
        halves = {
            key.name: SeedKey(key.network, bytes([n]) * 32)
            for n, key in enumerate(plan.keys.values())
        }
        self.journal = Journal(folder / "journal.sqlite")
        self.desk = Desk(plan, halves, self.journal)
        self.watch = Watch(self.desk, self.file, self.public)

    def sign(self, body, by=None):
        text = ceremony.sign_policy(body, by or self.administrator)
        fresh = self.file.with_name("fresh")
        fresh.write_text(text)
        fresh.replace(self.file)

    def next(self, **changes):
        return {**copy.deepcopy(self.body), "serial": self.body["serial"] + 1, **changes}

    def with_kelp(self):
        return additions.add_asset(
            self.body, network="ERC20", asset="KELP", contract=KELP, decimals=18, least="1"
        )[0]

    def serial(self):
        return self.desk.answer({"op": "status"}, 0)["policy"]["serial"]

    def pay(self, id, fields):
        asked = {"op": "sign", "id": id, "key": "eth-hot", "network": "ERC20", "evm": fields}
        return self.desk.answer(asked, 0)


@pytest.fixture
def held(tmp_path):
    found = Held(tmp_path)
    yield found
    found.journal.close()


def kelp(coins, nonce=0):
    return token(KELP, SOMEBODY, coins * 10**18, nonce=nonce)


def test_a_running_signer_pays_a_token_once_the_policy_names_it(signer):
    asked = {"evm": kelp(5), "key": "eth-hot", "network": "ERC20"}
    assert ask_evm(signer, "w:kelp", **asked)["code"] == "contract"
    signer.draft, _said = additions.add_asset(
        signer.draft, network="ERC20", asset="KELP", contract=KELP, decimals=18, least="1"
    )

    signer.sign_policy()

    deadline = time.monotonic() + PATIENCE_SECONDS
    while signer.ask(op="status")["policy"]["serial"] != 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert signer.ask(op="status")["keys"]["eth-hot"]["assets"]["KELP"]["contract"] == KELP
    assert ask_evm(signer, "w:kelp", **asked)["ok"]
    assert "policy 2 is taken up" in signer.log()


def test_an_unchanged_file_is_no_news(held):
    assert [held.watch.look(), held.watch.look()] == [False, False]
    assert held.journal.head()[0] == 1


def test_what_was_spent_counts_on_under_the_newer_policy(held):
    for n in range(9):
        held.pay(f"w:{n}", evm(nonce=n, value=str(10 * ETHER)))
    held.sign(held.with_kelp())

    assert held.watch.look()

    held.pay("w:9", evm(nonce=9, value=str(10 * ETHER)))
    with pytest.raises(Refusal) as refused:  # a hundred ether a day go unattended
        held.pay("w:10", evm(nonce=10, value=str(1)))
    assert refused.value.code == "approvals"
    used = held.desk.answer({"op": "status"}, 0)["keys"]["eth-hot"]["assets"]["ETH"]
    assert used["used_unattended"] == str(100 * ETHER)


def test_a_lower_serial_and_one_with_other_contents_are_refused(held, caplog):
    held.sign(held.next(serial=5))
    assert held.watch.look()
    for body in (held.next(serial=4), held.next(serial=5, thaw_approvals=1)):
        held.sign(body)
        assert not held.watch.look()
        assert "serials only grow" in caplog.text
        caplog.clear()
    assert (held.serial(), held.desk.policy.thaw_approvals) == (5, 2)


def test_a_policy_that_the_administrator_did_not_sign_is_refused(held, tmp_path, caplog):
    thief = people.make(tmp_path / "thief.json", "thief")
    held.sign(held.with_kelp(), by=tmp_path / "thief.json")
    (tmp_path / "administrator.pub").write_text(thief)  # what the start read is what counts

    assert not held.watch.look()

    assert "does not carry the administrator's signature" in caplog.text
    assert held.serial() == 1
    with pytest.raises(Refusal):
        held.pay("w:kelp", kelp(1))


def test_a_policy_edited_by_one_digit_is_refused_and_the_right_one_taken_up_after_it(held):
    right = ceremony.sign_policy(held.with_kelp(), held.administrator)
    envelope = json.loads(right)
    envelope["policy"]["keys"]["eth-hot"]["assets"]["KELP"]["per_day"] += "0"
    held.file.write_text(json.dumps(envelope))
    assert not held.watch.look()

    held.file.write_text(right[: len(right) // 2])  # as of a copy that is not finished
    assert not held.watch.look()
    held.file.write_text(right)

    assert held.watch.look()
    assert held.pay("w:kelp", kelp(1))["signed"]


def test_a_policy_with_other_keys_waits_for_a_start(held, caplog):
    more = held.next()
    more["keys"]["btc-more"] = copy.deepcopy(more["keys"]["btc-hot"])
    other_chain = held.next()
    other_chain["networks"]["ERC20"]["chain"] = "1"
    fewer = held.next()
    for name in ("ltc-hot", "ltc-deposit"):
        fewer["keys"].pop(name)
    for body in (more, other_chain, fewer):
        held.sign(body)
        assert not held.watch.look()
    assert caplog.text.count("start the signer anew") == 3
    assert held.serial() == 1


def test_a_freeze_stands_under_a_newer_policy(held):
    held.desk.answer({"op": "freeze", "by": "a test", "reason": "to see"}, 0)
    held.sign(held.with_kelp())

    assert held.watch.look()

    with pytest.raises(Refusal) as refused:
        held.pay("w:kelp", kelp(1))
    assert refused.value.code == "frozen"


def test_a_disk_that_is_full_keeps_the_old_policy_and_tries_again(held, monkeypatch):
    held.sign(held.with_kelp())

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(held.journal, "append", full)
        assert not held.watch.look()
        assert held.serial() == 1

    assert held.watch.look()
    assert held.serial() == 2


def test_an_asset_is_added_to_every_key_of_its_network_and_to_no_other(held):
    before = copy.deepcopy(held.body)

    added, said = additions.add_asset(
        held.body, network="ERC20", asset="KELP", contract=KELP.upper().replace("X", "x"),
        decimals=18, least="0.5",
    )  # fmt: skip

    assert held.body == before
    plan = policy.parse(added)
    assert (plan.serial, plan.keys["eth-hot"].assets["KELP"].contract) == (2, KELP)
    assert plan.keys["eth-hot"].assets["KELP"].per_transaction == 1000 * 10**18
    assert plan.keys["eth-hot"].assets["KELP"].approvals_for(50 * 10**18 + 1) == 1
    assert "KELP" in plan.keys["eth-deposit"].assets
    assert not any(
        "KELP" in key.assets for key in plan.keys.values() if key.network.code != "ERC20"
    )
    assert added["keys"]["bsc-hot"] == before["keys"]["bsc-hot"]
    assert said[1] == (
        "eth-hot pays up to 50 KELP unattended, and 500 so in 24 h; up to 500 with one operator; "
        "never above 1000, and 5000 in 24 h."
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"asset": "USDT"}, "knows USDT already"),
        ({"contract": USDT.replace("d", "D")}, "knows this contract already, as USDT"),
        ({"contract": "0x12"}, "is no contract"),
        ({"contract": ""}, "is no contract"),
        ({"network": "TRON"}, "knows no network TRON"),
        ({"network": "BTC"}, "contract is no address"),
        ({"least": "0"}, "above zero"),
        ({"least": "NaN"}, "above zero"),
        ({"least": "much"}, "is no amount"),
        ({"decimals": 1, "least": "0.00001"}, "more than 1 digits"),
    ],
)  # fmt: skip
def test_an_asset_that_makes_no_sense_is_no_draft(held, changes, why):
    asked = {"network": "ERC20", "asset": "KELP", "contract": KELP, "decimals": 18, "least": "1"}

    with pytest.raises(Unfit, match=why):
        additions.add_asset(held.body, **{**asked, **changes})


def test_the_program_drafts_from_the_signed_policy_and_overwrites_nothing(held, tmp_path, capsys):
    from wallets.signer.__main__ import main

    out = tmp_path / "draft.json"
    asked = f"add-asset --policy {held.file} --network ERC20 --asset KELP --contract {KELP}".split()
    asked += ["--decimals", "18", "--least", "0.5", "--out", str(out)]

    assert main(asked) == 0
    assert "Policy 2: KELP on ERC20 is " + KELP in capsys.readouterr().out
    assert json.loads(out.read_text())["serial"] == 2
    assert main(asked) == 2
    held.sign(json.loads(out.read_text()))
    assert held.watch.look()
