"""Kill switches: what operators can close for everybody (`audit.switches.throw_switch`).

A verb reads its switches inside its own transaction (`refuse_if_closed`), so that nothing that
starts after a switch was closed gets through. A cache would be a hole.
"""

from __future__ import annotations

from exchange.core.errors import SwitchedOff
from exchange.core.models import Switch

TRADING = "trading"
WITHDRAWALS = "withdrawals"
DEPOSITS = "deposits"
SIGN_UP = "sign_up"
API = "api"
KNOWN = {TRADING, WITHDRAWALS, DEPOSITS, SIGN_UP, API}


def closed(*names: str) -> list[Switch]:
    """Those of the named switches that are closed now."""
    return list(Switch.objects.filter(name__in=names, closed=True))


def refuse_if_closed(*names: str) -> None:
    """Raise SwitchedOff when any of the named switches is closed."""
    for switch in closed(*names):
        raise SwitchedOff(switch.reason or SwitchedOff.message, field=switch.name)
