"""What the person at the terminal reads: a line a step, with how long it took."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

BOLD, DIM, RED, GREEN, PLAIN = "\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[0m"


def styled(text: str, style: str) -> str:
    return f"{style}{text}{PLAIN}" if sys.stdout.isatty() else text


def say(text: str = "") -> None:
    """A line for the terminal. One that is gone is no reason to fall over."""
    with suppress(OSError):
        print(text, flush=True)


def event(name: str, text: str) -> None:
    """Something happened while running: the time, who, what."""
    say(f"  {styled(time.strftime('%H:%M:%S'), DIM)} {name:<18} {text}")


def passing(text: str) -> None:
    """A line on a terminal that the next one overwrites."""
    if sys.stdout.isatty():
        with suppress(OSError):
            print(f"\r\033[K{text}", end="\r", flush=True)


class Step:
    """A step's outcome; `note` replaces the word at its end."""

    note = "ready"


@contextmanager
def step(name: str) -> Iterator[Step]:
    """Announce a step on a terminal while it runs, and print one line when it is done."""
    outcome, began = Step(), time.monotonic()
    passing(f"  {name:<18} …")
    try:
        yield outcome
    except BaseException:
        say(f"  {name:<18} {styled('failed', RED)}")
        raise
    took = time.monotonic() - began
    say(f"  {name:<18} {styled(f'{outcome.note:<40}', GREEN)} {took:6.1f} s")
