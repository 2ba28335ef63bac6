"""The journal: on the disk before a signature leaves, and never changed afterwards."""

from __future__ import annotations

import json
import random
import socket
import sqlite3
import threading
import time

import pytest

from tests.factories.signer import draft
from tests.wallets.signer.asking import ETHER, Wallet, ask_btc, ask_evm, evm, psbt
from wallets.signer import journal as journals
from wallets.signer import policy
from wallets.signer.desk import Desk
from wallets.signer.journal import DAY_MS, Journal
from wallets.signer.keys import SeedKey
from wallets.signer.refusals import Unfit


@pytest.fixture
def journal(tmp_path):
    found = Journal(tmp_path / "journal.sqlite")
    yield found
    found.close()


@pytest.fixture
def desk(journal):
    body = draft()
    body["operators"] = {"first": "11" * 32, "second": "22" * 32}
    plan = policy.parse(body)
    halves = {
        key.name: SeedKey(key.network, bytes([n]) * 32) for n, key in enumerate(plan.keys.values())
    }
    return Desk(plan, halves, journal)


def payment(n: int, ether: int = 1) -> dict:
    fields = evm(nonce=n, value=str(ether * ETHER))
    return {"op": "sign", "id": f"w:{n}", "key": "eth-hot", "network": "ERC20", "evm": fields}


def test_a_signature_that_could_not_be_written_down_does_not_leave(desk, journal, monkeypatch):
    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(journal, "_follow", full)
        with pytest.raises(sqlite3.OperationalError):
            desk.answer(payment(0), 0)

    assert journal.head()[0] == 1
    assert desk.answer(payment(0), 0)["signed"]  # and nothing of it was left behind


def test_a_killed_signer_loses_no_signature_and_gives_none_twice_differently(signer):
    """kill -9 at random moments under load: every answer that came out is in the journal, asking
    again gives the same bytes, and no nonce was used for two payments."""
    answers: dict[str, str] = {}
    rounds, drawn = 6, random.Random(7)
    for _ in range(rounds):
        stop = threading.Event()

        def load(stop: threading.Event = stop) -> None:
            while not stop.is_set():
                n = len(answers)
                try:
                    answer = ask_evm(signer, f"w:{n}", evm=evm(nonce=n, value=str(n + 1)))
                except (OSError, ValueError):
                    return  # killed: no answer, or half of one
                assert answer["ok"], answer
                answers[f"w:{n}"] = answer["signed"]

        thread = threading.Thread(target=load)
        thread.start()
        time.sleep(drawn.uniform(0.01, 0.2))
        signer.kill()
        stop.set()
        thread.join(20)
        signer.start()

    assert len(answers) > rounds
    for id, signed in answers.items():
        n = int(id[2:])
        again = ask_evm(signer, id, evm=evm(nonce=n, value=str(n + 1)))
        assert again["signed"] == signed
    said = signer.command("verify-journal", "--directory", signer.folder)
    assert "hang together" in said


def test_entries_can_not_be_changed_or_removed(journal):
    journal.append("freeze", "", {"by": "x", "reason": "y"})

    for statement in ("UPDATE entries SET at = 0", "DELETE FROM entries"):
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            journal.db.execute(statement)


@pytest.mark.parametrize(
    "tampering",
    [
        'UPDATE entries SET body = replace(body, \'"fee":"6\', \'"fee":"5\') WHERE n = 2',
        "UPDATE entries SET at = at - 1 WHERE n = 2",
        "UPDATE entries SET id = 'w:9' WHERE n = 3",
        "DELETE FROM entries WHERE n = 2",
        "UPDATE spent SET units = '1'",
        "DELETE FROM nonces",
        "UPDATE signed SET id = 'w:7' WHERE id = 'w:1'",
    ],
)
def test_whoever_edits_the_file_is_found_out(desk, journal, tampering):
    for n in range(3):
        desk.answer(payment(n), 0)
    assert journal.verify() == 4
    journal.db.executescript("DROP TRIGGER entries_stay; DROP TRIGGER entries_last;")
    assert journal.db.execute(tampering).rowcount > 0

    with pytest.raises(Unfit):
        journal.verify()


def test_a_journal_that_was_cut_off_is_found_by_a_head_noted_elsewhere(desk, journal):
    for n in range(2):
        desk.answer(payment(n), 0)
    noted = desk.answer({"op": "status"}, 0)["journal"]
    journal.demand(noted["entries"], noted["head"])
    journal.db.executescript("DROP TRIGGER entries_last; DELETE FROM entries WHERE n = 3")

    with pytest.raises(Unfit, match="entry 3"):
        journal.demand(noted["entries"], noted["head"])


def test_a_broken_journal_is_a_signer_that_does_not_start(signer):
    ask_evm(signer)
    signer.stop()
    db = sqlite3.connect(signer.folder / "journal.sqlite")
    db.executescript("DROP TRIGGER entries_stay; UPDATE entries SET at = at + 1 WHERE n = 1")
    db.close()

    with pytest.raises(RuntimeError, match="broken at entry 1"):
        signer.start()


def test_a_clock_that_is_set_back_frees_no_limit(desk, journal, monkeypatch):
    for n in range(10):
        desk.answer(payment(n, 10), 0)
    monkeypatch.setattr(journals.time, "time_ns", lambda: 0)

    used = desk.answer({"op": "status"}, 0)["keys"]["eth-hot"]["assets"]["ETH"]

    assert used["used_unattended"] == used["unattended_per_day"] == str(100 * ETHER)


def test_limits_are_free_again_after_24_hours(desk, journal, monkeypatch):
    desk.answer(payment(0, 10), 0)
    later = time.time_ns() + (DAY_MS + 1000) * 1_000_000
    monkeypatch.setattr(journals.time, "time_ns", lambda: later)

    status = desk.answer({"op": "status"}, 0)["keys"]["eth-hot"]

    assert status["assets"]["ETH"]["used"] == status["fees_today"] == "0"


def test_what_was_signed_is_written_down_with_who_approved_it(signer):
    large = evm(value=str(11 * ETHER))
    contents = ask_evm(signer, op="contents", evm=large)["contents"]
    ask_evm(signer, evm=large, approvals=signer.approve(contents, "second", "first"))
    ask_btc(signer, psbt(Wallet(signer, "btc-hot")))
    signer.stop()

    entries = list(Journal(signer.folder / "journal.sqlite").entries())

    assert [entry.kind for entry in entries] == ["policy", "signed", "signed"]
    assert sorted(entries[1].body["approvals"]) == ["first", "second"]
    assert entries[1].body["contents"] == json.loads(contents)
    assert len(entries[2].body["contents"]["payments"]) == len(entries[2].body["coins"]) == 1


def test_nothing_secret_is_in_the_journal_or_the_log(signer):
    """Seeds, derived keys and descriptors of the signer's own, in any form one would write them."""
    from wallets.signer.keys import unseal

    ask_evm(signer)
    ask_btc(signer, psbt(Wallet(signer, "btc-hot")))
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(signer.socket))
        connection.sendall(b'{"op": "sign", "psbt": ' + b"\n")
        connection.makefile().readline()
    signer.stop()
    seen = signer.log().encode()
    for name in ("journal.sqlite", "journal.sqlite-wal"):
        if (signer.folder / name).exists():
            seen += (signer.folder / name).read_bytes()
    identity = (signer.folder / "identity.txt").read_text().strip()

    assert b"prv" not in seen
    assert identity.encode() not in seen
    for name in ("btc-hot", "eth-hot"):
        seed = unseal(signer.folder / "keys" / f"{name}.age", signer.folder / "identity.txt")
        assert seed not in seen
        assert seed.hex().encode() not in seen
