"""anvil: found where it is installed, or installed by npm from the lock file beside this one.

It goes beside the Python environment, not into var/: it is a tool like those that pip installs, and
every var/ folder shares it. npm checks its hash, and no script of any package is run.
"""

from __future__ import annotations

import fcntl
import hashlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FILES = ("package.json", "package-lock.json")
SECONDS = 150
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def home() -> Path:
    return Path(sys.prefix) / "anvil"


def binary() -> Path | None:
    """The installed binary, None where it is not installed, or not this version."""
    machine = _MACHINES.get(platform.machine().lower())
    found = home() / f"node_modules/@foundry-rs/anvil-{sys.platform}-{machine}" / "bin" / "anvil"
    return found if found.exists() and _mark().exists() else None


def install() -> Path | None:
    """The binary, installed first where it is not. None where it can't be: no npm, no network."""
    if (found := binary()) is not None or not shutil.which("npm"):
        return found
    home().mkdir(parents=True, exist_ok=True)
    with (home() / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two chains start at once; one of them installs
        if (found := binary()) is not None:
            return found
        for name in FILES:
            shutil.copyfile(HERE / name, home() / name)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            done = subprocess.run(command, cwd=home(), timeout=SECONDS, stdin=subprocess.DEVNULL)
        except (subprocess.TimeoutExpired, OSError) as error:
            sys.stderr.write(f"anvil could not be installed: {error}\n")
            return None
        if done.returncode == 0:
            _mark().touch()
    return binary()


def command(binary: Path, *, port: int, chain_id: int, state: Path) -> list[str]:
    """How it is started. A kill loses the blocks of the last seconds, which looks like a fork."""
    return [
        str(binary),
        *("--host", "127.0.0.1", "--port", str(port), "--no-cors"),
        *("--chain-id", str(chain_id)),
        *("--state", str(state), "--state-interval", "2"),
        # Blocks come when they are asked for: what was sent waits until then, as on any chain.
        *("--no-mining", "--balance", "1000000000", "--quiet"),
    ]


def _mark() -> Path:
    """Made last: an installation that was interrupted has none."""
    lock = (HERE / "package-lock.json").read_bytes()
    return home() / f".installed-{hashlib.sha256(lock).hexdigest()[:12]}"
