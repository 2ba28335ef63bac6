"""What a client may say on a socket, and what it hears back."""

from __future__ import annotations

import time
from typing import Any

from exchange.streams import protocol, topics
from exchange.streams.config import Config
from exchange.streams.connection import Connection
from exchange.streams.feed import Feed
from exchange.streams.hub import Hub
from exchange.streams.login import LoginDesk
from exchange.streams.protocol import Refusal
from exchange.streams.topics import Topic

PONG = protocol.frame("pong")


class Session:
    """`private`: whether this path takes logins. Public topics are served on both paths."""

    def __init__(
        self,
        *,
        connection: Connection,
        private: bool,
        hub: Hub,
        desk: LoginDesk,
        feed: Feed,
        config: Config,
    ) -> None:
        self._connection = connection
        self._private = private
        self._hub = hub
        self._desk = desk
        self._feed = feed
        self._config = config
        self._window_began = time.monotonic()
        self._heard = 0

    async def hear(self, text: str) -> None:
        """Answer one message. A refusal is said and the socket lives on, but for broken limits."""
        if len(text) > self._config.message_bytes:
            self._connection.end(protocol.TOO_BIG, "message too big")
            return
        if self._too_often():
            self._say(protocol.failure("error", Refusal("90007")))
            self._connection.end(protocol.POLICY, "too many messages")
            return
        if text == "ping":
            self._say(PONG)
            return
        event = "error"
        try:
            request = self._understand(text)
            event = request["op"]
            await self._obey(event, request.get("args"))
        except Refusal as refusal:
            self._say(protocol.failure(event, refusal))

    def _too_often(self) -> bool:
        now = time.monotonic()
        if now - self._window_began >= self._config.messages_seconds:
            self._window_began, self._heard = now, 0
        self._heard += 1
        return self._heard > self._config.messages

    def _understand(self, text: str) -> dict[str, Any]:
        try:
            request = protocol.decode(text)
        except ValueError:
            raise Refusal("90001") from None
        if not isinstance(request, dict):
            raise Refusal("90001")
        if request.get("op") not in ("subscribe", "unsubscribe", "request", "login"):
            raise Refusal("90002")
        return request

    async def _obey(self, op: str, args: Any) -> None:
        if not isinstance(args, list) or not args:
            raise Refusal("90003")
        if op == "login":
            await self._login(args)
            return
        if len(args) > self._config.topics:
            raise Refusal("90005")
        verb = {
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "request": self._request,
        }[op]
        for arg in args:
            try:
                if not isinstance(arg, str):
                    raise Refusal("90003")
                await verb(topics.parse(arg))
            except Refusal as refusal:
                self._say(protocol.failure(op, refusal))

    async def _subscribe(self, topic: Topic) -> None:
        if topic.private:
            if not self._private:
                raise Refusal("90004", str(topic))
            if self._connection.customer_id is None:
                raise Refusal("91006", str(topic))
        if topic in self._connection.topics:
            raise Refusal("90008", str(topic))
        if len(self._connection.topics) >= self._config.topics:
            raise Refusal("90006", str(topic))
        if topic.symbol is not None and not await self._feed.knows(topic.symbol):
            raise Refusal("92001", str(topic))
        self._say(protocol.acknowledgement("subscribe", str(topic)))
        self._hub.subscribe(self._connection, topic)

    async def _unsubscribe(self, topic: Topic) -> None:
        self._hub.unsubscribe(self._connection, topic)
        self._say(protocol.acknowledgement("unsubscribe", str(topic)))

    async def _request(self, topic: Topic) -> None:
        """A fresh snapshot of a subscribed topic, for a client that lost count of versions."""
        if topic.private or topic not in self._connection.topics:
            raise Refusal("90004", str(topic))
        self._hub.snapshot(self._connection, topic)

    async def _login(self, args: list[Any]) -> None:
        """Any failure ends the connection, after its reason was said."""
        if not self._private:
            raise Refusal("90002")
        if self._connection.customer_id is not None:
            raise Refusal("91005")
        try:
            if len(args) > 4 or not all(isinstance(arg, str | int) for arg in args):
                raise Refusal("90003")
            login = await self._desk.verify(args=args, address=self._connection.address)
        except Refusal as refusal:
            self._say(protocol.failure("login", refusal))
            away = refusal.code == "95000"
            self._connection.end(
                protocol.TRY_LATER if away else protocol.POLICY, "login failed: " + refusal.code
            )
            return
        self._connection.expires_ms = login.expires_ms
        channel = self._hub.attach(self._connection, customer_id=login.customer_id)
        await self._feed.confirmed(channel)
        self._say(protocol.acknowledgement("login"))

    def _say(self, frame: protocol.Frame) -> None:
        self._connection.offer(frame)
