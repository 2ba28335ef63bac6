"""The exchange about itself: its time, its health, and that it has no contracts."""

from __future__ import annotations

from typing import Any

from exchange.api.endpoints import Call, Room
from exchange.core import clock, switches

room = Room("System")

WORKING, HEALTHY = 1, 2


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


urlpatterns = room.urlpatterns()
