"""Ask another provider over its signed HTTPS endpoint. Never inside a transaction.

Certificates are checked against the system's authorities, or those of TRAVEL_RULE_CA_FILE. An
answer counts only when the provider's own key signed it for this very request; it is read up to a
bound, and redirects are not followed.
"""

from __future__ import annotations

import json
import ssl
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from compliance.travel_rule import keys, wire
from compliance.travel_rule.models import Counterparty, TravelExchange, TravelMessage
from exchange.core import clock

SECONDS = httpx.Timeout(15, connect=5)


class Unreachable(Exception):
    """No answer that could be believed; the message says why, for staff."""


class Answer(NamedTuple):
    status: int
    body: dict[str, Any]


def ask(
    counterparty: Counterparty, what: str, body: dict[str, Any], *, about: TravelMessage | None
) -> Answer:
    """POST to <endpoint>/<what> and return the answer. Writes the exchange down either way.

    Raises Unreachable.
    """
    raw = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    try:
        answer = _post(counterparty, what, raw)
    except (httpx.HTTPError, OSError, wire.BadRequest, ValueError) as error:
        says = f"{type(error).__name__}: {error}"[:300]
        _write_down(counterparty, what, raw, about, status=None, outcome=says)
        Counterparty.objects.filter(pk=counterparty.pk).update(failed_at=clock.now())
        raise Unreachable(says) from error
    outcome = str(answer.body.get("outcome", answer.body.get("error", "")))[:300]
    _write_down(counterparty, what, raw, about, status=answer.status, outcome=outcome)
    Counterparty.objects.filter(pk=counterparty.pk).update(answered_at=clock.now())
    return answer


def _post(counterparty: Counterparty, what: str, raw: bytes) -> Answer:
    url = f"{counterparty.endpoint.rstrip('/')}/{what}"
    parts = urlsplit(url)
    if parts.scheme != "https" and not (settings.TRAVEL_RULE_PLAIN_HTTP and _loopback(parts)):
        raise ValueError("only HTTPS is spoken")
    headers = wire.sign(
        key=keys.in_use(),
        method="POST",
        path=parts.path,
        body=raw,
        sender=keys.ourselves().lei,
        to=counterparty.lei,
        at=int(clock.now().timestamp()),
    )
    with (
        httpx.Client(
            verify=_certificates(), timeout=SECONDS, follow_redirects=False, trust_env=False
        ) as http,
        http.stream("POST", url, content=raw, headers=headers) as response,
    ):
        read = b""
        for part in response.iter_bytes():
            read += part
            if len(read) > wire.MOST_BYTES:
                raise ValueError("the answer is too long")
        wire.check_answer(
            public_key=counterparty.public_key,
            signature=response.headers.get(wire.SIGNATURE, ""),
            nonce=headers[wire.NONCE],
            status=response.status_code,
            body=read,
        )
        return Answer(response.status_code, wire.parse(read))


def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.TRAVEL_RULE_CA_FILE or None)


def _loopback(parts: Any) -> bool:
    return parts.hostname in ("127.0.0.1", "::1", "localhost")


def _write_down(
    counterparty: Counterparty,
    what: str,
    raw: bytes,
    about: TravelMessage | None,
    *,
    status: int | None,
    outcome: str,
) -> None:
    TravelExchange.objects.create(
        message=about,
        counterparty=counterparty,
        to_us=False,
        what=what[:20],
        status=status,
        outcome=outcome,
        body_sha256=wire.digest(raw),
        at=clock.now(),
    )
