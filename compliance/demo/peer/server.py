"""The peer's mind and its endpoint."""

from __future__ import annotations

import json
import ssl
import threading
import time
import uuid
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.demo.peer import folder as files
from compliance.travel_rule import wire
from compliance.travel_rule.ivms101 import parts
from compliance.travel_rule.ivms101.validate import validate

SECONDS = 10
MOST_SEEN = 10_000


class Peer:
    """A provider with customers. What it decides is in its files, and in the message itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: deque[str] = deque(maxlen=MOST_SEEN)
        self.lock = threading.Lock()
        self.their_key = ""

    @property
    def config(self) -> dict[str, Any]:
        return files.read(self.folder / "config.json")

    @property
    def key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.config["private_key"]))

    # What it is asked

    def authentic(self, headers: Any, path: str, body: bytes) -> wire.Signed:
        """Raises BadRequest."""
        signed = wire.read(headers)
        if not self.their_key:
            self.their_key = self._ask_key()
        wire.check(
            signed,
            public_key=self.their_key,
            method="POST",
            path=path,
            body=body,
            to=self.config["lei"],
            now=int(time.time()),
        )
        with self.lock:
            if signed.nonce in self.seen:
                raise wire.BadRequest("this request was taken already")
            self.seen.append(signed.nonce)
        return signed

    def answer(self, what: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        verbs = {
            "transfers": self.transfer,
            "enquiries": self.enquiry,
            "addresses": self.address,
            "answers": lambda _body: {"outcome": "taken"},
            "confirmations": lambda _body: {"outcome": "taken"},
        }
        if what not in verbs:
            return 404, {"error": "there is no such path"}
        said = verbs[what](body)
        line = json.dumps({"what": what, "asked": body, "answered": said}, sort_keys=True)
        with self.lock, (self.folder / "inbox.jsonl").open("a", encoding="utf8") as file:
            file.write(line + "\n")
        return 200, said

    def transfer(self, body: dict[str, Any]) -> dict[str, Any]:
        known = self.customer(body.get("address"))
        uid = str(body.get("id", ""))
        if known is None:
            return {"id": uid, "outcome": "refused", "says": "no customer of ours"}
        faults = [fault._asdict() for fault in validate(body.get("ivms101")).faults]
        if not faults:
            message = parts.read(body["ivms101"])
            if not parts.same_name(message.beneficiary.name, known["name"]):
                faults = [
                    {
                        "field": "beneficiary.beneficiaryPerson[0]",
                        "constraint": "name",
                        "message": "The name is not the one of the account there.",
                    }
                ]
        if faults:
            return {"id": uid, "outcome": "repair", "faults": faults}
        if known.get("slow"):
            files.post(self.folder, "answers", {"id": uid, "outcome": "accepted"})
            return {"id": uid, "outcome": "pending"}
        return {"id": uid, "outcome": "accepted"}

    def enquiry(self, body: dict[str, Any]) -> dict[str, Any]:
        payment = files.read(self.folder / "payments.json").get(str(body.get("txid", "")))
        if payment is None:
            return {"outcome": "unknown"}
        files.post(self.folder, "transfers", {"id": str(uuid.uuid4()), "revision": 1, **payment})
        return {"outcome": "pending"}

    def address(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"outcome": "unknown" if self.customer(body.get("address")) is None else "ours"}

    def customer(self, address: object) -> dict[str, Any] | None:
        customers = files.read(self.folder / "customers.json")
        wanted = str(address)
        found = customers.get(wanted) or customers.get(wanted.lower())
        return found if isinstance(found, dict) else None

    # What it says by itself

    def send_letters(self) -> int:
        """Send what lies in the outbox. What does not arrive stays there for the next time."""
        sent = 0
        for path in sorted((self.folder / "outbox").glob("[!.]*.json")):
            letter = files.read(path)
            try:
                status, answer = self.ask(letter["what"], letter["body"])
            except (httpx.HTTPError, OSError, KeyError):
                continue
            files.write(
                self.folder / "sent" / path.name, {**letter, "status": status, "answer": answer}
            )
            path.unlink(missing_ok=True)
            sent += 1
        return sent

    def ask(self, what: str, body: dict[str, Any]) -> tuple[int, Any]:
        base = self.config["holdfast"]["url"].rstrip("/")
        url = f"{base}{wire.BASE}/{what}"
        raw = json.dumps(body, sort_keys=True).encode()
        headers = self.signed(what, raw)
        with httpx.Client(timeout=SECONDS, trust_env=False) as http:
            answer = http.post(url, content=raw, headers=headers)
        return answer.status_code, answer.json()

    def signed(self, what: str, raw: bytes) -> dict[str, str]:
        """The headers of a request to the other side."""
        base = urlsplit(self.config["holdfast"]["url"]).path.rstrip("/")
        return wire.sign(
            key=self.key,
            method="POST",
            path=f"{base}{wire.BASE}/{what}",
            body=raw,
            sender=self.config["lei"],
            to=self.config["holdfast"]["lei"],
            at=int(time.time()),
        )

    def _ask_key(self) -> str:
        """The other side's key: written down, or asked for once."""
        told = str(self.config["holdfast"].get("public_key", ""))
        if told:
            return told
        base = self.config["holdfast"]["url"].rstrip("/")
        with httpx.Client(timeout=SECONDS, trust_env=False) as http:
            return str(http.get(f"{base}{wire.BASE}").json()["public_key"])


class PeerServer(ThreadingHTTPServer):
    daemon_threads = True
    peer: Peer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that breaks off is no news."""


class Handler(BaseHTTPRequestHandler):
    """One signed request, one signed answer."""

    server: PeerServer
    timeout = 20

    def do_GET(self) -> None:
        config = self.server.peer.config
        shown = {name: config[name] for name in ("name", "lei", "jurisdiction", "public_key")}
        self.say(200, shown)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > wire.MOST_BYTES:
            self.say(413, {"error": "the message is too long"})
            return
        raw = self.rfile.read(int(length))
        try:
            signed = self.server.peer.authentic(self.headers, self.path, raw)
            body = wire.parse(raw)
        except (wire.BadRequest, ValueError, httpx.HTTPError, KeyError) as bad:
            self.say(401, {"error": str(bad)})
            return
        status, answer = self.server.peer.answer(self.path.rpartition("/")[2], body)
        self.say(status, answer, nonce=signed.nonce)

    def say(self, status: int, value: dict[str, Any], *, nonce: str = "") -> None:
        body = json.dumps(value, sort_keys=True).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if nonce:
            signature = wire.sign_answer(
                key=self.server.peer.key, nonce=nonce, status=status, body=body
            )
            self.send_header(wire.SIGNATURE, signature)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: its inbox says what it was asked."""


def serve(peer: Peer, port: int) -> PeerServer:
    """A server bound to this machine, with the folder's certificate."""
    server = PeerServer(("127.0.0.1", port), Handler)
    server.peer = peer
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(peer.folder / "cert.pem", peer.folder / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server
