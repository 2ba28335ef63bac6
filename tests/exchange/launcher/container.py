"""python container.py CAPABILITIES COMMAND …: a command as root of a container that has these
capabilities and no user namespaces. What it lacks of one (an image, a network) is not asked for.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

NEW_USER_NAMESPACE = 0x10000000
USERS = "0 0 65536\n"
# What Docker and Podman leave to root unless told otherwise.
USUAL = (
    "chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,net_raw,"
    "sys_chroot,mknod,audit_write,setfcap"
)


def enter(capabilities: str, command: list[str]) -> None:
    """Become that root. Its users are the machine's, so that files belong to whom they belong."""
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    kept = ",".join(f"+{name}" for name in capabilities.split(","))
    os.execvp("setpriv", ["setpriv", f"--bounding-set=-all,{kept}", *command])


def main(capabilities: str, *command: str) -> int:
    inside, mapped = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        if ctypes.CDLL(None).unshare(NEW_USER_NAMESPACE):
            os._exit(1)
        os.write(inside[1], b".")
        os.read(mapped[0], 1)
        enter(capabilities, list(command))
    os.read(inside[0], 1)
    for name in ("uid_map", "gid_map"):
        Path(f"/proc/{child}/{name}").write_text(USERS)
    os.write(mapped[1], b".")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
