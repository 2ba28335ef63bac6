"""Children that fall over, that will not stop, and that nobody is to blame for."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
import time

import pytest

from exchange.launcher import supervise
from exchange.launcher.child import Child
from exchange.launcher.supervise import Watch, stop_in_turn, stop_together
from tests.exchange.launcher.conftest import gone, soon

PATIENT = "import time\ntime.sleep(60)"
STUBBORN = (
    "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('deaf', flush=True)\ntime.sleep(60)"
)


class Requests:
    """Stands in for the signals that a person sends."""

    count = 0


@pytest.fixture
def child(tmp_path):
    made = []

    def make(script: str, name: str = "fake", **options) -> Child:
        one = Child(
            name,
            [sys.executable, "-c", textwrap.dedent(script)],
            env={"PATH": os.environ["PATH"]},
            log=tmp_path / "logs" / f"{name}.log",
            cwd=tmp_path,
            pidfile=tmp_path / "run" / f"{name}.pid",
            **options,
        )
        made.append(one)
        return one

    yield make
    for one in made:
        one.stop(patience=0)


@pytest.fixture
def hasty(monkeypatch):
    """Pauses short enough to wait for."""
    monkeypatch.setattr(supervise, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(supervise, "LONGEST_PAUSE_SECONDS", 0.05)


def test_one_that_always_falls_is_given_up_after_five_and_the_others_go_on(child, hasty, capsys):
    falling, steady = child("print('no such table'); exit(3)", "falling"), child(PATIENT, "steady")
    watches = [Watch(one) for one in (falling, steady)]
    for one in (falling, steady):
        one.start()

    def all_looked_at() -> bool:
        for watch in watches:
            watch.look()
        return watches[0].given_up

    assert soon(all_looked_at)
    assert steady.running()
    said = capsys.readouterr().out
    assert said.count("fell over (exit 3)") == 5
    assert said.count("given up after 5 falls") == 1
    assert "no such table" in said
    assert str(falling.log) in said
    before = falling.process
    all_looked_at()
    assert falling.process is before


def test_one_that_is_killed_again_and_again_always_comes_back(child, hasty):
    watch = Watch(child(PATIENT))
    watch.child.start()
    for _ in range(7):
        os.kill(watch.child.pid, signal.SIGKILL)
        watch.child.process.wait()
        assert soon(lambda: watch.look() or watch.child.running())
    assert not watch.given_up


def test_falls_long_ago_are_forgotten(child, hasty, monkeypatch):
    watch = Watch(child("exit(1)"))
    long_ago = time.monotonic() - supervise.WINDOW_SECONDS - 1
    watch.own_falls = watch.falls = [long_ago] * 4
    watch.child.start()
    watch.child.process.wait()

    watch.look()

    assert not watch.given_up
    assert len(watch.own_falls) == 1


def test_what_a_child_had_started_goes_with_it(child, tmp_path):
    one = child(
        f"""
        import os, subprocess, sys, time
        grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        open({str(tmp_path / "grandchild")!r}, "w").write(str(grandchild.pid))
        time.sleep(60)
        """
    )
    one.start()
    assert soon(lambda: (tmp_path / "grandchild").exists())
    assert soon(lambda: (tmp_path / "grandchild").read_text())
    grandchild = int((tmp_path / "grandchild").read_text())
    os.kill(one.pid, signal.SIGKILL)
    one.process.wait()

    Watch(one).look()

    assert soon(lambda: gone(grandchild), 3)


def test_all_are_asked_at_once_and_the_stubborn_are_killed_when_patience_ends(child):
    stubborn, polite = child(STUBBORN, "stubborn", patience=0.5), child(PATIENT, "polite")
    polite.patience = 0.5
    for one in (stubborn, polite):
        one.start()
    assert soon(stubborn.last_lines)
    began = time.monotonic()

    stop_together([stubborn, polite], Requests())

    assert 0.4 < time.monotonic() - began < 25
    assert stubborn.process.returncode == -signal.SIGKILL
    assert polite.process.returncode == -signal.SIGTERM


def test_a_second_request_does_not_wait(child):
    stubborn = child(STUBBORN, patience=30)
    stubborn.start()
    assert soon(stubborn.last_lines)
    twice, began = Requests(), time.monotonic()
    twice.count = 2

    stop_together([stubborn], twice)

    assert time.monotonic() - began < 25
    assert stubborn.process.returncode == -signal.SIGKILL


def test_servers_stop_in_turn_the_last_started_first(child, tmp_path):
    script = f"""
        import signal, sys, time
        def stop(*_):
            open({str(tmp_path / "order")!r}, "a").write(sys.argv[1] + " ")
            sys.exit()
        signal.signal(signal.SIGTERM, stop)
        print("ready", flush=True)
        time.sleep(60)
        """
    first, second = child(script, "first"), child(script, "second")
    for one in (first, second):
        one.command.append(one.name)
        one.start()
        assert soon(one.last_lines)

    stop_in_turn([first, second], Requests())

    assert (tmp_path / "order").read_text().split() == ["second", "first"]


def test_a_log_stays_bounded_while_its_child_writes_on(child, monkeypatch):
    monkeypatch.setattr("exchange.launcher.child.LOG_BYTES", 1000)
    one = child("import time\nwhile True: print('x' * 99, flush=True); time.sleep(0.001)")
    one.start()
    for _ in range(3):
        assert soon(lambda: one.log.stat().st_size > 1000)
        one.keep_log_small()
    one.stop()
    assert one.log.stat().st_size < 100_000
    assert one.log.with_suffix(".log.1").stat().st_size > 1000


def test_the_pidfile_is_there_while_the_child_is(child):
    one = child(PATIENT)
    one.start()
    assert int(one.pidfile.read_text()) == one.pid
    one.stop()
    assert not one.pidfile.exists()
