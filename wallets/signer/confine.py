"""Give up what the signer never needs: other files, the network, other processes.

Landlock (Linux 5.13 and later) holds a process to what it names for as long as it lives, whoever
its user is, root included. In the demo the signer shares its user with everything else; this
keeps the administrator's key beside it out of its reach. Where the kernel has no Landlock the
system user and its permissions stand alone, and the log says so.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on x86-64 and arm64
VERSION_FLAG, PATH_BENEATH = 1, 1
PR_SET_NO_NEW_PRIVS = 38
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
READ = EXECUTE | READ_FILE | READ_DIR
TCP = 0b11  # bind and connect
SCOPES = 0b11  # abstract sockets and signals of others
_libc = ctypes.CDLL(None, use_errno=True)


def confine(writable: Iterable[Path]) -> int:
    """Hold this process to its code, the system's libraries and these folders.

    Returns Landlock's version, 0 where there is none. Only the calling thread and those it starts
    from now on are held: call it before any other is started.
    """
    version = max(0, int(_libc.syscall(CREATE_RULESET, None, 0, VERSION_FLAG)))
    if not version:
        return 0
    every = _file_rights(version)
    attributes = struct.pack(
        "QQQ", every, TCP if version >= 4 else 0, SCOPES if version >= 6 else 0
    )
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _checked(_libc.syscall(CREATE_RULESET, attributes[:size], size, 0))
    try:
        for path in _readable():
            _allow(ruleset, path, READ & every)
        for path in writable:
            _allow(ruleset, path, every)
        for device in ("/dev/null", "/dev/urandom"):
            _allow(ruleset, Path(device), READ_FILE | WRITE_FILE)
        _checked(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(_libc.syscall(RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return version


def _readable() -> list[Path]:
    """Code and libraries. Of this project its own package only: var/ may lie beside it."""
    system = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/proc/self")
    ours = (sys.prefix, sys.base_prefix, Path(__file__).resolve().parent)
    return [real for path in (*system, *ours) if (real := Path(path).resolve()).exists()]


def _file_rights(version: int) -> int:
    """Every right over files that this version knows, so that none is left unnamed."""
    known = 13 + (version >= 2) + (version >= 3)
    return ((1 << known) - 1) | ((1 << 15) if version >= 5 else 0)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not path.is_dir():
            rights &= EXECUTE | WRITE_FILE | READ_FILE
        rule = struct.pack("=Qi", rights, descriptor)
        _checked(_libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, rule, 0))
    finally:
        os.close(descriptor)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"Landlock: {os.strerror(number)}")
    return int(result)
