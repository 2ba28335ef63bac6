"""A whole exchange in processes of its own: servers, web, streams and a matching worker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString, TypeVar

import psycopg

from exchange.launcher import processes
from exchange.launcher.child import Child
from exchange.launcher.environment import ROOT, addresses, remembered_port, secret_values
from exchange.launcher.postgres import Postgres
from exchange.launcher.valkey import Valkey
from tests import cluster

T = TypeVar("T")
PROCESSES = ("web", "streams", "worker-matching")
SERVERS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CELERY_BROKER_URL")


@dataclass(frozen=True, slots=True)
class Key:
    key: str
    secret: str
    memo: str


class Venue:
    """Started from nothing in `var`, with nothing of the surrounding environment's servers."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.children: list[Child] = []
        self.people: dict[str, dict[str, Any]] = {}
        self.url = ""

    def start(self) -> None:
        cluster.give(self.var)
        secrets = secret_values(self.var)
        postgres, valkey = Postgres(self.var, secrets), Valkey(self.var, secrets)
        self.children += [postgres.start(), valkey.start()]
        self.superuser_url = postgres.url("postgres")
        port, streams_at = (remembered_port(self.var, name) for name in ("web", "streams"))
        env = {name: value for name, value in os.environ.items() if name not in SERVERS}
        env |= {name: secrets[name] for name in ("SECRET_KEY", "VAULT_KEY")}
        env |= postgres.environment() | valkey.environment() | addresses(port, streams_at)
        env |= {
            "HOLDFAST_VAR": str(self.var),
            "DJANGO_SETTINGS_MODULE": "exchange.settings.dev",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            # Bitcoin is open for withdrawals; nobody here walks its chain.
            "BTC_RPC_URL": "http://127.0.0.1:9",
            "BTC_CHAIN": "regtest",
        }
        self.env, self.url = env, f"http://127.0.0.1:{port}"
        for child in processes.children(port=port, streams_at=streams_at, env=env, var=self.var):
            if child.name in PROCESSES:
                child.start()
                self.children.append(child)
        self.people = json.loads(_run(["-m", "tests.conformance.people"], env))
        self._wait_for_web()

    def stop(self) -> None:
        for child in reversed(self.children):
            child.stop()

    def key(self, person: str, label: str = "trade") -> Key:
        return Key(**self.people[person]["keys"][label])

    def rows(
        self, query: LiteralString, parameters: Sequence[Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """What the database says, past the API."""
        with psycopg.connect(self.superuser_url) as connection:
            return connection.execute(query, parameters).fetchall()

    def logs(self) -> str:
        """The last lines of every process, for a failure's report."""
        return "\n".join(
            f"--- {child.name}\n" + "\n".join(child.last_lines(15)) for child in self.children
        )

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/system/time", timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"the web did not answer\n{self.logs()}")


def eventually(read: Callable[[], T], until: Callable[[T], bool], seconds: float = 10) -> T:
    """What `read` gives once `until` is content with it: matching happens after the answer."""
    deadline = time.monotonic() + seconds
    while True:
        value = read()
        if until(value) or time.monotonic() > deadline:
            return value
        time.sleep(0.02)


def _run(arguments: list[str], env: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], env=env, cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    return done.stdout
