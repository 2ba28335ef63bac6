"""Steps of a start: each once, several in one process, and what was done stays done."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from exchange.launcher import prepare
from exchange.launcher.environment import LaunchError
from exchange.launcher.prepare import Prepared
from exchange.launcher.supervise import Stopped

# Stands for `manage.py in_turn --tell FD COMMAND …`.
DOES_ALL = "import os, sys; [os.write(int(sys.argv[3]), f'{n}\\n'.encode()) for n in sys.argv[4:]]"
DOES_ONE = "import os, sys; os.write(int(sys.argv[3]), f'{sys.argv[4]}\\n'.encode()); sys.exit(1)"
NEVER_ENDS = "import time; time.sleep(600)"


class Nobody:
    def check(self) -> None:
        """Nobody asks to stop."""


class Somebody:
    def check(self) -> None:
        raise Stopped


@pytest.fixture
def begun(monkeypatch) -> SimpleNamespace:
    """Which commands were begun; `does` is what the process then does."""
    found = SimpleNamespace(does=DOES_ALL, commands=[], processes=[])
    start = prepare.start

    def instead(arguments, env, pass_fds=()):
        found.commands.append(list(arguments[4:]))
        process = start(["-c", found.does, *arguments[1:]], env, pass_fds)
        found.processes.append(process)
        return process

    monkeypatch.setattr(prepare, "start", instead)
    monkeypatch.setattr(prepare, "identity", lambda url: "one:1")
    return found


def prepared(var: Path, asks=Nobody) -> Prepared:
    (var / "demo.json").write_text("{}")
    env = {"PATH": os.environ["PATH"], "DATABASE_URL": ""}
    return Prepared(env, var, asks())


def test_steps_are_run_in_one_process_and_not_again(begun, tmp_path):
    keys = ["roles", "seeded", "identities", "wallets"]
    assert list(prepared(tmp_path).before_anybody_comes()) == keys
    assert begun.commands == [["sync_roles", "seed_demo", "seed_identities", "seed_wallets"]]
    assert begun.processes[0].poll() == 0

    assert list(prepared(tmp_path).before_anybody_comes()) == keys
    assert len(begun.commands) == 1


def test_what_was_done_before_one_failed_stays_done(begun, tmp_path):
    begun.does = DOES_ONE
    with pytest.raises(LaunchError, match="`manage.py seed_demo` failed"):
        list(prepared(tmp_path).before_anybody_comes())
    assert list(json.loads((tmp_path / "prepared.json").read_text())) == ["roles"]

    begun.does = DOES_ALL
    list(prepared(tmp_path).before_anybody_comes())
    assert begun.commands[1] == ["seed_demo", "seed_identities", "seed_wallets"]


def test_a_demo_whose_passwords_are_gone_is_made_again(begun, tmp_path):
    list(prepared(tmp_path).before_anybody_comes())
    anew = prepared(tmp_path)
    (tmp_path / "demo.json").unlink()

    list(anew.before_anybody_comes())

    assert begun.commands[1] == ["seed_demo"]


def test_a_request_to_stop_ends_the_process(begun, tmp_path):
    begun.does = NEVER_ENDS
    with pytest.raises(Stopped):
        list(prepared(tmp_path, Somebody).while_they_look_round())
    assert begun.processes[0].poll() is not None
    assert sys.executable in begun.processes[0].args
