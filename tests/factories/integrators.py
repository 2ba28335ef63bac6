"""Programs that trade: an API key with the client that signs with it, as an integrator would."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from exchange.accounts import api_keys
from exchange.accounts.models import Customer
from tests import factories


@dataclass
class Answer:
    """An envelope, with the status and headers it came in."""

    status: int
    code: int
    message: str
    data: Any
    trace: str
    headers: dict[str, str]


@dataclass
class Integrator:
    """Signs as the documentation says, unless told to do it wrong."""

    key: str = ""
    secret: str = ""
    memo: str = ""
    ip: str = "203.0.113.5"
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def get(self, path: str, **query: Any) -> Answer:
        """A KEYED read; public addresses ignore the key."""
        headers = {"X-BM-KEY": self.key} if self.key else {}
        return self.answer(self.client.get(path, query, headers=headers, REMOTE_ADDR=self.ip))

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """A SIGNED call. `body` is an object, or the bytes to send; `headers` replace the right
        ones by name (key, timestamp, sign)."""
        payload = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return self.answer(
            self.client.post(
                path,
                payload,
                content_type="application/json",
                headers=self.signed(payload, **headers),
                REMOTE_ADDR=self.ip,
            )
        )

    def signed(self, payload: bytes, **headers: str) -> dict[str, str]:
        timestamp = headers.get("timestamp", str(int(time.time() * 1000)))
        message = f"{timestamp}#{self.memo}#".encode() + payload
        right = hmac.new(self.secret.encode(), message, hashlib.sha256).hexdigest()
        return {
            "X-BM-KEY": headers.get("key", self.key),
            "X-BM-TIMESTAMP": timestamp,
            "X-BM-SIGN": headers.get("sign", right),
        }

    @staticmethod
    def answer(response: Any) -> Answer:
        assert response["Content-Type"] == "application/json", response.content[:200]
        body = json.loads(response.content)
        assert body.keys() == {"message", "code", "trace", "data"}
        return Answer(
            response.status_code,
            body["code"],
            body["message"],
            body["data"],
            body["trace"],
            dict(response.headers),
        )


def integrator(holder: Customer | None = None, **permissions: Any) -> Integrator:
    """A customer's program, with a key that may trade unless told otherwise."""
    permissions.setdefault("can_trade", True)
    made = api_keys.create(
        customer_id=(holder or factories.customer()).pk,
        label="tests",
        actor=factories.SYSTEM,
        memo="tests-memo",
        **permissions,
    )
    return Integrator(key=made.key, secret=made.secret, memo=made.memo)
