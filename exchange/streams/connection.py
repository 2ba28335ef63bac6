"""One socket: a bounded queue out, one loop in, and one way to end.

How granian 2.8.7 behaves, as measured, and what follows from it:
- `send` waits while the client doesn't read, so our own queue bounds the memory of a connection;
- pings are answered only while a `receive` is pending, so the inward loop never rests;
- a `send` to a client that has gone succeeds silently: only `receive` tells;
- if the application returns while a `send` waits, granian blocks the whole event loop. Both loops
  are therefore cancelled before `serve` returns, and so is a close that the client doesn't take:
  then the server drops the TCP connection, and nothing of it stays in memory.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from exchange.streams import protocol
from exchange.streams.cancel import until_ended
from exchange.streams.config import Config
from exchange.streams.protocol import Frame
from exchange.streams.topics import Topic

log = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Ending(NamedTuple):
    """`code` None: the client went by itself. `deliver`: first send what is queued."""

    code: int | None
    reason: str = ""
    deliver: bool = True


class Connection:
    def __init__(self, *, receive: Receive, send: Send, address: str, config: Config) -> None:
        self.address = address
        self.topics: set[Topic] = set()
        self.customer_id: str | None = None
        self.expires_ms: int | None = None
        self.last_moved = time.monotonic()
        self._receive = receive
        self._send = send
        self._config = config
        self._queue: deque[Frame] = deque()
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    def offer(self, frame: Frame) -> None:
        """Queue a frame; never waits. A client that has fallen too far behind is dropped."""
        if self._ending.done():
            return
        queued = self._queued_bytes + frame.size
        if len(self._queue) >= self._config.queue_frames or queued > self._config.queue_bytes:
            log.warning(
                "slow consumer dropped",
                extra={"address": self.address, "frames": len(self._queue), "bytes": queued},
            )
            self._queue.clear()
            self._finish(Ending(protocol.POLICY, "slow consumer: read faster", deliver=False))
            return
        self._queue.append(frame)
        self._queued_bytes = queued
        self._wake.set()

    def end(self, code: int, reason: str) -> None:
        """Close, after what is queued was sent."""
        self._finish(Ending(code, reason))

    def _finish(self, ending: Ending) -> None:
        if not self._ending.done():
            self._ending.set_result(ending)
            self._wake.set()

    async def serve(self, hear: Callable[[str], Awaitable[None]]) -> Ending:
        """Carry messages both ways until the connection ends. Returns how it ended."""
        inward = asyncio.create_task(self._carry_in(hear))
        outward = asyncio.create_task(self._carry_out())
        try:
            ending = await self._ending
            if ending.code is not None and ending.deliver:
                await asyncio.wait({outward}, timeout=self._config.close_seconds)
        finally:
            await until_ended((inward, outward))
        if ending.code is not None:
            await self._close(ending)
        return ending

    async def _carry_in(self, hear: Callable[[str], Awaitable[None]]) -> None:
        try:
            while not self._ending.done():
                event = await self._receive()
                if event["type"] == "websocket.disconnect":
                    self._finish(Ending(None))
                    return
                self.last_moved = time.monotonic()
                text = event.get("text")
                if text is None:
                    text = (event.get("bytes") or b"").decode("utf-8", "replace")
                await hear(text)
        except Exception as error:
            log.exception("socket failed", extra={"error": type(error).__name__})
            self._finish(Ending(1011, "internal error"))

    async def _carry_out(self) -> None:
        try:
            while True:
                while self._queue:
                    frame = self._queue.popleft()
                    self._queued_bytes -= frame.size
                    await self._send(frame.event)
                    self.last_moved = time.monotonic()
                if self._ending.done():
                    return
                self._wake.clear()
                await self._wake.wait()
        except Exception as error:
            log.exception("socket can't be written", extra={"error": type(error).__name__})
            self._finish(Ending(None))

    async def _close(self, ending: Ending) -> None:
        async def close() -> None:
            await self._send(
                {"type": "websocket.close", "code": ending.code, "reason": ending.reason}
            )

        try:
            await asyncio.wait_for(close(), self._config.close_seconds)
        except (TimeoutError, RuntimeError, OSError) as error:  # not taken in time, or gone: over
            log.info("close frame not delivered", extra={"error": type(error).__name__})
