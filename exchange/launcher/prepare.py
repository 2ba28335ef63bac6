"""What a start makes before somebody may come in: tables, roles, the demo. Each once."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from exchange.launcher import console
from exchange.launcher.environment import ROOT, LaunchError, read_json, write_private
from exchange.launcher.supervise import Interrupted
from exchange.launcher.unprivileged import die_with_parent

APPS = ("exchange", "compliance", "wallets", "launchpad")


class Step(NamedTuple):
    """A management command, under which key it is remembered, and for what it was done."""

    name: str
    key: str
    wanted: Any
    command: str


class Prepared:
    """Which steps were done, and for which database and code: kept in `var`/prepared.json."""

    def __init__(self, env: Mapping[str, str], var: Path, interrupted: Interrupted) -> None:
        self.env, self.interrupted = env, interrupted
        self.var, self.path = var, var / "prepared.json"
        self.database = identity(env["DATABASE_URL"])
        self.done = read_json(self.path)

    def tables(self) -> None:
        """Migrate, as the tables' owner, unless this code's migrations were applied."""
        wanted = [self.database, schema()]
        with console.step("database schema") as shown:
            if self.done.get("schema") == wanted:
                shown.note = "up to date"
                return
            owner = {**self.env, "DATABASE_URL": self.env["DATABASE_OWNER_URL"]}
            manage("migrate", "--verbosity", "0", env=owner, interrupted=self.interrupted)
            self._remember("schema", wanted)
            shown.note = "done"

    def before_anybody_comes(self) -> Iterator[str]:
        """Roles and the demo's people, a day of trading, their wallets. Yields what is there."""
        if not (self.var / "demo.json").exists():
            self.done.pop("seeded", None)
        database = self.database
        # Each by itself: an exchange that was seeded before it had one of these gets it too.
        yield from self._in_turn(
            [
                Step("staff roles", "roles", [database, schema(), roles()], "sync_roles"),
                Step("demo", "seeded", database, "seed_demo"),
                Step("identities", "identities", database, "seed_identities"),
                Step("wallets", "wallets", [database, "vaults"], "seed_wallets"),
            ]
        )

    def while_they_look_round(self) -> Iterator[str]:
        """The demo's months of history, what the ledger owes then on its development chains, and
        the launchpad, some of which needs those many customers and coins."""
        database, then = self.database, [self.database, "customers"]
        yield from self._in_turn(
            [
                Step("customers", "customers", database, "seed_customers"),
                Step("coins on chains", "chains", then, "fund_wallets"),
                Step("launchpad", "launchpad", then, "seed_launchpad"),
            ]
        )

    def _in_turn(self, steps: Sequence[Step]) -> Iterator[str]:
        """Run the commands of the steps that are missing, in one process; yields every step's key,
        as soon as it is done."""
        missing = [step for step in steps if self.done.get(step.key) != step.wanted]
        if not missing:
            for step in steps:
                with console.step(step.name) as shown:
                    shown.note = "up to date"
                yield step.key
            return
        with InTurn([step.command for step in missing], self.env, self.interrupted) as running:
            for step in steps:
                with console.step(step.name) as shown:
                    shown.note = "up to date"
                    if step in missing:
                        running.wait_for_next()
                        self._remember(step.key, step.wanted)
                        shown.note = "done"
                yield step.key

    def _remember(self, key: str, wanted: Any) -> None:
        self.done[key] = wanted
        write_private(self.path, json.dumps(self.done))


def identity(url: str) -> str:
    """Which database this is: another one, or one made anew, is another."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute(
            "SELECT system_identifier::text || ':' || d.oid FROM pg_control_system(),"
            " pg_database d WHERE d.datname = current_database()"
        ).fetchone()
        assert row is not None
        return str(row[0])


def schema() -> str:
    """Which migrations this code has."""
    digest = hashlib.sha256()
    for app in APPS:
        for path in sorted((ROOT / app / "migrations").glob("*.py")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def roles() -> str:
    """Which table of staff roles this code has."""
    table = (ROOT / "exchange" / "accounts" / "roles.py").read_bytes()
    return hashlib.sha256(table).hexdigest()[:16]


class InTurn:
    """Management commands that run one after the other in one process, which says how far it is."""

    def __init__(
        self, commands: Sequence[str], env: Mapping[str, str], interrupted: Interrupted
    ) -> None:
        self.commands, self.interrupted = list(commands), interrupted
        self.told, telling = os.pipe()
        os.set_blocking(self.told, False)
        self.heard = b""
        self.process = start(
            ("manage.py", "in_turn", "--tell", str(telling), *commands), env, pass_fds=[telling]
        )
        os.close(telling)

    def __enter__(self) -> InTurn:
        return self

    def wait_for_next(self) -> None:
        """Until one more of them is done. Raises as `program`."""
        command = self.commands[0]
        while b"\n" not in self.heard:
            over = self.process.poll() is not None
            try:
                self.heard += os.read(self.told, 1000)
            except BlockingIOError:
                pass
            if b"\n" in self.heard:
                break
            if over:
                raise LaunchError(f"`manage.py {command}` failed; what it said stands above.")
            self.interrupted.check()
            time.sleep(0.05)
        self.heard = self.heard.partition(b"\n")[2]
        self.commands.pop(0)

    def __exit__(self, *reason: object) -> None:
        os.close(self.told)
        if not self.commands:
            self.process.wait(30)  # it has nothing left to do but to end
        self.process.kill()
        self.process.wait()


def manage(*arguments: str, env: Mapping[str, str], interrupted: Interrupted) -> None:
    """A management command; its own progress goes to the terminal. Raises as `program`."""
    program("manage.py", *arguments, env=env, interrupted=interrupted)


def program(*arguments: str, env: Mapping[str, str], interrupted: Interrupted) -> None:
    """A program of ours that comes to an end.

    Raises LaunchError when it fails, Stopped when somebody asked to stop meanwhile: every command
    run here can be killed at any moment and started again.
    """
    process = start(arguments, env)
    try:
        while process.poll() is None:
            interrupted.check()
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        raise LaunchError(f"`{' '.join(arguments)}` failed; what it said stands above.")


def start(
    arguments: Sequence[str], env: Mapping[str, str], pass_fds: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        env=dict(env),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches it through us
        pass_fds=pass_fds,
        preexec_fn=die_with_parent(),  # noqa: PLW1509  one thread only
    )
