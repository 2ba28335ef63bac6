"""PostgreSQL and Valkey, embedded unless the environment names others."""

from __future__ import annotations

import json
import os
from pathlib import Path

from exchange.launcher import console
from exchange.launcher.child import Child
from exchange.launcher.environment import ROOT, secret_values, write_private
from exchange.launcher.postgres import Postgres
from exchange.launcher.supervise import Interrupted, stop_in_turn
from exchange.launcher.valkey import Valkey

# What the caller's environment may name, and then it counts.
GIVEN = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "TEST_DATABASE_URL",
    "REDIS_URL",
    "CELERY_BROKER_URL",
    "SECRET_KEY",
    "VAULT_KEY",
)


class Servers:
    """The servers of one var/ folder: started here, or named by the environment."""

    def __init__(self, var: Path, extra: dict[str, str] | None = None) -> None:
        self.var, self.extra = var, extra or {}
        self.children: list[Child] = []
        self.env: dict[str, str] = {}

    def start(self, interrupted: Interrupted) -> None:
        """Start what has to be, and write down for others how it is reached."""
        secrets = secret_values(self.var)
        found: dict[str, str] = {n: secrets[n] for n in ("SECRET_KEY", "VAULT_KEY")}
        with console.step("postgresql") as step:
            if url := os.environ.get("DATABASE_URL"):
                step.note = "DATABASE_URL"
                owner = os.environ.get("DATABASE_OWNER_URL") or url
                found |= {"DATABASE_OWNER_URL": owner, "TEST_DATABASE_URL": owner}
            else:
                postgres = Postgres(self.var, secrets)
                self.children.append(postgres.start())
                found |= postgres.environment()
                step.note = f"127.0.0.1:{postgres.port}"
        interrupted.check()
        with console.step("valkey") as step:
            if url := os.environ.get("REDIS_URL"):
                step.note = "REDIS_URL"
                found["CELERY_BROKER_URL"] = url
            else:
                valkey = Valkey(self.var, secrets)
                self.children.append(valkey.start())
                found |= valkey.environment()
                step.note = f"127.0.0.1:{valkey.port}"
            if os.environ.get("CELERY_BROKER_URL"):
                step.note += ", broker: CELERY_BROKER_URL"
        interrupted.check()
        self.env = {**found, **_given(), **self.extra, "HOLDFAST_VAR": str(self.var)}
        write_private(self.var / "env.json", json.dumps(self.env, indent=1))

    def environment(self) -> dict[str, str]:
        """For children."""
        return child_environment(self.env)

    def stop(self, interrupted: Interrupted) -> None:
        stop_in_turn(self.children, interrupted)


def child_environment(found: dict[str, str]) -> dict[str, str]:
    """The caller's environment and what was found; servers that the caller names come first."""
    ours = {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}
    return {**os.environ, **found, **_given(), **ours}


def _given() -> dict[str, str]:
    return {name: os.environ[name] for name in GIVEN if os.environ.get(name)}
