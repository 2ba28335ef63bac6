"""Who calls: the key, what it may do, and whether the request is really signed with its secret.

The order of the checks is BitMart's, and clients' error handling knows it: key, freeze, expiry,
address, permission, and only then the signature.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from exchange.accounts import api_keys
from exchange.accounts.actors import client_ip
from exchange.accounts.api_keys import Credentials
from exchange.api import signing, throttle
from exchange.api.errors import TOO_MANY, Said, WireError
from exchange.api.limits import FAILED_LOGINS
from exchange.core import clock
from exchange.core.actors import CUSTOMER, Actor

KEY_EMPTY = Said(30001, "Header X-BM-KEY is empty", 401)
KEY_UNKNOWN = Said(30002, "Header X-BM-KEY not found", 401)
KEY_FROZEN = Said(30003, "Header X-BM-KEY has frozen", 401)
IP_FORBIDDEN = Said(30010, "IP is forbidden", 403)
KEY_EXPIRED = Said(30011, "Header X-BM-KEY over expire time", 403)
KEY_FORBIDDEN = Said(30012, "Header X-BM-KEY is forbidden to request it", 403)

NOTE_SECONDS, MOST_NOTES = 60.0, 50_000


class Access(Enum):
    """What an endpoint asks of its caller."""

    PUBLIC = "public"
    KEYED = "keyed"  # the key alone, as BitMart does for reads by GET
    SIGNED = "signed"
    TRADE = "signed, trade permission"
    WITHDRAW = "signed, withdraw permission"

    @property
    def is_signed(self) -> bool:
        return self in (Access.SIGNED, Access.TRADE, Access.WITHDRAW)


class Caller(NamedTuple):
    """An authenticated integrator, for as long as one request."""

    customer_id: int
    key_id: int
    actor: Actor
    sent_ms: int | None  # the signed timestamp; None when nothing was signed
    is_authenticated: bool = True


class ApiKeyAuthentication(BaseAuthentication):
    """Reads the X-BM headers of a request for `view.endpoint`."""

    def authenticate(self, request: Request) -> tuple[Caller, Credentials] | None:
        access: Access = request.parser_context["view"].endpoint.access
        if access is Access.PUBLIC:
            return None
        ip = client_ip(request)
        try:
            return self._caller(request, access, ip)
        except WireError as error:
            if error.status_code != 401 or throttle.take(f"failed:{ip}", FAILED_LOGINS).allowed:
                raise
            raise WireError(*TOO_MANY) from error

    def _caller(self, request: Request, access: Access, ip: str) -> tuple[Caller, Credentials]:
        found = allowed(request.META.get("HTTP_X_BM_KEY", "").strip(), access=access, ip=ip)
        sent_ms = None
        if access.is_signed:
            sent_ms = signing.check(
                secret=found.secret,
                memo=found.memo,
                timestamp=request.META.get("HTTP_X_BM_TIMESTAMP", "").strip(),
                sign=request.META.get("HTTP_X_BM_SIGN", "").strip(),
                payloads=_payloads(request),
                now_ms=clock.now_ms(),
            )
        _note_use(found.key_id)
        actor = Actor(
            kind=CUSTOMER,
            label=found.label,
            user_id=found.user_id,
            customer_id=found.customer_id,
            ip=ip,
            request_id=getattr(request, "request_id", ""),
        )
        return Caller(found.customer_id, found.key_id, actor, sent_ms), found


def allowed(key: str, *, access: Access, ip: str) -> Credentials:
    """The credentials of a key that may do this from there. Raises WireError."""
    if not key:
        raise WireError(*KEY_EMPTY)
    found = api_keys.credentials(key) if key.isascii() and key.isprintable() else None
    if found is None:
        raise WireError(*KEY_UNKNOWN)
    if found.frozen:
        raise WireError(*KEY_FROZEN)
    if found.expires_at is not None and found.expires_at <= clock.now():
        raise WireError(*KEY_EXPIRED)
    if found.allowed_ips and not _is_listed(ip, found.allowed_ips):
        raise WireError(*IP_FORBIDDEN)
    if (access is Access.TRADE and not found.can_trade) or (
        access is Access.WITHDRAW and not found.can_withdraw
    ):
        raise WireError(*KEY_FORBIDDEN)
    return found


_used: dict[int, float] = {}  # when this process last wrote down that a key was used


def _note_use(key_id: int) -> None:
    """Keep the day of a key's last use without a write for each request."""
    now = time.monotonic()
    if now - _used.get(key_id, -NOTE_SECONDS) < NOTE_SECONDS:
        return
    if len(_used) > MOST_NOTES:
        _used.clear()
    _used[key_id] = now
    api_keys.touch(key_id=key_id)


def _payloads(request: Request) -> list[bytes]:
    """What may have been signed: the very body, or for a GET the query string or nothing."""
    if request.method == "POST":
        return [request.body]
    return [request.META.get("QUERY_STRING", "").encode("latin-1"), b""]


def _is_listed(ip: str, allowed_ips: Sequence[str]) -> bool:
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    # A socket that serves both families tells 192.0.2.1 as ::ffff:192.0.2.1.
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in ipaddress.ip_network(listed, strict=False) for listed in allowed_ips)
