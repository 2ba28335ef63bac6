"""Logins of WebSocket connections, which the streams process asks about."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from exchange.accounts import stream_tokens
from exchange.accounts.actors import client_ip
from exchange.api import authentication, envelope, errors, signing
from exchange.api.authentication import Access
from exchange.api.endpoints import said_of_any
from exchange.api.errors import Said, WireError
from exchange.core import clock
from exchange.core.errors import Refused
from exchange.core.foreign import json_of

# A stream is asked to log in again after this long, so that a revoked key or device goes quiet.
STREAM_LASTS = timedelta(hours=1)
TOKEN_WRONG = Said(30005, "The token is wrong or has expired", 401)


@csrf_exempt
@never_cache
@require_POST
def stream_login(request: HttpRequest) -> HttpResponse:
    """{"args": [key, timestamp, sign]} or {"args": ["token", token]}, "ip" of the connection.

    Says whose stream it is and until when. It opens nothing itself, so the "ip" may be anybody's
    word: the streams process passes on the one it sees.
    """
    try:
        args, ip = _asked(request)
        if args[0] == "token":
            customer_id, until_ms = _by_token(args[1:])
        else:
            customer_id, until_ms = _by_key(args, ip)
    except (WireError, Refused) as refused:
        return envelope.error(request, said_of_any(refused))
    return envelope.ok(request, {"customer_id": customer_id, "expires_ms": until_ms})


def _asked(request: HttpRequest) -> tuple[list[str], str]:
    try:
        body: Any = json_of(request.body)
        args = [str(argument) for argument in body["args"]]
        ip = str(body.get("ip") or client_ip(request))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise WireError(*errors.NOT_JSON) from None
    if not args or len(args) > 4 or sum(map(len, args)) > 2000:
        raise WireError(*errors.BAD_REQUEST)
    return args, ip


def _by_token(rest: list[str]) -> tuple[int, int]:
    try:
        customer_id = stream_tokens.customer_of(rest[0] if rest else "")
    except Refused:
        raise WireError(*TOKEN_WRONG) from None
    return customer_id, clock.now_ms() + int(STREAM_LASTS.total_seconds() * 1000)


def _by_key(args: list[str], ip: str) -> tuple[int, int]:
    """BitMart's order of checks: the key and all about it, then time, then signature."""
    key, timestamp, sign = [*args, "", ""][:3]
    found = authentication.allowed(key, access=Access.KEYED, ip=_address(ip))
    signing.check(
        secret=found.secret,
        memo=found.memo,
        timestamp=timestamp,
        sign=sign,
        payloads=[signing.STREAM_LOGIN],
        now_ms=clock.now_ms(),
    )
    until = clock.now() + STREAM_LASTS
    if found.expires_at is not None:
        until = min(until, found.expires_at)
    return found.customer_id, clock.to_ms(until)


def _address(ip: str) -> str:
    """As key lists write it: a socket with two stacks tells 192.0.2.1 as ::ffff:192.0.2.1."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        raise WireError(*errors.BAD_REQUEST) from None
    return str(getattr(address, "ipv4_mapped", None) or address)


urlpatterns = [
    path("system/stream-login", stream_login, name="stream-login"),
]
