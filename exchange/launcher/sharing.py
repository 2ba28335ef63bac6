"""One launcher a var/ folder. Others who need its servers are its guests while they run."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

import psycopg

from exchange.launcher import console, given
from exchange.launcher.environment import ROOT, LaunchError, read_json
from exchange.launcher.leftovers import read_pid
from exchange.launcher.servers import Servers, child_environment
from exchange.launcher.supervise import Interrupted
from exchange.launcher.unprivileged import die_with_parent


@contextmanager
def locked(var: Path) -> Iterator[IO[str] | None]:
    """The launcher's lock on a var/ folder, or None when another launcher has it.

    The kernel lets go of it when the launcher dies, however it dies. Only who goes on to be the
    launcher takes it, never who wants to know whether there is one: it would be taken for one.
    """
    with _flock(var / "launcher.lock", fcntl.LOCK_EX) as lock:
        if lock is not None:
            (var / "env.json").unlink(missing_ok=True)  # it names servers of an earlier launcher
            lock.truncate(0)
            lock.write(f"{os.getpid()}\n")
            lock.flush()
        yield lock


def with_servers(var: Path, command: list[str], patience: float = 90) -> int:
    """Run a command with the servers up: those that run, or its own for as long as it runs.

    Returns the command's exit code, 128 + n when signal n ended it. Raises LaunchError when one
    and the same launcher has the folder for `patience` seconds and its servers do not answer.
    """
    interrupted = Interrupted()
    holder, since = 0, time.monotonic()
    while True:
        with locked(var) as lock:
            if lock is not None:
                return _as_host(var, command, interrupted)
        with _flock(var / "guests.lock", fcntl.LOCK_SH) as seat:
            found = _running_environment(var) if seat is not None else None
            if found is not None:
                given.check(var)
                return call(command, env=child_environment(found))
        if holder != (holder := read_pid(var / "launcher.lock")):
            since = time.monotonic()
        if time.monotonic() - since > patience:
            raise LaunchError(
                f"Another launcher (process {holder}) holds {var}, but its servers do not answer."
            )
        interrupted.check()
        time.sleep(0.1)


def _as_host(var: Path, command: list[str], interrupted: Interrupted) -> int:
    given.check(var)
    servers = Servers(var)
    try:
        servers.start(interrupted)
        return call(command, env=servers.environment())
    finally:
        interrupted = Interrupted()
        with _guests_gone(var, interrupted):
            servers.stop(interrupted)


@contextmanager
def _guests_gone(var: Path, interrupted: Interrupted) -> Iterator[None]:
    """Wait until nobody uses the servers any more, and let nobody in."""
    said = False
    while True:
        with _flock(var / "guests.lock", fcntl.LOCK_EX) as lock:
            if lock is not None or interrupted:
                yield
                return
        if not said:
            console.say("  waiting for another command that uses these servers …")
            said = True
        time.sleep(0.1)


def _running_environment(var: Path) -> dict[str, str] | None:
    """What the launcher that has the lock wrote down, if its PostgreSQL answers by now."""
    found = read_json(var / "env.json")
    try:
        psycopg.connect(found["DATABASE_URL"], connect_timeout=2).close()
    except (KeyError, psycopg.OperationalError):
        return None
    return found


def call(command: list[str], *, env: Mapping[str, str]) -> int:
    """Run a command in the foreground; it dies with us. Returns its exit code.

    Ctrl-C reaches it from the terminal as it reaches us; other requests to stop are passed on.
    """
    try:
        child = subprocess.Popen(
            command,
            env=dict(env),
            cwd=ROOT,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509  one thread only
        )
    except (FileNotFoundError, PermissionError) as error:
        console.say(f"{command[0]}: {error.strerror}")
        return 127

    def pass_on(number: int, frame: FrameType | None) -> None:
        if number != signal.SIGINT or os.getpgrp() != _foreground():
            child.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    code = child.wait()
    return code if code >= 0 else 128 - code


def _foreground() -> int:
    """The process group that the terminal sends Ctrl-C to, 0 without a terminal."""
    try:
        with open("/dev/tty", "rb") as terminal:
            return os.tcgetpgrp(terminal.fileno())
    except OSError:
        return 0


@contextmanager
def _flock(path: Path, kind: int) -> Iterator[IO[str] | None]:
    with path.open("a") as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield file
