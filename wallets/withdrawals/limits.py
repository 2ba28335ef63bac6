"""How much may leave, and from where on people decide. One reviewed table.

In USDT a day (24 hours, rolling) and person. Tiers are given by identity checks; until a room above
says who has which (`tiers_come_from`), everybody is in the first.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

DAY, HOUR = timedelta(hours=24), timedelta(hours=1)


class Tier(NamedTuple):
    """What one tier may withdraw in 24 hours, in USDT."""

    name: str
    daily: Decimal


TIERS = (
    Tier("unverified", Decimal(10_000)),
    Tier("verified", Decimal(200_000)),
    Tier("advanced", Decimal(2_000_000)),
)
DEFAULT_TIER = 1

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

_tier_of: list[Callable[[int], int]] = []


def tiers_come_from(find: Callable[[int], int]) -> None:
    """Have another room say which tier (an index of TIERS) a main account is in."""
    _tier_of[:] = [find]


def tier_of(owner_id: int) -> Tier:
    """The tier of a main account."""
    return TIERS[_tier_of[0](owner_id) if _tier_of else DEFAULT_TIER]
