"""One child process: started in a session of its own, logged, stopped with all it started."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from exchange.launcher.leftovers import processes_in
from exchange.launcher.unprivileged import die_with_parent

LOG_BYTES = 20_000_000
SECONDS_BEFORE_KILL = 3.0


class Child:
    """A command to keep running. `stop_signal` asks it to finish, `hurry_signal` does not ask.

    While it runs, its pid (which is its session's id too) is in `pidfile`. `home` is the folder in
    which its processes work: those that left its group are found by it.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        log: Path,
        cwd: Path,
        pidfile: Path | None = None,
        home: Path | None = None,
        stop_signal: int = signal.SIGTERM,
        hurry_signal: int = signal.SIGKILL,
        patience: float = 8.0,
    ) -> None:
        self.name, self.command, self.env, self.log, self.cwd = name, list(command), env, log, cwd
        self.pidfile, self.home = pidfile, home
        self.stop_signal, self.hurry_signal, self.patience = stop_signal, hurry_signal, patience
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.keep_log_small()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=dict(self.env),
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(self.stop_signal),  # noqa: PLW1509  one thread only
            )
        if self.pidfile:
            self.pidfile.parent.mkdir(parents=True, exist_ok=True)
            self.pidfile.write_text(f"{self.pid}\n")

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        if self.running():
            self._signal(self.stop_signal)

    def finish(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic), then end it and all that it leaves behind."""
        if self.process is None:
            return
        self._wait_until(deadline)
        if self.running() and self.hurry_signal != signal.SIGKILL:
            self._signal(self.hurry_signal)
            self._wait_until(time.monotonic() + SECONDS_BEFORE_KILL)
        self._kill_group()
        self.process.wait()
        self._kill_orphans()
        if self.pidfile:
            self.pidfile.unlink(missing_ok=True)

    def stop(self, patience: float | None = None) -> None:
        self.ask_to_stop()
        self.finish(time.monotonic() + (self.patience if patience is None else patience))

    def last_lines(self, count: int = 5) -> list[str]:
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, self.log.stat().st_size - 8000))
                return file.read().decode("utf8", "replace").splitlines()[-count:]
        except FileNotFoundError:
            return []

    def keep_log_small(self) -> None:
        """Move a large log aside. The file is truncated in place: the child appends to it."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)

    def _wait_until(self, deadline: float) -> None:
        while self.running() and time.monotonic() < deadline:
            time.sleep(0.02)

    def _signal(self, number: int) -> None:
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return

    def _kill_group(self) -> None:
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return

    def _kill_orphans(self) -> None:
        for pid in processes_in(self.home, self.name) if self.home else ():
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue
