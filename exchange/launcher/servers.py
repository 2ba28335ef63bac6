"""PostgreSQL and Valkey, embedded unless the environment names others."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from exchange.launcher import console
from exchange.launcher.child import Child
from exchange.launcher.environment import (
    ROOT,
    LaunchError,
    read_json,
    secret_values,
    write_private,
)
from exchange.launcher.postgres import Postgres
from exchange.launcher.valkey import Valkey


class Servers:
    """The servers of one var/ folder: started here, or named by the environment."""

    def __init__(self, var: Path, extra: dict[str, str] | None = None) -> None:
        self.var, self.extra = var, extra or {}
        self.children: list[Child] = []
        self.env: dict[str, str] = {}

    def start(self) -> None:
        secrets = secret_values(self.var)
        found: dict[str, str] = {n: secrets[n] for n in ("SECRET_KEY", "VAULT_KEY")}
        with console.step("postgresql") as step:
            if "DATABASE_URL" in os.environ:
                step.note = "DATABASE_URL"
                found["DATABASE_OWNER_URL"] = os.environ["DATABASE_URL"]
            else:
                postgres = Postgres(self.var, secrets)
                self.children.append(postgres.start())
                found |= postgres.environment()
                step.note = f"127.0.0.1:{postgres.port}"
        with console.step("valkey") as step:
            if "REDIS_URL" in os.environ:
                step.note = "REDIS_URL"
                found["CELERY_BROKER_URL"] = os.environ["REDIS_URL"]
            else:
                valkey = Valkey(self.var, secrets)
                self.children.append(valkey.start())
                found |= valkey.environment()
                step.note = f"127.0.0.1:{valkey.port}"
        self.env = {**found, **self.extra, "HOLDFAST_VAR": str(self.var)}
        write_private(self.var / "env.json", json.dumps(self.env, indent=1))

    def environment(self) -> dict[str, str]:
        """For children: what was found here, under what the caller's environment already says."""
        return {**self.env, **os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}

    def stop(self) -> None:
        for child in reversed(self.children):
            child.stop()


@contextmanager
def locked(var: Path, *, wait: bool = False) -> Iterator[IO[str] | None]:
    """The launcher's lock on a var/ folder, or None when another launcher has it."""
    lock = (var / "launcher.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        lock.close()
        yield None
        return
    try:
        yield lock
    finally:
        lock.close()


def running_environment(var: Path, seconds: float = 60) -> dict[str, str]:
    """What the launcher that has the lock wrote down, once its PostgreSQL answers."""
    import psycopg

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = read_json(var / "env.json")
        url = os.environ.get("DATABASE_URL") or found.get("DATABASE_URL", "")
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.2)
            continue
        return {**found, **os.environ}
    raise LaunchError(f"Another launcher holds {var}, but its servers do not answer.")
