"""PostgreSQL refuses to run as root; then it runs as `nobody`, and no user is created.

When the checkout lies where `nobody` may not look (a temporary folder of root's), the process keeps
one capability, to read and write past file permissions. That is less than root has, and only the
embedded development server is ever started like this.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from exchange.launcher.environment import LaunchError

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def die_with_parent(deadly: int = signal.SIGTERM) -> Callable[[], None]:
    """For Popen's preexec_fn: the kernel sends `deadly` to the child when its parent dies."""

    def set_it() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(deadly))

    return set_it


def owner_of_data() -> int | None:
    """The uid that PostgreSQL's files belong to when we are root; None otherwise."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def prefix(*, reach: Sequence[Path], deadly: int) -> list[str]:
    """What to put before a command so that it runs unprivileged and dies with us. [] if not root.

    Raises LaunchError when this machine offers no way.
    """
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise LaunchError(
            "PostgreSQL can't run as root and setpriv (util-linux) is missing here. "
            "Run as an ordinary user, or set DATABASE_URL."
        )
    nobody = pwd.getpwnam("nobody")
    drop = [
        setpriv,
        f"--reuid={nobody.pw_uid}",
        f"--regid={nobody.pw_gid}",
        "--clear-groups",
        f"--pdeathsig={signal.Signals(deadly).name[3:]}",
    ]
    for caps in ([], ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]):
        looks = [*drop, *caps, "/bin/sh", "-c", 'for p; do test -r "$p" || exit 1; done', "sh"]
        if subprocess.run([*looks, *map(str, reach)], capture_output=True, cwd="/").returncode == 0:
            return [*drop, *caps]
    raise LaunchError(
        f"PostgreSQL can't run as root, and `nobody` can't reach {reach[0]}. "
        "Check out where other users may read, run as an ordinary user, or set DATABASE_URL."
    )
