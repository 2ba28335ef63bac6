"""Workers say that they live, and when they last finished a task.

Celery's own heartbeats travel as broadcast events that only a running consumer sees; a key that
expires needs none. A thread of each worker (and of beat) renews it every few seconds.
"""

from __future__ import annotations

import json
import os
import threading
import time
from typing import Any, NamedTuple

from celery.signals import beat_init, task_postrun, worker_ready, worker_shutdown
from redis.exceptions import RedisError

from exchange.portal.valkey import valkey

EVERY_SECONDS = 5
GONE_SECONDS = 60  # after that a dead worker is forgotten, and the dashboard misses it
PREFIX = "heartbeat:"

_stop = threading.Event()
_finished = {"at": 0.0}


class Worker(NamedTuple):
    """A process that said so: its name, its queues, and seconds since it was heard of.

    `idle_seconds` counts since its last task of the process that beats (-1: none, or its tasks run
    in child processes).
    """

    name: str
    queues: list[str]
    pid: int
    silent_seconds: float
    idle_seconds: float


def beat(name: str, queues: list[str]) -> None:
    """Say once that this process lives. Valkey being away is somebody else's card."""
    now = time.time()
    said = json.dumps(
        {"queues": queues, "pid": os.getpid(), "at": now, "finished_at": _finished["at"]}
    )
    try:
        valkey().set(PREFIX + name, said, ex=GONE_SECONDS)
    except (RedisError, OSError):
        return


def forget(name: str) -> None:
    """The process ends on purpose: nobody shall miss it."""
    try:
        valkey().delete(PREFIX + name)
    except (RedisError, OSError):
        return


def workers() -> list[Worker]:
    """Everybody heard of within a minute, by name. Two round trips."""
    now = time.time()
    keys = sorted(valkey().scan_iter(match=PREFIX + "*", count=1000))
    said = valkey().mget(keys) if keys else []
    found = []
    for key, line in zip(keys, said, strict=True):
        if line is None:
            continue
        told = json.loads(line)
        idle = now - told["finished_at"] if told["finished_at"] else -1
        name = key.decode().removeprefix(PREFIX)
        found.append(Worker(name, told["queues"], told["pid"], now - told["at"], idle))
    return found


def _keep_beating(name: str, queues: list[str]) -> None:
    def loop() -> None:
        while not _stop.wait(EVERY_SECONDS):
            beat(name, queues)
        forget(name)

    beat(name, queues)
    threading.Thread(target=loop, name="heartbeat", daemon=True).start()


@worker_ready.connect(dispatch_uid="portal.heartbeat")
def _on_worker(sender: Any, **_: Any) -> None:
    queues = sorted(sender.app.amqp.queues.consume_from)
    _keep_beating(sender.hostname, queues)


@beat_init.connect(dispatch_uid="portal.heartbeat")
def _on_beat(sender: Any, **_: Any) -> None:
    _keep_beating(f"beat@{os.uname().nodename}", [])


@worker_shutdown.connect(dispatch_uid="portal.heartbeat")
def _on_shutdown(sender: Any, **_: Any) -> None:
    _stop.set()


@task_postrun.connect(dispatch_uid="portal.heartbeat")
def _on_task(**_: Any) -> None:
    _finished["at"] = time.time()
