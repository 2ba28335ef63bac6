"""Asks the web process whether a login is genuine: streams hold no keys, secrets or tables."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from exchange.streams.protocol import Refusal

log = logging.getLogger(__name__)

PATH = "/system/stream-login"
ANSWER_BYTES = 65536
THREADS = 8
REMEMBERED_ADDRESSES = 10_000
# The web's refusals (REST codes) in the words of the WebSocket.
STREAM_CODES = {
    "30001": "91001", "30002": "91002", "30003": "91003", "30011": "91004",
    "30004": "91010", "30005": "91011", "30006": "91021", "30007": "91022", "30008": "91023",
}  # fmt: skip


UNUSABLE_ANSWER = (
    OSError, TimeoutError, http.client.HTTPException, ValueError, LookupError, TypeError,
)  # fmt: skip


class Login(NamedTuple):
    customer_id: str
    expires_ms: int | None


class LoginDesk:
    def __init__(self, *, base_url: str, seconds: int, failures_per_minute: int) -> None:
        self._url = urlsplit(base_url)
        self._seconds = seconds
        self._limit = failures_per_minute
        self._failures: dict[str, deque[float]] = {}
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="login")

    async def verify(self, *, args: list[Any], address: str) -> Login:
        """Who this is.

        Raises Refusal: the web's reason, 94001 after too many failures, 95000 when web is away.
        """
        self._refuse_guessing(address)
        loop = asyncio.get_running_loop()
        asking = loop.run_in_executor(self._threads, self._ask, args, address)
        try:
            status, answer = await asyncio.wait_for(asking, self._seconds * 2)
            code = str(answer["code"])
            if code == "1000":
                return _login(answer["data"])
        except UNUSABLE_ANSWER as error:
            log.error("login can't be verified", extra={"error": type(error).__name__})
            raise Refusal("95000") from None
        if status >= 500:
            raise Refusal("95000")
        self._failures.setdefault(address, deque()).append(time.monotonic())
        told = STREAM_CODES.get(code)
        raise Refusal(told) if told else Refusal(code, message=str(answer.get("message", ""))[:200])

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _refuse_guessing(self, address: str) -> None:
        earliest = time.monotonic() - 60
        if len(self._failures) > REMEMBERED_ADDRESSES:
            self._failures = {a: f for a, f in self._failures.items() if f and f[-1] > earliest}
        failures = self._failures.get(address)
        if failures is None:
            return
        while failures and failures[0] < earliest:
            failures.popleft()
        if not failures:
            del self._failures[address]
        elif len(failures) >= self._limit:
            raise Refusal("94001")

    def _ask(self, args: list[Any], address: str) -> tuple[int, dict[str, Any]]:
        """One POST, in a thread. The client's address goes along, for keys bound to addresses."""
        secure = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=self._seconds)
        try:
            body = json.dumps({"args": args, "ip": address}).encode()
            path = self._url.path.rstrip("/") + PATH
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, json.loads(response.read(ANSWER_BYTES))
        finally:
            connection.close()


def _login(data: dict[str, Any]) -> Login:
    expires = data.get("expires_ms")
    return Login(str(data["customer_id"]), None if expires is None else int(expires))
