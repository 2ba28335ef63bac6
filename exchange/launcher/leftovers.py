"""What a launcher that was killed may have left running: found again, and ended before a start.

The kernel tells every child when its launcher dies, and usually nothing is left. But a child that
was killed together with the launcher can't end what it had started itself.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

SECONDS_TO_FINISH = 5.0
PR_SET_SECUREBITS, NO_SETUID_FIXUP = 28, 4
_libc = ctypes.CDLL(None)


def end_leftover(pid: int, *, cwd: Path, signals: Sequence[int], patience: float = 10.0) -> bool:
    """End a process of a run that was killed, if `pid` still is it (it works in `cwd`).

    Returns whether there was one.
    """
    if not _works_in(pid, cwd):
        return False
    for number in (*signals, signal.SIGKILL):
        _signal(pid, number)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not _works_in(pid, cwd):
                return True
            time.sleep(0.05)
    return True


def end_leftover_sessions(run: Path, *, cwd: Path) -> int:
    """End what is left of the sessions whose pidfiles are in `run`. Returns how many processes."""
    sessions = {pid for file in run.glob("*.pid") if (pid := read_pid(file))}
    found = left = _members(sessions, cwd)
    for number, patience in ((signal.SIGTERM, SECONDS_TO_FINISH), (signal.SIGKILL, 2.0)):
        for pid in left:
            _signal(pid, number)
        deadline = time.monotonic() + patience
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = _members(sessions, cwd)
    for file in run.glob("*.pid"):
        file.unlink(missing_ok=True)
    return len(found)


def processes_in(folder: Path, name: str) -> list[int]:
    """The processes of a name (proc(5)'s comm) that work in this very folder."""
    return [pid for pid in _pids() if _name(pid) == name and _works_in(pid, folder)]


def read_pid(path: Path) -> int:
    """The number a pidfile begins with, 0 when there is none."""
    try:
        return int(path.read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return 0


def _members(sessions: set[int], cwd: Path) -> list[int]:
    if not sessions:
        return []
    return [pid for pid in _pids() if _session(pid) in sessions and _works_in(pid, cwd)]


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _session(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[3]) if fields else 0


def _works_in(pid: int, cwd: Path) -> bool:
    fields = _stat(pid)
    return bool(fields) and fields[0] != "Z" and _folder(pid) == os.fsencode(cwd)


def _folder(pid: int) -> bytes:
    """The folder in which a process works, nothing where that is not ours to know."""
    try:
        return os.readlink(f"/proc/{pid}/cwd".encode())
    except (FileNotFoundError, ProcessLookupError):
        return b""
    except PermissionError:
        return _folder_as_its_user_sees_it(pid) if os.geteuid() == 0 else b""


def _folder_as_its_user_sees_it(pid: int) -> bytes:
    """Root of a container may not look at other users' processes, but it may become that user.

    With all of its capabilities, because nobody may look at a process that can do more.
    """
    try:
        of = os.stat(f"/proc/{pid}")
    except FileNotFoundError:
        return b""
    answer, told = os.pipe()
    looker = os.fork()
    if looker == 0:
        try:
            _libc.prctl(PR_SET_SECUREBITS, NO_SETUID_FIXUP)
            os.setresgid(of.st_gid, of.st_gid, of.st_gid)
            os.setresuid(of.st_uid, of.st_uid, of.st_uid)
            os.write(told, os.readlink(f"/proc/{pid}/cwd".encode()))
        finally:
            os._exit(0)
    os.close(told)
    with os.fdopen(answer, "rb") as end:
        found = end.read()
    os.waitpid(looker, 0)
    return found


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _stat(pid: int) -> list[str]:
    """The fields of proc(5)'s stat after the name: state, parent, group, session, …"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return []


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
