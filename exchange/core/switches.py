"""Kill switches: what operators can close for everybody (`audit.switches.throw_switch`).

A verb reads its switches inside its own transaction (`refuse_if_closed`), so that nothing that
starts after a switch was closed gets through. A cache would be a hole. Verbs that move money out
call `hold_still` first: whoever throws a switch then waits for those under way, and when it is
thrown none of them can still commit. A database that does not answer is a refusal.

Names are words ("trading"), or a family and what it is about ("withdrawals:asset:BTC"). Rooms that
know what exists register its names (`family`), because a misspelt switch would close nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.db import DatabaseError

from exchange.core import locks
from exchange.core.errors import SwitchedOff
from exchange.core.models import Switch

TRADING = "trading"
WITHDRAWALS = "withdrawals"
DEPOSITS = "deposits"
SIGN_UP = "sign_up"
API = "api"
EARN = "earn"  # no new money into any earn product
LONGEST = 64
KNOWN = {TRADING, WITHDRAWALS, DEPOSITS, SIGN_UP, API, EARN}

_families: dict[str, Callable[[], Collection[str]]] = {}
# What lets money out when it is opened: that takes two people.
_money_out = {WITHDRAWALS}


def family(prefix: str, names: Callable[[], Collection[str]], *, money_out: bool) -> None:
    """Register switches called "prefix:name". `names` is asked whenever a name is checked."""
    _families[prefix] = names
    if money_out:
        _money_out.add(prefix)


def families() -> dict[str, Collection[str]]:
    """Every registered family and the names that it knows now."""
    return {prefix: names() for prefix, names in sorted(_families.items())}


def is_known(name: str) -> bool:
    """Is there something that this switch closes? What had a row once keeps it."""
    prefix, _, about = name.rpartition(":")
    if name in KNOWN:
        return True
    if prefix not in _families or len(name) > LONGEST:
        return False
    return about in _families[prefix]() or Switch.objects.filter(name=name).exists()


def lets_money_out(name: str) -> bool:
    """Does opening this switch let money leave the exchange?"""
    return name in _money_out or name.rpartition(":")[0] in _money_out


def withdrawals(*, asset: str, network: str) -> list[str]:
    """The switches that stand before a withdrawal of an asset over a network."""
    return [WITHDRAWALS, f"withdrawals:asset:{asset}", f"withdrawals:network:{network}"]


def deposits(*, asset: str, network: str) -> list[str]:
    """The switches that stand before the credit of a deposit."""
    return [DEPOSITS, f"deposits:asset:{asset}", f"deposits:network:{network}"]


def wallet(name: str) -> str:
    """The switch that stands before everything that one wallet pays."""
    return f"wallet:{name}"


def closed(*names: str) -> list[Switch]:
    """Those of the named switches that are closed now."""
    return list(Switch.objects.filter(name__in=names, closed=True))


def refuse_if_closed(*names: str) -> None:
    """Raise SwitchedOff when any of the named switches is closed, or when nobody can say."""
    try:
        found = closed(*names)
    except DatabaseError as error:
        raise SwitchedOff(field=names[0] if names else "") from error
    for switch in found:
        raise SwitchedOff(switch.customer_message or SwitchedOff.message, field=switch.name)


def hold_still() -> None:
    """Let no switch be thrown until this transaction ends. Many may hold still at once.

    Taken before any row is locked (advisory keys come first).
    """
    locks.share(locks.Lock.SWITCHES)
