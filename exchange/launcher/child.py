"""One child process: started in a session of its own, logged, stopped with all it started."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from exchange.launcher.unprivileged import die_with_parent

LOG_BYTES = 20_000_000


class Child:
    """A command to keep running. `stop_signal` asks it to finish; SIGKILL ends its group."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        log: Path,
        cwd: Path,
        stop_signal: int = signal.SIGTERM,
        patience: float = 8.0,
    ) -> None:
        self.name, self.command, self.env, self.log, self.cwd = name, list(command), env, log, cwd
        self.stop_signal, self.patience = stop_signal, patience
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
        """Wait until `deadline` (monotonic), then kill what is left of its group."""
        if self.process is None:
            return
        while self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        self._kill_group()
        self.process.wait()

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


def end_leftover(pid: int, *, cwd: Path, signals: Sequence[int], patience: float = 10.0) -> bool:
    """End a process of a run that was killed, if `pid` still is it (it works in `cwd`).

    Returns whether there was one.
    """
    if not _works_in(pid, cwd):
        return False
    for number in (*signals, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not _works_in(pid, cwd):
                return True
            time.sleep(0.05)
    return True


def _works_in(pid: int, cwd: Path) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        return state != "Z" and Path(os.readlink(f"/proc/{pid}/cwd")) == cwd
    except (FileNotFoundError, PermissionError, ProcessLookupError, IndexError):
        return False
