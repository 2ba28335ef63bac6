"""PostgreSQL refuses to run as root; then it runs as `nobody`, and no user is created.

When the checkout lies where `nobody` may not look (a temporary folder of root's), it runs in a user
namespace instead, in which the user who started it is called nobody. So does a user without a name,
as containers like to have, because initdb wants one. Where there are no user namespaces, as in most
containers, `nobody` gets the one capability to look everywhere: the weaker one if root has it here,
else the one that containers leave to root. It is the whole power of root over files, and the
server's superuser has it too, so that it comes last. Only the embedded development server is ever
started like this.
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
from typing import NamedTuple

from exchange.launcher.environment import LaunchError

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def die_with_parent(deadly: int = signal.SIGTERM) -> Callable[[], None]:
    """For Popen's preexec_fn: the kernel sends `deadly` to the child when its parent dies."""

    parent = os.getpid()

    def set_it() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(deadly))
        if os.getppid() != parent:  # it died before we asked
            os.kill(os.getpid(), int(deadly))

    return set_it


class Way(NamedTuple):
    """How to run a command unprivileged: what to put before it, and who owns its files then."""

    prefix: list[str]
    owner: int | None  # a uid; None when that is whoever runs this


def way(*, reach: Sequence[Path], deadly: int) -> Way:
    """The way that works here for a command that must read the paths in `reach`.

    The command gets the signal `deadly` when we die. Raises LaunchError when there is no way.
    """
    mourn = f"--pdeathsig={signal.Signals(deadly).name[3:]}"
    nobody = pwd.getpwnam("nobody")
    user, group = nobody.pw_uid, nobody.pw_gid
    called_nobody = ["unshare", "--user", f"--map-user={user}", f"--map-group={group}"]
    called_nobody += ["setpriv", mourn]
    if os.geteuid() != 0:
        named = _is_named(os.geteuid()) or not _succeeds([*called_nobody, "true"])
        return Way([] if named else called_nobody, None)
    if shutil.which("setpriv") is None:
        raise LaunchError(
            "PostgreSQL can't run as root, and `setpriv` (package util-linux) is missing, which "
            "would start it as `nobody`. Install it, run as an ordinary user, or set DATABASE_URL."
        )
    as_nobody = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", mourn]
    ways = (
        Way(as_nobody, user),
        Way(called_nobody, 0),
        Way([*as_nobody, *_alone("dac_read_search")], user),
        Way([*as_nobody, *_alone("dac_override")], user),
    )
    for candidate in ways:
        looks = [*candidate.prefix, "sh", "-c", 'for p; do test -r "$p" || exit 1; done', "sh"]
        if _succeeds([*looks, *map(str, reach)]):
            return candidate
    raise LaunchError(
        f"PostgreSQL can't run as root, and `nobody` can't reach {reach[0]} here"
        + ("" if shutil.which("unshare") else " (`unshare`, package util-linux, is missing too)")
        + ". Check out where other users may read, run as an ordinary user, or set DATABASE_URL."
    )


def _alone(capability: str) -> list[str]:
    """setpriv's options for one capability that survives the exec, and no other.

    PostgreSQL asks access(2) for its binaries, which drops what a user who is not root may do
    unless no_setuid_fixup is set.
    """
    sets = ("--inh-caps", "--ambient-caps", "--bounding-set")
    return [f"{name}=-all,+{capability}" for name in sets] + ["--securebits=+no_setuid_fixup"]


def _is_named(user: int) -> bool:
    try:
        return bool(pwd.getpwuid(user))
    except KeyError:
        return False


def hand_over(folder: Path, owner: int | None) -> None:
    """Give a folder and what is in it to `owner`, where it is not theirs already.

    Itself last: when this is interrupted, it is not theirs, and the next start does it again.
    """
    if owner is None or folder.stat().st_uid == owner:
        return
    for path in (*folder.rglob("*"), folder):
        os.chown(path, owner, -1, follow_symlinks=False)


def _succeeds(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, cwd="/").returncode == 0
    except FileNotFoundError:
        return False
