"""What an amount would earn: by the same sum as the accrual, day by day and rounded down."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from exchange.core.money import ZERO, from_units
from launchpad.earn.bases import YEARLY
from launchpad.earn.models import Product, Terms, Tier

MOST_DAYS = 1500


class Projection(NamedTuple):
    """What is paid in so many days, if nothing changes. `blended_ppm` is the rate of the whole."""

    amount: Decimal
    days: int
    a_day: Decimal
    total: Decimal
    blended_ppm: int


def project(
    *, product: Product, terms: Terms, amount: Decimal, days: int, compound: bool = False
) -> Projection:
    """By the published rate. For a product that pays what arrives there is none: zeros."""
    days = max(0, min(days, MOST_DAYS))
    tiers = list(terms.tiers.all())
    precision = product.asset.precision
    a_day = daily(tiers, amount, precision)
    if compound and not product.pays_at_end:
        holds = amount
        for _ in range(days):
            holds += daily(tiers, holds, precision)
        total = holds - amount
    else:
        total = a_day * days
    blended = int(yearly(tiers, amount) / amount) if amount > 0 else 0
    return Projection(amount, days, a_day, total, blended)


def daily(tiers: Sequence[Tier], amount: Decimal, precision: int) -> Decimal:
    """One day's interest in whole units, rounded down."""
    units = int(yearly(tiers, amount).scaleb(precision) // YEARLY)
    return from_units(units, precision)


def yearly(tiers: Sequence[Tier], amount: Decimal) -> Decimal:
    """Amount times rate, in millionths a year, each part by its tier."""
    total = ZERO
    for number, tier in enumerate(tiers):
        upper = tiers[number + 1].above if number + 1 < len(tiers) else amount
        total += max(ZERO, min(amount, upper) - tier.above) * tier.rate_ppm
    return total
