"""What earns on a day: the lowest amount that a position held from its first moment to its last.

    balance at 00:00, less the deepest dip of the day

Money that comes in earns from the next day on, money that leaves does not earn on that day, and
going out and in again within a day earns nothing twice. Computed backwards from the amount now by
the changes since, so a day that is accrued late comes out the same; the changes of one day are
few, whatever the number of positions.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from launchpad.earn.models import Product, Tier

DAYS_A_YEAR = 365
YEARLY = 1_000_000 * DAYS_A_YEAR  # a tier's rate is in millionths a year

_BASES = """
moved AS (
    SELECT position_id, sum(amount) AS since,
           least(0, min(running) FILTER (WHERE at < %s)) AS dip
      FROM (SELECT position_id, amount, at,
                   sum(amount) OVER (PARTITION BY position_id ORDER BY at, id) AS running
              FROM launchpad_positionchange WHERE product_id = %s AND at >= %s) c
     GROUP BY position_id
), based AS (
    SELECT p.id, p.customer_id, p.compound,
           p.amount - coalesce(m.since, 0) + coalesce(m.dip, 0) AS base
      FROM launchpad_position p LEFT JOIN moved m ON m.position_id = p.id
     WHERE p.product_id = %s AND p.earns_from <= %s AND p.parent_id IS NULL
       AND (p.state = 'open' OR p.closed_at >= %s)
       AND (NOT %s OR p.unlocks_at > %s)
       AND (%s::int IS NULL OR p.terms_version = %s)
)
"""


def midnight(day: date) -> datetime:
    """The first moment of a day, UTC."""
    return datetime.combine(day, time(), UTC)


def bases(product: Product, day: date, *, version: int | None = None) -> tuple[str, list[Any]]:
    """Common table expressions up to `based` (id, customer_id, compound, base), and parameters;
    with `version` only positions that were agreed on by those terms."""
    start, end = midnight(day), midnight(day + timedelta(days=1))
    return _BASES, [
        end,
        product.pk,
        start,
        product.pk,
        day,
        end,
        product.pays_at_end,
        start,
        version,
        version,
    ]


def yearly(tiers: list[Tier]) -> tuple[str, list[Any]]:
    """An expression for base times rate, of `base` and `below` (what the same customer's earlier
    positions hold): each part of the sum of a customer's positions earns its tier's rate."""
    if len(tiers) == 1:
        return "base * %s::numeric", [tiers[0].rate_ppm]
    terms, params = [], []
    for number, tier in enumerate(tiers):
        upper = tiers[number + 1].above if number + 1 < len(tiers) else Decimal("1e38")
        terms.append("greatest(0, least(below + base, %s) - greatest(below, %s)) * %s::numeric")
        params += [upper, tier.above, tier.rate_ppm]
    return " + ".join(terms), params
