"""Install the requirements and show how far pip is: python -m exchange.launcher.packages FILE

Needs nothing but the standard library: nothing else is there yet.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time

from exchange.launcher import console

PIP = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]
PIP += ["--progress-bar", "off", "--no-input"]
KEPT_LINES = 15
SECONDS_BETWEEN_LINES = 10.0


class Progress:
    """What pip has said so far, in numbers."""

    def __init__(self) -> None:
        self.collected = 0
        self.now = "looking"
        self.last: list[str] = []

    def read(self, line: str) -> None:
        """Take in a line of pip's."""
        self.last = [*self.last, line.rstrip()][-KEPT_LINES:]
        if found := re.match(r"Collecting ([\w.\[\],-]+)", line):
            self.collected += 1
            self.now = found[1]
        elif found := re.match(r"\s+Downloading (\S+?)(?:-\d\S*)?(?: \((.+)\))?$", line):
            name = found[1].rpartition("/")[2]
            self.now = f"{name} {found[2] or ''}".rstrip()
        elif found := re.match(r"Installing collected packages: (.*)", line):
            self.now = f"unpacking {found[1].count(',') + 1} packages"

    def __str__(self) -> str:
        return f"{self.collected:>3} found, now {self.now}"


def install(requirements: str) -> int:
    """Returns pip's exit code; on failure its last lines are shown."""
    began = told = time.monotonic()
    progress = Progress()
    pip = subprocess.Popen(
        [*PIP, "-r", requirements],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert pip.stdout is not None
    console.say(f"  {'packages':<18} {requirements}: a minute or two the first time")
    for line in pip.stdout:
        progress.read(line)
        console.passing(f"  {'packages':<18} {str(progress)[:90]}")
        if not sys.stdout.isatty() and time.monotonic() - told > SECONDS_BETWEEN_LINES:
            told = time.monotonic()
            console.say(f"  {'packages':<18} {progress} ({told - began:.0f} s)")
    code = pip.wait()
    took = time.monotonic() - began
    if code:
        console.say("\n".join(f"      | {line[:200]}" for line in progress.last))
        console.say(f"  {'packages':<18} {console.styled('failed', console.RED)} ({took:.0f} s)")
    else:
        note = console.styled(f"{'installed':<40}", console.GREEN)
        console.passing("")
        console.say(f"  {'packages':<18} {note} {took:6.1f} s")
    return code


if __name__ == "__main__":
    try:
        sys.exit(install(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(130)
