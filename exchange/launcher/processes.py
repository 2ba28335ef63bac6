"""The exchange's own processes, in one table. Procfile says the same for production."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from exchange.launcher.child import Child
from exchange.launcher.environment import ROOT

SERVING = ("web", "streams")
_QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "INFO"]


def matching_queues(shards: int) -> str:
    """One for each shard of the markets; settings.MATCHING_SHARDS counts them the same way."""
    return ",".join(f"matching.{shard}" for shard in range(shards))


def commands(port: int, streams_at: int, shards: int = 4) -> dict[str, list[str]]:
    """Each process and how it is started."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "-A", "exchange"]
    granian = [*python, "granian", "--host", "127.0.0.1", "--no-ws", "--workers-kill-timeout", "5"]
    return {
        "signer": [*python, "wallets.signer", "run", "--directory", "{var}/signer"],
        "web": [
            *granian,
            *("--interface", "wsgi", "--port", str(port), "--workers", "2"),
            *("--blocking-threads", "4", "exchange.wsgi:application"),
        ],
        "streams": [
            *(a for a in granian if a != "--no-ws"),
            *("--interface", "asgi", "--port", str(streams_at), "--workers", "1"),
            "exchange.streams.app:application",
        ],
        # One process: a market has one writer, and its book stays in that process's memory.
        "worker-matching": [
            *celery,
            *("worker", "-Q", matching_queues(shards), "--pool", "solo", "-n", "matching@%h"),
            *_QUIET,
        ],
        "worker-default": [
            *celery,
            *("worker", "-Q", "default,wallets,payouts,demo", "-c", "2", "-n", "default@%h"),
            *_QUIET,
        ],
        # One process: what it remembers of customers' histories stays in its memory.
        "worker-monitoring": [
            *celery,
            *("worker", "-Q", "monitoring,reports", "--pool", "solo", "-n", "monitoring@%h"),
            *_QUIET,
        ],
        "beat": [*celery, "beat", "--schedule", "{var}/beat-schedule", "--pidfile=", "-l", "INFO"],
    }


def children(*, port: int, streams_at: int, env: Mapping[str, str], var: Path) -> list[Child]:
    """In the order in which they start; they stop in the reverse."""
    shards = int(env.get("MATCHING_SHARDS", "4"))
    return [
        Child(
            name,
            [part.replace("{var}", str(var)) for part in command],
            env=env,
            log=var / "logs" / f"{name}.log",
            pidfile=var / "run" / f"{name}.pid",
            cwd=ROOT,
        )
        for name, command in commands(port, streams_at, shards).items()
        if name != "signer" or not env.get("SIGNER_SOCKET")  # somebody else's answers there
    ]
