"""The one pub/sub connection to Valkey.

It holds exactly the channels that somebody wants. Each time a market's channel is confirmed, at
first and after every reconnect, the market's last picture and status are read from their keys: the
writer sets the key before it publishes, so nothing falls between the two.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from exchange.streams.cancel import until_ended

log = logging.getLogger(__name__)

MARKET_CHANNEL = "md:"
LAST_KEY = "md:last:"
STATUS_KEY = "md:status:"
SYMBOLS_KEY = "md:symbols"
ALWAYS = "streams:always"  # a pub/sub connection without any channel can't be read
SILENCE_SECONDS = 5.0  # then ask whether Valkey is still there; a second silence means it isn't
SYMBOLS_SECONDS = 30.0
CONFIRM_SECONDS = 2.0
RETRY_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


class Feed:
    """`on_message` gets every message; `on_recovered` is called when a lost feed is back."""

    def __init__(
        self,
        *,
        redis_url: str,
        on_message: Callable[[str, str], None],
        on_recovered: Callable[[], None],
    ) -> None:
        self._on_message = on_message
        self._on_recovered = on_recovered
        self._valkey = Redis.from_url(
            redis_url,
            protocol=2,
            decode_responses=True,
            socket_connect_timeout=3,
            socket_timeout=3,
            retry=Retry(NoBackoff(), 0),  # no silent reconnects: every loss must be known here
        )
        self.connected = False
        self._symbols: set[str] = set()
        self._wanted: dict[str, asyncio.Event] = {}  # set once Valkey has confirmed the channel
        self._changed = asyncio.Event()
        self._unread: set[str] = set()
        self._readable = asyncio.Event()

    def want(self, channel: str) -> None:
        self._wanted.setdefault(channel, asyncio.Event())
        self._changed.set()

    def unwant(self, channel: str) -> None:
        self._wanted.pop(channel, None)
        self._changed.set()

    async def confirmed(self, channel: str) -> None:
        """Wait until nothing more that is published on a wanted channel can be missed.

        Not for ever: while Valkey is away there is nothing to miss, and `on_recovered` will tell.
        """
        if event := self._wanted.get(channel):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), CONFIRM_SECONDS)

    async def knows(self, symbol: str) -> bool:
        """Whether the market exists. While the writer has published no list of markets, any may."""
        if not self._symbols or symbol in self._symbols:
            return True
        try:
            return bool(await self._valkey.sismember(SYMBOLS_KEY, symbol))
        except (RedisError, OSError):
            return True

    async def run(self) -> None:
        """Stay connected, for ever."""
        failures = 0
        lost = False
        while True:
            try:
                pubsub = await self._connect()
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("no feed", extra={"error": repr(error), "failures": failures})
                await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
                failures += 1
                continue
            failures = 0
            self.connected = True
            log.info("feed connected", extra={"channels": len(self._wanted)})
            if lost:
                self._on_recovered()
            lost = True
            try:
                await self._serve(pubsub)
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("feed lost", extra={"error": repr(error)})
            finally:
                self.connected = False
                await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        await self._valkey.aclose()

    async def _connect(self) -> PubSub:
        pubsub = self._valkey.pubsub()
        try:
            await pubsub.subscribe(ALWAYS)
            if await pubsub.get_message(timeout=3) is None:
                raise TimeoutError("no answer to SUBSCRIBE")
            await self._read_symbols()
        except BaseException:
            await pubsub.aclose()  # type: ignore[no-untyped-call]
            raise
        return pubsub

    async def _serve(self, pubsub: PubSub) -> None:
        """Until the first of the four fails."""
        for event in self._wanted.values():
            event.clear()
        self._changed.set()
        work: list[Coroutine[Any, Any, None]] = [
            self._listen(pubsub),
            self._follow_wishes(pubsub),
            self._read_pictures(),
            self._refresh_symbols(),
        ]
        tasks = [asyncio.create_task(coroutine) for coroutine in work]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            await until_ended(tasks)

    async def _listen(self, pubsub: PubSub) -> None:
        asked = False
        while True:
            message = await pubsub.get_message(timeout=SILENCE_SECONDS)
            if message is None:
                if asked:
                    raise TimeoutError("valkey is silent")
                await pubsub.ping()
                asked = True
                continue
            asked = False
            if message["type"] == "message":
                self._on_message(message["channel"], message["data"])
            elif message["type"] == "subscribe":
                self._on_confirmed(message["channel"])

    def _on_confirmed(self, channel: str) -> None:
        if event := self._wanted.get(channel):
            event.set()
        if channel.startswith(MARKET_CHANNEL):
            self._unread.add(channel.removeprefix(MARKET_CHANNEL))
            self._readable.set()

    async def _follow_wishes(self, pubsub: PubSub) -> None:
        """Subscribe to what is wanted and no more; many wishes at once become one command."""
        standing: dict[str, asyncio.Event] = {}
        while True:
            await self._changed.wait()
            self._changed.clear()
            wanted = dict(self._wanted)
            # Left and wanted again in one breath is a new wish: its picture must be read anew.
            if added := [name for name, wish in wanted.items() if standing.get(name) is not wish]:
                await pubsub.subscribe(*added)
            if dropped := standing.keys() - wanted.keys():
                await pubsub.unsubscribe(*dropped)
            standing = wanted

    async def _read_pictures(self) -> None:
        while True:
            await self._readable.wait()
            self._readable.clear()
            symbols, self._unread = list(self._unread), set()
            keys = [key + symbol for key in (LAST_KEY, STATUS_KEY) for symbol in symbols]
            kept = await self._valkey.mget(keys)
            for symbol, text in zip(symbols * 2, kept, strict=True):
                if text is not None:
                    self._on_message(MARKET_CHANNEL + symbol, str(text))

    async def _refresh_symbols(self) -> None:
        while True:
            await asyncio.sleep(SYMBOLS_SECONDS)
            await self._read_symbols()

    async def _read_symbols(self) -> None:
        self._symbols = {str(symbol) for symbol in await self._valkey.smembers(SYMBOLS_KEY)}
