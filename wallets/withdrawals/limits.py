"""How much may leave, and from where on people decide. One reviewed table.

What a person may withdraw comes from their identity: the room that knows it says so at start
(`tiers_come_from`); without one nothing leaves. In USDT, rolling, for all accounts of a person.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

DAY, HOUR, MONTH = timedelta(hours=24), timedelta(hours=1), timedelta(days=30)


class Tier(NamedTuple):
    """What one person may withdraw in 24 hours and in 30 days, in USDT."""

    name: str
    daily: Decimal
    monthly: Decimal


NOTHING = Tier("unknown", Decimal(0), Decimal(0))

# Below this a withdrawal that no gate held goes out by itself; from here on two people look.
UNATTENDED_BELOW = Decimal(10_000)
# The most that one transaction pays by itself when it carries several withdrawals.
BATCH_UP_TO = UNATTENDED_BELOW
# Velocity: beyond these a person looks.
MOST_AN_HOUR_OF_ONE = 10  # requests
HOURLY_OF_ASSET = Decimal(500_000)
HOURLY_OF_ALL = Decimal(2_000_000)
# After a change of password or second factor, and with a new device, for so long.
RISKY_FOR = DAY

_tier_of: list[Callable[[int], Tier]] = []
_raised: list[Callable[[int, Tier], Tier]] = []


def tiers_come_from(find: Callable[[int], Tier]) -> None:
    """Have another room say which tier a main account is in."""
    _tier_of[:] = [find]


def raised_by(raised: Callable[[int, Tier], Tier]) -> None:
    """Have a room above give some people more than their tier does."""
    _raised[:] = [raised]


def tier_of(owner_id: int) -> Tier:
    """The tier of a main account."""
    tier = _tier_of[0](owner_id) if _tier_of else NOTHING
    return _raised[0](owner_id, tier) if _raised else tier
