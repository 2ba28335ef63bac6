"""A proxy before a real node that changes what it says: nodes that lie are not to be had."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx

Change = Callable[[str, Any], Any]


class Liar:
    """Passes calls on. `change` alters results; `silent` answers nothing at all."""

    def __init__(self, node: str) -> None:
        self.node = node
        self.silent = False
        self._change: Change = lambda method, result: result
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        parts = urlsplit(node)
        login = f"{parts.username}:{parts.password}@" if parts.username else ""
        self.url = f"http://{login}127.0.0.1:{self.server.server_address[1]}"

    def change(self, change: Change) -> None:
        self._change = change

    def __enter__(self) -> Liar:
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, body: bytes) -> bytes:
        asked = json.loads(body)
        said = httpx.post(self.node, json=asked, trust_env=False, timeout=10).json()
        if isinstance(said, dict) and said.get("error") is None:
            said["result"] = self._change(asked["method"], said["result"])
        return json.dumps(said).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if liar.silent:
                    time.sleep(2)
                    return
                said = liar.answer(body)
                self.send_response(200)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        return Handler
