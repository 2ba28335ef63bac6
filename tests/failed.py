"""Print what failed in the last run of the tests, a test a line. Run as a program."""

from __future__ import annotations

import json
import re
from pathlib import Path

REMEMBERED = Path(".pytest_cache/v/cache/lastfailed")


def failed() -> list[str]:
    """Names as the command line takes them: without the group that xdist appends."""
    if not REMEMBERED.exists():
        return []
    return [re.sub(r"@[\w ]+$", "", name) for name in json.loads(REMEMBERED.read_text())]


if __name__ == "__main__":
    print(*failed(), sep="\n")
