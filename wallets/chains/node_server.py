"""JSON-RPC over HTTP for the development nodes that are our own: loopback only, one call at a time.

A node's methods are functions named `rpc_<method>` of one object. No Django here.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import signal
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MISC, METHOD_NOT_FOUND, INVALID_REQUEST = -1, -32601, -32600
LARGEST_REQUEST = 9_000_000
MOST_CALLS = 100
IDLE_SECONDS = 60
_AMOUNT = re.compile(r'"\\u0000(\d+\.\d{8})"')


class RpcError(Exception):
    """What a method answers instead of a result."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, methods: object, credentials: str = "") -> None:
        """`credentials` as "user:password"; empty lets everybody on this machine in."""
        self.methods, self.lock = methods, threading.Lock()
        encoded = base64.b64encode(credentials.encode()).decode()
        self.credentials = f"Basic {encoded}" if credentials else ""
        super().__init__(("127.0.0.1", port), Handler)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # without asking a name server for our own name
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def serve_until_stopped(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            # Not in the signal's own frame: `shutdown` waits for the loop that it interrupts.
            signal.signal(number, lambda *_: threading.Thread(target=self.shutdown).start())
        self.serve_forever(poll_interval=0.1)
        self.lock.acquire()  # nothing is done half when we go

    def answer(self, asked: Any) -> dict[str, Any]:
        """One call's result or error, as bitcoind words it."""
        number = asked.get("id") if isinstance(asked, dict) else None
        try:
            result = self._call(asked)
        except RpcError as error:
            failed = {"code": error.code, "message": error.message}
            return {"jsonrpc": "2.0", "result": None, "error": failed, "id": number}
        return {"jsonrpc": "2.0", "result": result, "error": None, "id": number}

    def _call(self, asked: Any) -> Any:
        if not isinstance(asked, dict) or not isinstance(asked.get("method"), str):
            raise RpcError(INVALID_REQUEST, "Invalid request")
        method = getattr(self.methods, f"rpc_{asked['method']}", None)
        if method is None:
            raise RpcError(METHOD_NOT_FOUND, "Method not found")
        parameters = asked.get("params") or []
        with self.lock:
            try:
                if isinstance(parameters, dict):
                    return method(**parameters)
                return method(*parameters)
            except (TypeError, AttributeError) as error:
                raise RpcError(MISC, f"wrong parameters: {error}") from None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    # Head and body in one piece, at once: else each answer waits forty milliseconds for the other.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def do_POST(self) -> None:
        wanted, given = self.server.credentials, self.headers.get("Authorization", "")
        if wanted and not hmac.compare_digest(given.encode(), wanted.encode()):
            self.close_connection = True
            return self._send(401, b"")
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length) > LARGEST_REQUEST:
            self.close_connection = True
            return self._send(413, b"")
        try:
            asked = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            return self._send(400, b"")
        if isinstance(asked, list):
            answer: Any = [self.server.answer(each) for each in asked[:MOST_CALLS]]
            code = 200
        else:
            answer = self.server.answer(asked)
            code = 500 if answer["error"] else 200
        return self._send(code, _written(answer))

    def _send(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a line a call would be noise."""


def _written(answer: Any) -> bytes:
    """JSON with amounts digit by digit: json itself knows only floats."""
    text = json.dumps(answer, default=lambda amount: f"\0{amount:.8f}")
    return _AMOUNT.sub(r"\1", text).encode()
