"""The programs of the key ceremony and of the signer's daily life, as the runbooks say them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

from tests.factories.signer import COLD_BTC, COLD_EVM, ROOT
from tests.wallets.signer.asking import ETHER, Wallet, ask_btc, ask_evm, evm, psbt, refusal

PASSPHRASE = "correct horse battery"


def program(*arguments, passphrase="", text="", code=0):
    """Run one of the signer's programs; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "wallets.signer", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "HOLDFAST_PASSPHRASE": passphrase},
        input=text,
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def test_a_ceremony_from_the_template_to_a_signer_that_answers(tmp_path):
    people = {}
    for name in ("administrator", "ada", "ben"):
        where = tmp_path / f"{name}.json"
        said = program("make-person", "--file", where, "--name", name, passphrase=PASSPHRASE)
        people[name] = said.split()[1]
        assert "private" not in where.read_text()
    folder = tmp_path / "s"
    folder.mkdir(mode=0o700)
    (folder / "administrator.pub").write_text(people.pop("administrator") + "\n")
    draft = json.loads(program("template"))
    (tmp_path / "draft.json").write_text(json.dumps(draft))
    signing = ("--draft", tmp_path / "draft.json", "--key", tmp_path / "administrator.json")
    unfinished = program(
        "sign-policy", *signing, "--out", folder / "policy.json", passphrase=PASSPHRASE, code=2
    )
    assert "is no name" in unfinished  # nobody signs a template as it is

    draft["operators"], draft["uids"] = people, [os.getuid()]
    for key in draft["keys"].values():
        key["cold"] = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    (tmp_path / "draft.json").write_text(json.dumps(draft))
    program("sign-policy", *signing, "--out", folder / "policy.json", passphrase=PASSPHRASE)
    made = program("ceremony", "--directory", folder, "--policy", tmp_path / "draft.json")
    assert made.split("\n")[:2] == ["made btc-hot", "made btc-deposit"]

    process = subprocess.Popen(
        [sys.executable, "-m", "wallets.signer", "run", "--directory", str(folder)], cwd=ROOT
    )
    try:
        deadline = time.monotonic() + 30
        while not (folder / "signer.sock").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        said = program("freeze", "--socket", folder / "signer.sock", "--reason", "to see")
        assert json.loads(said)["frozen"] is True
    finally:
        process.terminate()
        process.wait(10)
    assert "2 entries hang together" in program("verify-journal", "--directory", folder)


def test_an_operator_approves_on_another_machine(signer, tmp_path):
    large = evm(value=str(15 * ETHER))
    contents = ask_evm(signer, op="contents", evm=large)["contents"]
    (tmp_path / "contents.json").write_text(contents + "\n")
    key = ("--key", signer.home / "first.json", "--contents")

    approval = json.loads(program("approve", *key, tmp_path / "contents.json", "--yes"))
    from_a_pipe = json.loads(program("approve", *key, "-", "--yes", text=contents))

    assert approval == from_a_pipe == signer.approve(contents, "first")[0]
    assert ask_evm(signer, evm=large, approvals=[approval])["ok"]


def test_nobody_approves_contents_with_more_than_one_reading(signer):
    contents = ask_evm(signer, op="contents", evm=evm(value=str(15 * ETHER)))["contents"]
    key = ("--key", signer.home / "first.json", "--contents", "-", "--yes")

    for strange in (contents.replace(":", ": "), contents[:-1], "", "[1.5]"):
        said = program("approve", *key, text=strange, code=2)
        assert "these" in said


def test_a_sealed_key_needs_its_passphrase(tmp_path):
    where = tmp_path / "op.json"
    program("make-person", "--file", where, "--name", "op", passphrase=PASSPHRASE)
    key = ("--key", where, "--contents", "-", "--yes")

    assert "passphrase is wrong" in program(
        "approve", *key, passphrase="wrong horse", text='{"a":1}', code=2
    )
    assert program("approve", *key, passphrase=PASSPHRASE, text='{"a":1}').startswith("{")


def test_a_head_that_was_noted_proves_that_nothing_was_cut_off(signer):
    ask_evm(signer)
    noted = signer.ask(op="status")["journal"]
    signer.stop()
    where = ("verify-journal", "--directory", signer.folder, "--head")

    assert "hang together" in program(*where, f"{noted['entries']}:{noted['head']}")
    assert "not what it was" in program(*where, f"{noted['entries']}:{'0' * 64}", code=2)
    assert "missing" in program(*where, f"{noted['entries'] + 1}:{noted['head']}", code=2)


def test_moving_the_cold_wallet_is_a_new_policy_and_a_restart(signer):
    other = "0x" + "c0" * 20
    ask_evm(signer, evm=evm(to=COLD_EVM, value=str(5_000 * ETHER)))
    signer.stop()
    signer.draft["serial"] = 2
    signer.draft["keys"]["eth-hot"]["cold"] = other
    signer.sign_policy()
    signer.start()

    large = evm(to=COLD_EVM, nonce=1, value=str(5_000 * ETHER))
    assert refusal(ask_evm(signer, "w:2", evm=large)) == "per_transaction"
    assert ask_evm(signer, "w:2", evm={**large, "to": other})["ok"]
    assert COLD_BTC in json.dumps(signer.public("btc-hot"))


def test_an_operator_who_left_no_longer_counts(signer):
    large = psbt(Wallet(signer, "btc-hot"), coin=4 * 10**8, paid=2 * 10**8)
    contents = ask_btc(signer, large, op="contents")["contents"]
    approvals = signer.approve(contents, "third")
    signer.stop()
    signer.draft["serial"] = 2
    del signer.draft["operators"]["third"]
    signer.sign_policy()
    signer.start()

    assert refusal(ask_btc(signer, large, approvals=approvals)) == "approvals"
    assert ask_btc(signer, large, approvals=signer.approve(contents, "first"))["ok"]
