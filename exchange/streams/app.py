"""The ASGI application: `granian --interface asgi exchange.streams.app:application`.

No Origin is refused: a login needs a signature or a token in the message, never a cookie, so a
foreign page can't borrow a visitor's session; and API clients send any Origin or none.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from typing import Any

from exchange.core import logs
from exchange.streams import protocol
from exchange.streams.cancel import until_ended
from exchange.streams.config import Config, from_environment
from exchange.streams.connection import Connection, Receive, Send
from exchange.streams.feed import Feed
from exchange.streams.hub import Hub
from exchange.streams.login import LoginDesk
from exchange.streams.protocol import Refusal
from exchange.streams.session import Session

log = logging.getLogger(__name__)

PATHS = {"/api": False, "/user": True}  # whether the path takes logins


class Application:
    def __init__(self, *, config: Config) -> None:
        self._config = config
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._http(scope, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                self._start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _start(self) -> None:
        config = self._config
        self._feed = Feed(
            redis_url=config.redis_url,
            on_message=lambda channel, text: self._hub.on_message(channel, text),
            on_recovered=lambda: self._hub.on_recovered(),
        )
        self._hub = Hub(config=config, want=self._feed.want, unwant=self._feed.unwant)
        self._desk = LoginDesk(
            base_url=config.base_url,
            seconds=config.login_seconds,
            failures_per_minute=config.login_failures_per_minute,
        )
        self._tasks = [
            asyncio.create_task(self._feed.run()),
            asyncio.create_task(self._hub.sweep()),
        ]
        for task in self._tasks:
            task.add_done_callback(_die_with)

    async def _stop(self) -> None:
        """granian has dropped the sockets by now, without a close frame; clients just reconnect."""
        for task in self._tasks:
            task.remove_done_callback(_die_with)
        await until_ended(self._tasks)
        self._desk.close()
        await self._feed.close()

    async def _websocket(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if scope["path"] not in PATHS:
            await send({"type": "websocket.close", "code": protocol.POLICY})
            return
        await send({"type": "websocket.accept"})
        connection = Connection(
            receive=receive, send=send, address=self._address(scope), config=self._config
        )
        session = Session(
            connection=connection,
            private=PATHS[scope["path"]],
            hub=self._hub,
            desk=self._desk,
            feed=self._feed,
            config=self._config,
        )
        try:
            self._hub.join(connection)
        except Refusal as refusal:
            connection.offer(protocol.failure("error", refusal))
            connection.end(protocol.TRY_LATER, refusal.message)
        try:
            await connection.serve(session.hear)
        finally:
            self._hub.leave(connection)

    def _address(self, scope: dict[str, Any]) -> str:
        """The client's address; behind N trusted proxies, what the outermost of them saw."""
        if hops := self._config.trusted_proxies:
            forwarded = b",".join(v for k, v in scope["headers"] if k.lower() == b"x-forwarded-for")
            seen = [part.strip() for part in forwarded.decode("latin-1").split(",") if part.strip()]
            if len(seen) >= hops:
                return seen[-hops]
        return (scope.get("client") or ("",))[0]

    async def _http(self, scope: dict[str, Any], send: Send) -> None:
        if scope["path"] == "/livez":
            await _answer(send, 200, {"status": "ok"})
        elif scope["path"] == "/readyz":
            ready = self._feed.connected
            await _answer(send, 200 if ready else 503, {"status": "ok" if ready else "no feed"})
        else:
            missing = {"message": "Not found", "code": 30000, "trace": "", "data": {}}
            await _answer(send, 404, missing)


async def _answer(send: Send, status: int, body: dict[str, Any]) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


def _die_with(task: asyncio.Task[None]) -> None:
    """Without its feed or sweep the process would look alive but say nothing: die, be restarted."""
    error = None if task.cancelled() else task.exception()
    log.critical("a background task ended", exc_info=error)
    os._exit(70)


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logs.formatter())
    logger = logging.getLogger("exchange.streams")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


_log_to_stderr()
application = Application(config=from_environment())
