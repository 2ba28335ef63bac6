"""Every figure, one JSON line each. `python -m benchmarks book` runs one of them."""

from __future__ import annotations

import subprocess
import sys

FIGURES = (
    "book",
    "settlement",
    "latency",
    "liabilities",
    "monitoring",
    "screening",
    "payouts",
    "sales",
    "votes",
)

if __name__ == "__main__":
    for name in sys.argv[1:] or FIGURES:
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
