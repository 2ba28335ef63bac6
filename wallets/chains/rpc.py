"""JSON-RPC over HTTP to a node: bounded in time and in bytes, exact in numbers.

A node is somebody else's program. Whatever goes wrong on the way is ChainUnavailable; what the
node itself answers as an error is RpcError, for the adapter to judge.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import httpx

from wallets.chains.interface import ChainUnavailable

CONNECT_SECONDS, ANSWER_SECONDS = 3.0, 20.0
# The largest block of any chain we follow, as hex in JSON with its receipts, fits several times.
LARGEST_ANSWER = 64 * 1024 * 1024
SECONDS_IN_ALL = 60.0  # for an answer that drips
CALLS_AT_ONCE = 50
# A payer chooses how deep his contracts call each other (some 700 calls fit into a block's gas),
# and a tracer's answer is nested twice as deep. A block that can't be read would stop the walk.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 6000))


class RpcError(Exception):
    """The node answered with an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{message} ({code})")
        self.code, self.message = code, message


class Rpc:
    """One node. Its password is taken out of the address and appears in no message."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("a node's address is http://user:password@host:port/")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        netloc = f"{host}:{parts.port}" if parts.port else host
        self.address = urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))
        self.place = netloc  # for messages: no password, and no key that a path may hold
        self._auth = (
            httpx.BasicAuth(unquote(parts.username), unquote(parts.password or ""))
            if parts.username
            else None
        )
        self._client: httpx.Client | None = None
        self._pid = 0

    def call(self, method: str, *params: Any) -> Any:
        """One method's result. Raises RpcError, ChainUnavailable."""
        answer = self._post({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
        if not isinstance(answer, dict):
            raise ChainUnavailable(f"{self.place} answered {method} with something else")
        return _result(answer, method, self.place)

    def batch(self, method: str, params: Sequence[Sequence[Any]]) -> list[Any]:
        """One method for many parameters, in their order. Raises RpcError, ChainUnavailable."""
        results: list[Any] = []
        for start in range(0, len(params), CALLS_AT_ONCE):
            chunk = params[start : start + CALLS_AT_ONCE]
            asked = [
                {"jsonrpc": "2.0", "id": number, "method": method, "params": list(each)}
                for number, each in enumerate(chunk)
            ]
            answer = self._post(asked)
            if not isinstance(answer, list) or not all(isinstance(a, dict) for a in answer):
                raise ChainUnavailable(f"{self.place} does not answer several calls at once")
            by_id = {each.get("id"): each for each in answer}
            if len(answer) != len(chunk) or set(by_id) != set(range(len(chunk))):
                raise ChainUnavailable(f"{self.place} left some of several calls unanswered")
            results += [_result(by_id[n], method, self.place) for n in range(len(chunk))]
        return results

    def _post(self, body: Any) -> Any:
        try:
            content = self._said(body)
        except httpx.RemoteProtocolError:
            # A node closes connections that were idle; every call of ours may be made twice.
            content = self._said(body, again=True)
        try:
            # Amounts of bitcoind are decimal fractions: never through a float.
            return json.loads(content, parse_float=Decimal)
        except (ValueError, RecursionError):
            raise ChainUnavailable(f"{self.place} answered with no JSON") from None

    def _said(self, body: Any, *, again: bool = False) -> bytes:
        """The answer's bytes. Raises ChainUnavailable, and RemoteProtocolError the first time."""
        try:
            with self._http().stream("POST", self.address, json=body) as response:
                if response.status_code in (401, 403):
                    raise ChainUnavailable(f"{self.place} refuses our password")
                content, deadline = bytearray(), time.monotonic() + SECONDS_IN_ALL
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > LARGEST_ANSWER or time.monotonic() > deadline:
                        raise ChainUnavailable(f"{self.place} answers without end")
                return bytes(content)
        except httpx.RemoteProtocolError:
            if not again:
                raise
            raise ChainUnavailable(f"{self.place} hangs up") from None
        except httpx.TimeoutException:
            raise ChainUnavailable(f"{self.place} does not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise ChainUnavailable(f"{self.place}: {type(error).__name__}") from None

    def _http(self) -> httpx.Client:
        # A connection must not be shared with a process that was forked from this one.
        if self._client is None or self._pid != os.getpid():
            timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
            self._client = httpx.Client(timeout=timeout, auth=self._auth, trust_env=False)
            self._pid = os.getpid()
        return self._client


def _result(answer: dict[str, Any], method: str, place: str) -> Any:
    error = answer.get("error")
    if error is not None:
        if not isinstance(error, dict):
            raise ChainUnavailable(f"{place} answered {method} with no reason")
        code = error.get("code")
        message = str(error.get("message", ""))[:400]
        raise RpcError(code if isinstance(code, int) else 0, message)
    if "result" not in answer:
        raise ChainUnavailable(f"{place} answered {method} with nothing")
    return answer["result"]
