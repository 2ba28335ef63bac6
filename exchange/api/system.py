"""The exchange about itself: its time, its health, and who a stream's subscriber is."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from exchange.accounts import stream_tokens
from exchange.api import signing
from exchange.api.authentication import Access, allowed
from exchange.api.endpoints import Call, Room
from exchange.api.errors import WireError
from exchange.api.parameters import Many, Text
from exchange.core import clock, switches
from exchange.core.errors import Invalid

room = Room("System")

WORKING, HEALTHY = 1, 2
ARGS = Many(name="args", required=True, of=Text(name="args"), most=3)
IP = Text(name="ip", default="0.0.0.0", about="The subscriber's address.")  # noqa: S104
TOKEN_WRONG = signing.SIGN_WRONG._replace(message="The token is not valid any more")


@room.get("/system/time", gives={"server_time": "integer"})
def server_time(call: Call) -> dict[str, int]:
    """Milliseconds since 1970, to set a clock by before signing."""
    return {"server_time": clock.now_ms()}


@room.get(
    "/system/service",
    gives={
        "service": [
            {"title": "string", "service_type": "string", "status": "integer",
             "start_time": "integer", "end_time": "integer"}
        ]
    },
)  # fmt: skip
def service(call: Call) -> dict[str, Any]:
    """Whether trading and accounts are open: 2 is healthy, 1 is being worked on."""
    closed = {switch.name for switch in switches.closed(*switches.KNOWN)}
    stopped = {
        "spot": {switches.TRADING, switches.API},
        "account": {switches.DEPOSITS, switches.WITHDRAWALS, switches.API},
    }
    now = clock.now_ms()
    return {
        "service": [
            {
                "title": f"{name.capitalize()} API",
                "service_type": name,
                "status": WORKING if closed & stops else HEALTHY,
                "start_time": now,
                "end_time": now,
            }
            for name, stops in stopped.items()
        ]
    }


@room.get("/contract/public/details", gives={"symbols": [{"symbol": "string"}]})
def contracts(call: Call) -> dict[str, Any]:
    """No contracts trade here; clients ask before they load the spot markets."""
    return {"symbols": []}


@room.post(
    "/system/stream-login",
    takes=[ARGS, IP],
    gives={"customer_id": "integer", "expires_ms": "integer"},
)
def stream_login(call: Call) -> dict[str, Any]:
    """Whose private stream somebody may read, by [key, timestamp, sign] or ["token", token].

    Asked by the streams process, which keeps no keys. Answers only who has shown a secret.
    """
    args = call.read(ARGS)
    if len(args) == 2 and args[0] == "token":
        return _by_token(args[1])
    key, timestamp, sign = (*args, "", "")[:3]
    found = allowed(key, access=Access.SIGNED, ip=call.read(IP))
    signing.check(
        secret=found.secret,
        memo=found.memo,
        timestamp=timestamp,
        sign=sign,
        payloads=[signing.STREAM_LOGIN],
        now_ms=clock.now_ms(),
    )
    expires = clock.to_ms(found.expires_at) if found.expires_at else None
    return {"customer_id": found.customer_id, "expires_ms": expires}


def _by_token(token: str) -> dict[str, Any]:
    try:
        customer_id = stream_tokens.customer_of(token)
    except Invalid as error:
        raise WireError(*TOKEN_WRONG) from error
    # A page's socket may last as long as its login.
    expires = clock.now_ms() + settings.SESSION_COOKIE_AGE * 1000
    return {"customer_id": customer_id, "expires_ms": expires}


urlpatterns = room.urlpatterns()
