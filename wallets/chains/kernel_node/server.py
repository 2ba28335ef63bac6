"""Its HTTP: loopback only, a password, one method at a time."""

from __future__ import annotations

import base64
import hmac
import json
import re
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from wallets.chains.kernel_node.errors import INVALID_REQUEST, METHOD_NOT_FOUND, MISC, RpcError
from wallets.chains.kernel_node.methods import Methods

LARGEST_REQUEST = 9_000_000
MOST_CALLS = 100
IDLE_SECONDS = 60
_AMOUNT = re.compile(r'"\\u0000(\d+\.\d{8})"')


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, methods: Methods, user: str, password: str) -> None:
        self.methods, self.lock = methods, threading.Lock()
        self.credentials = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        super().__init__(("127.0.0.1", port), Handler)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # without asking a name server for our own name
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def answer(self, asked: Any) -> dict[str, Any]:
        """One call's result or error, as bitcoind words it."""
        number = asked.get("id") if isinstance(asked, dict) else None
        try:
            result = self._call(asked)
        except RpcError as error:
            failed = {"code": error.code, "message": error.message}
            return {"result": None, "error": failed, "id": number}
        return {"result": result, "error": None, "id": number}

    def _call(self, asked: Any) -> Any:
        if not isinstance(asked, dict) or not isinstance(asked.get("method"), str):
            raise RpcError(INVALID_REQUEST, "Invalid request")
        method = self.methods.find(asked["method"])
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
    server: Server

    def do_POST(self) -> None:
        given = self.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), self.server.credentials.encode()):
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

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a line a call would be noise."""


def _written(answer: Any) -> bytes:
    """JSON with amounts digit by digit: json itself knows only floats."""
    text = json.dumps(answer, default=lambda amount: f"\0{amount:.8f}")
    return _AMOUNT.sub(r"\1", text).encode()
