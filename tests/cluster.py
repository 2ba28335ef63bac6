"""A PostgreSQL whose tables are made, for tests that start a whole exchange.

Making two hundred tables takes some ten seconds of a processor; so whoever asks first in a run does
it, and everybody gets a copy of the cluster's files.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

from exchange.launcher.environment import ROOT, secret_values
from exchange.launcher.postgres import Postgres

OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CELERY_BROKER_URL", "TEST_DATABASE_URL")


def give(var: Path) -> None:
    """Put a migrated cluster, and the secrets that open it, into an empty `var`."""
    once = _of_the_run(var) / "cluster"
    once.mkdir(exist_ok=True)
    with (once / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (once / "made").exists():
            _make(once)
            (once / "made").touch()
    for name in ("postgres", "secrets.json"):
        subprocess.run(["cp", "-a", str(once / name), str(var / name)], check=True)


def _of_the_run(var: Path) -> Path:
    """The folder that parallel test processes of one run share."""
    return next((each for each in var.parents if each.name.startswith("pytest-")), var.parent)


def _make(once: Path) -> None:
    secrets = secret_values(once)
    postgres = Postgres(once, secrets)
    child = postgres.start()
    try:
        env = {name: value for name, value in os.environ.items() if name not in OURS}
        env |= {name: secrets[name] for name in ("SECRET_KEY", "VAULT_KEY")}
        env |= {
            "DATABASE_URL": postgres.url("holdfast_owner"),
            "DJANGO_SETTINGS_MODULE": "exchange.settings.dev",
            "HOLDFAST_VAR": str(once),
            "REDIS_URL": "redis://127.0.0.1:9/0",  # nobody listens: making tables asks nobody
            "CELERY_BROKER_URL": "redis://127.0.0.1:9/1",
        }
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            env=env,
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"migrate failed:\n{done.stderr[-3000:]}")
    finally:
        child.stop()
