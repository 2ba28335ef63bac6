"""Ending tasks for certain."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_SECONDS = 0.1


async def until_ended(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel, and again until each has ended; how they ended is of no interest.

    Once isn't enough: Python 3.11's `wait_for` swallows a cancellation that arrives together with
    its result, and the Valkey client is full of them (seen: 1 stop in 6 with sockets open hung).
    """
    standing = set(tasks)
    while standing:
        for task in standing:
            task.cancel()
        ended, standing = await asyncio.wait(standing, timeout=AGAIN_SECONDS)
        for task in ended:
            if not task.cancelled():
                task.exception()  # seen, so that asyncio doesn't report it as forgotten
