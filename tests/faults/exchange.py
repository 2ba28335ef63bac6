"""A whole exchange to be killed in parts, watched and restarted as the launcher does it.

Everything is started from the calling thread, because a child dies with the thread that made it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg

from exchange.launcher import processes
from exchange.launcher.child import Child
from exchange.launcher.environment import ROOT, addresses, remembered_port, secret_values
from exchange.launcher.postgres import Postgres
from exchange.launcher.supervise import Watch
from exchange.launcher.valkey import Valkey
from tests import cluster

PROCESSES = ("web", "worker-matching", "worker-default", "beat")
OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CELERY_BROKER_URL", "TEST_DATABASE_URL")


class Exchange:
    """Started from nothing in `var`, with nothing of the surrounding environment's servers."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.watches: dict[str, Watch] = {}
        self.killed: list[str] = []
        self.hands: dict[str, subprocess.Popen[str]] = {}

    def start(self, first: Sequence[str] = PROCESSES) -> None:
        """The servers, and these of the exchange's processes; the others may be started later."""
        cluster.give(self.var)
        secrets = secret_values(self.var)
        postgres, valkey = Postgres(self.var, secrets), Valkey(self.var, secrets)
        self._watch(postgres.start())
        self._watch(valkey.start())
        self.superuser_url = postgres.url("postgres")
        port, streams_at = (remembered_port(self.var, name) for name in ("web", "streams"))
        env = {name: value for name, value in os.environ.items() if name not in OURS}
        env |= {name: secrets[name] for name in ("SECRET_KEY", "VAULT_KEY")}
        env |= postgres.environment() | valkey.environment() | addresses(port, streams_at)
        env |= {
            "HOLDFAST_VAR": str(self.var),
            "DJANGO_SETTINGS_MODULE": "exchange.settings.dev",
            "DEMO_BOTS": "0",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        self.env, self.url = env, f"http://127.0.0.1:{port}"
        for child in processes.children(port=port, streams_at=streams_at, env=env, var=self.var):
            if child.name in PROCESSES:
                if child.name in first:
                    child.start()
                self._watch(child)

    def stop(self) -> None:
        for hand in self.hands.values():
            hand.kill()
            hand.communicate()
        for watch in reversed(self.watches.values()):
            watch.child.stop()

    def look(self) -> None:
        """What the launcher does ten times a second: start again what fell over."""
        for watch in self.watches.values():
            watch.look()
            assert not watch.given_up, f"{watch.child.name} was given up\n{self.logs()}"

    def kill(self, name: str) -> None:
        """SIGKILL, at whatever instruction it is."""
        child = self.watches[name].child
        if child.running():
            self.killed.append(name)
            self.watches[name].falls.clear()  # these are no reason to give it up
            os.kill(child.pid, signal.SIGKILL)

    def watch_for(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.look()
            time.sleep(0.02)

    def is_whole(self) -> bool:
        """Every process runs, and the web answers."""
        return all(watch.child.running() for watch in self.watches.values()) and self.answers()

    def wait_for(self, true: Callable[[], bool], seconds: float, what: str) -> None:
        """Keep watching until something is so."""
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, f"{what} after {seconds} s\n{self.logs()}"
            self.look()
            time.sleep(0.1)

    def answers(self) -> bool:
        """The web answers, and its database and its Valkey answer it."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2):
                return True
        except (OSError, urllib.error.HTTPError):
            return False

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What the database says, past the exchange."""
        with psycopg.connect(self.superuser_url) as connection:
            return connection.execute(query, parameters).fetchall()  # type: ignore[call-overload]

    def python(self, *arguments: str, **env: str) -> str:
        """Run a script in the exchange's environment. Returns what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments],
            env={**self.env, **env},
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise AssertionError(f"{' '.join(arguments)}:\n{done.stdout}\n{done.stderr[-3000:]}")
        return done.stdout

    def do(self, what: str, *, broker: str = "") -> str:
        """Let a process of ours with this broker trade, wake or reconcile. What it answered."""
        broker = broker or self.env["CELERY_BROKER_URL"]
        if broker not in self.hands:
            self.hands[broker] = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.hand"],
                env={**self.env, "CELERY_BROKER_URL": broker},
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=(self.var / "hand.log").open("a"),
                text=True,
            )
        hand = self.hands[broker]
        assert hand.stdin is not None
        assert hand.stdout is not None
        hand.stdin.write(f"{what}\n")
        hand.stdin.flush()
        said = hand.stdout.readline().strip()
        assert said, (self.var / "hand.log").read_text()[-3000:]
        return said

    def json(self, *arguments: str) -> Any:
        return json.loads(self.python(*arguments))

    def logs(self) -> str:
        """The last lines of every process, for a failure's report."""
        return "\n".join(
            f"--- {watch.child.name}\n" + "\n".join(watch.child.last_lines(12))
            for watch in self.watches.values()
        )

    def _watch(self, child: Child) -> None:
        self.watches[child.name] = Watch(child)
