"""Who listens to what; fans each frame, encoded once, out to all of them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any, Protocol

from exchange.streams import protocol, topics
from exchange.streams.config import Config
from exchange.streams.market import Market
from exchange.streams.protocol import Frame, Refusal
from exchange.streams.topics import Topic

log = logging.getLogger(__name__)

MARKET_CHANNEL = "md:"
CUSTOMER_CHANNEL = "user:"
SWEEP_SECONDS = 5


class Listener(Protocol):
    """What the hub needs of a connection."""

    address: str
    topics: set[Topic]
    customer_id: str | None
    expires_ms: int | None
    last_moved: float

    def offer(self, frame: Frame) -> None: ...
    def end(self, code: int, reason: str) -> None: ...


class Hub:
    """All live connections of this process. `want` and `unwant` tell the feed what is needed."""

    def __init__(
        self, *, config: Config, want: Callable[[str], None], unwant: Callable[[str], None]
    ) -> None:
        self._config = config
        self._want = want
        self._unwant = unwant
        self.connections: set[Listener] = set()
        self._addresses: Counter[str] = Counter()
        self._markets: dict[str, Market] = {}
        self._audience: dict[str, dict[str, set[Listener]]] = {}
        self._customers: defaultdict[str, set[Listener]] = defaultdict(set)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._shown_at: dict[str, float] = {}

    # Connections

    def join(self, listener: Listener) -> None:
        """Raises Refusal 94002 when the process, or the address, has its fill of connections."""
        full = len(self.connections) >= self._config.connections
        if full or self._addresses[listener.address] >= self._config.connections_per_address:
            raise Refusal("94002")
        self.connections.add(listener)
        self._addresses[listener.address] += 1

    def leave(self, listener: Listener) -> None:
        if listener not in self.connections:
            return
        self.connections.discard(listener)
        self._addresses[listener.address] -= 1
        if not self._addresses[listener.address]:
            del self._addresses[listener.address]
        for topic in list(listener.topics):
            self.unsubscribe(listener, topic)
        if (customer_id := listener.customer_id) is not None:
            self._customers[customer_id].discard(listener)
            if not self._customers[customer_id]:
                del self._customers[customer_id]
                self._unwant(CUSTOMER_CHANNEL + customer_id)

    def attach(self, listener: Listener, *, customer_id: str) -> str:
        """The connection has proved to be this customer's. Returns the channel it needs."""
        listener.customer_id = customer_id
        channel = CUSTOMER_CHANNEL + customer_id
        if not self._customers[customer_id]:
            self._want(channel)
        self._customers[customer_id].add(listener)
        return channel

    # Subscriptions

    def subscribe(self, listener: Listener, topic: Topic) -> None:
        """From now on the listener gets the topic's frames, a snapshot first when one is known."""
        listener.topics.add(topic)
        if topic.private:
            return
        if topic.scope not in self._markets:
            self._markets[topic.scope] = Market(symbol=topic.scope)
            self._audience[topic.scope] = defaultdict(set)
            self._want(MARKET_CHANNEL + topic.scope)
        self._audience[topic.scope][topic.table].add(listener)
        self.snapshot(listener, topic)

    def snapshot(self, listener: Listener, topic: Topic) -> None:
        if frame := self._markets[topic.scope].snapshot(topic.table):
            listener.offer(frame)

    def unsubscribe(self, listener: Listener, topic: Topic) -> None:
        listener.topics.discard(topic)
        audience = self._audience.get(topic.scope)
        if topic.private or audience is None:
            return
        audience[topic.table].discard(listener)
        if not audience[topic.table]:
            del audience[topic.table]
        if not audience:
            self._forget(topic.scope)

    def _forget(self, symbol: str) -> None:
        del self._markets[symbol], self._audience[symbol]
        self._shown_at.pop(symbol, None)
        if timer := self._timers.pop(symbol, None):
            timer.cancel()
        self._unwant(MARKET_CHANNEL + symbol)

    # Fan-out

    def on_message(self, channel: str, text: str) -> None:
        """One message of the feed. One that can't be understood is logged and dropped."""
        try:
            message = protocol.decode(text)
            if channel.startswith(MARKET_CHANNEL):
                self._on_market(channel.removeprefix(MARKET_CHANNEL), message)
            else:
                self._on_customer(channel.removeprefix(CUSTOMER_CHANNEL), message)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            log.error("malformed message", extra={"channel": channel, "error": repr(error)})

    def _on_market(self, symbol: str, update: dict[str, Any]) -> None:
        """Show the update now, or with whatever else arrives before the next push is due."""
        market = self._markets.get(symbol)
        if market is not None and "status" in update:
            self._tell_status(symbol, market.take_status(update))
            return
        if market is None or not market.take(update) or symbol in self._timers:
            return
        wait = self._shown_at.get(symbol, 0.0) + self._config.push_ms / 1000 - time.monotonic()
        if wait <= 0:
            self._show(symbol)
        else:
            loop = asyncio.get_running_loop()
            self._timers[symbol] = loop.call_later(wait, self._show, symbol)

    def _tell_status(self, symbol: str, frame: Frame | None) -> None:
        """At once, whatever the rate of pushes: a halt does not wait for prices."""
        if frame is not None:
            for listener in self._audience[symbol].get(topics.STATUS, ()):
                listener.offer(frame)

    def _show(self, symbol: str) -> None:
        self._timers.pop(symbol, None)
        self._shown_at[symbol] = time.monotonic()
        audience = self._audience[symbol]
        for table, frame in self._markets[symbol].show(list(audience)).items():
            for listener in audience[table]:
                listener.offer(frame)

    def _on_customer(self, customer_id: str, message: dict[str, Any]) -> None:
        listeners = self._customers.get(customer_id)
        if not listeners:
            return
        if message.get("logout"):
            self._end_all(set(listeners), protocol.POLICY, "logged out")
            return
        audience: defaultdict[Topic, list[Listener]] = defaultdict(list)
        for listener in listeners:
            for topic in listener.topics:
                if topic.private:
                    audience[topic].append(listener)
        for topic, those in audience.items():
            for frame in _private_frames(topic, message):
                for listener in those:
                    listener.offer(frame)

    # Endings

    def on_recovered(self) -> None:
        """The feed was cut off for a while: private events may be missing, and none can say which.

        Their sockets are closed, so that clients log in again and read orders and balances anew.
        Market topics recover by themselves from the last published picture.
        """
        cut = {one for one in self.connections if any(topic.private for topic in one.topics)}
        self._end_all(cut, protocol.RESTART, "feed was interrupted: log in, read your orders anew")

    def _end_all(self, listeners: set[Listener], code: int, reason: str) -> None:
        for listener in listeners:
            listener.end(code, reason)

    async def sweep(self) -> None:
        """Every few seconds, for ever: end expired logins, and sockets that ask for nothing."""
        while True:
            await asyncio.sleep(min(SWEEP_SECONDS, self._config.idle_seconds / 4))
            now, now_ms = time.monotonic(), time.time() * 1000
            for listener in list(self.connections):
                if listener.expires_ms and listener.expires_ms <= now_ms:
                    listener.end(protocol.POLICY, "login expired: log in again")
                elif not listener.topics and now - listener.last_moved > self._config.idle_seconds:
                    listener.end(protocol.NORMAL, "idle: nothing subscribed")


def _private_frames(topic: Topic, message: dict[str, Any]) -> list[Frame]:
    """A customer's event as that topic's frames; one balance a frame, as ccxt misreads several."""
    if topic.table == topics.BALANCE:
        return [
            protocol.push(
                topic.table,
                [
                    {
                        "event_type": message.get("event_type", "TRANSACTION_COMPLETED"),
                        "event_time": str(message["ms"]),
                        "balance_details": [balance],
                    }
                ],
            )
            for balance in message.get("balances", ())
        ]
    if topic.table == topics.DEPOSIT:
        deposits = message.get("deposits", [])
        return [protocol.push(topic.table, deposits)] if deposits else []
    if topic.table == topics.WITHDRAWAL:
        moved = message.get("withdrawals", [])
        return [protocol.push(topic.table, moved)] if moved else []
    orders = message.get("orders", [])
    if topic.symbol is not None:
        orders = [order for order in orders if order["symbol"] == topic.symbol]
    return [protocol.push(topic.table, orders)] if orders else []
