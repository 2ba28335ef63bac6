"""Compute a product's interest again from the ledger's entries alone, and compare.

Written to share nothing with the accrual: no SQL sums, no numeric of PostgreSQL. Each change of a
position must be what its ledger entry posted to the customer's `earn` account; from the changes and
the published terms each day's interest is computed in whole units and must be what was accrued; and
the days' sums must be what their payouts' entries paid out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from exchange.core.money import ZERO, plain
from launchpad.earn.bases import midnight
from launchpad.earn.models import Accrual, Position, PositionChange, Product, ProductDay, Terms
from launchpad.earn.terms import terms_on

MOST_TOLD = 20
DAY = timedelta(days=1)
# Changes that move nothing between accounts: from a position to the one that is on its way out.
INSIDE = {"unbond"}


class Recomputed(NamedTuple):
    """What was looked at, and the first differences in words."""

    positions: int
    changes: int
    days: int
    wrong: list[str]


def recompute(*, product_id: int) -> Recomputed:
    """Reads everything of one product. Raises Product.DoesNotExist."""
    product = Product.objects.select_related("asset").get(pk=product_id)
    wrong: list[str] = []
    changes = list(_entries(product, wrong))
    days = 0
    if product.earns == Product.Earns.RATE:
        days = _days(product, wrong)
    _payouts(product, wrong)
    positions = Position.objects.filter(product=product).count()
    return Recomputed(positions, len(changes), days, wrong[:MOST_TOLD])


_POSTED = """
SELECT c.customer_id, c.reference, sum(c.amount) AS said,
       (SELECT coalesce(sum(p.available + p.held), 0)
          FROM exchange_ledgerentry e
          JOIN exchange_posting p ON p.entry_id = e.id
          JOIN exchange_ledgeraccount a ON a.id = p.account_id
         WHERE e.reference = c.reference
           AND e.kind = CASE c.kind WHEN 'compound' THEN 'payout' ELSE 'earn_' || c.kind END
           AND a.owner_kind = 'customer' AND a.owner_id = c.customer_id
           AND a.purpose = 'earn') AS posted
  FROM launchpad_positionchange c
 WHERE c.product_id = %s AND c.kind <> ALL(%s)
 GROUP BY c.customer_id, c.reference, c.kind
"""


def _entries(product: Product, wrong: list[str]) -> Iterator[str]:
    """Every change against what its entry posted."""
    with connection.cursor() as cursor:
        cursor.execute(_POSTED, [product.pk, list(INSIDE)])
        for customer_id, reference, said, posted in cursor.fetchall():
            if said != posted:
                wrong.append(
                    f"customer {customer_id}, entry {reference}: the position changed by"
                    f" {plain(said)}, the account by {plain(posted)}"
                )
            yield reference


def _days(product: Product, wrong: list[str]) -> int:
    """Every accrued day again, position by position."""
    found: dict[int, list[PositionChange]] = defaultdict(list)
    for change in PositionChange.objects.filter(product_id=product.pk).order_by("at", "id"):
        found[change.position_id].append(change)
    positions = list(Position.objects.filter(product=product, parent=None).order_by("pk"))
    done = ProductDay.objects.filter(product=product).order_by("day")
    for day in done:
        expected = _interest(product, day.day, positions, found)
        kept = dict(
            Accrual.objects.filter(product_id=product.pk, day=day.day).values_list(
                "position_id", "interest"
            )
        )
        for pk in expected.keys() | kept.keys():
            if expected.get(pk, ZERO) != kept.get(pk, ZERO):
                wrong.append(
                    f"{day.day}, position {pk}: {plain(kept.get(pk, ZERO))} accrued,"
                    f" {plain(expected.get(pk, ZERO))} computed"
                )
        if sum(kept.values(), ZERO) != day.accrued:
            wrong.append(f"{day.day}: the day says {plain(day.accrued)}, its positions another sum")
    return done.count()


def _interest(
    product: Product,
    day: date,
    positions: list[Position],
    changes: dict[int, list[PositionChange]],
) -> dict[int, Decimal]:
    below: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
    out = {}
    for position in positions:
        if position.earns_from > day or _is_over(product, position, day):
            continue
        base = lowest(changes[position.pk], day)
        terms = _terms(product, position, day)
        key = (position.customer_id, terms.pk if product.pays_at_end else 0)
        units = _units(terms, below[key], base, product.asset.precision)
        below[key] += base
        if units:
            out[position.pk] = Decimal(units).scaleb(-product.asset.precision)
    return out


def lowest(changes: list[PositionChange], day: date) -> Decimal:
    """The lowest amount that stood there from the day's first moment to its last."""
    start, end = midnight(day), midnight(day + DAY)
    holds = sum((each.amount for each in changes if each.at < start), ZERO)
    least = holds
    for each in changes:
        if start <= each.at < end:
            holds += each.amount
            least = min(least, holds)
    return max(least, ZERO)


def _is_over(product: Product, position: Position, day: date) -> bool:
    """Savings for a time earn until their end, and nothing when they were ended before."""
    if not product.pays_at_end:
        return False
    if position.unlocks_at is None:
        return midnight(day + DAY) > (position.closed_at or midnight(day))
    return position.unlocks_at <= midnight(day)


def _terms(product: Product, position: Position, day: date) -> Terms:
    if product.pays_at_end:
        return Terms.objects.get(product=product, version=position.terms_version)
    return terms_on(product, day)


def _units(terms: Terms, below: Decimal, base: Decimal, precision: int) -> int:
    """Whole units of one day, in integers: the amount is scaled until nothing is left behind it."""
    tiers = list(terms.tiers.order_by("above"))
    total = ZERO
    for number, tier in enumerate(tiers):
        upper = tiers[number + 1].above if number + 1 < len(tiers) else below + base
        total += max(ZERO, min(below + base, upper) - max(below, tier.above)) * tier.rate_ppm
    scaled, digits = total.as_integer_ratio()
    return scaled * 10**precision // (digits * 365_000_000)


_PAID = """
SELECT p.key, p.total, p.remainder, p.paid,
       coalesce(sum(s.available) FILTER (WHERE a.owner_kind = 'customer'), 0) AS received,
       coalesce(sum(s.available) FILTER (WHERE a.purpose = 'rounding'), 0) AS rounding
  FROM launchpad_payout p
  JOIN (SELECT payout_id FROM launchpad_productday WHERE product_id = %s
         UNION SELECT payout_id FROM launchpad_arrival WHERE product_id = %s) mine
    ON mine.payout_id = p.id
  JOIN exchange_ledgerentry e ON e.kind = 'payout'
   AND e.reference IN (SELECT 'payout:' || p.id || ':' || n FROM generate_series(1, p.batches) n)
  JOIN exchange_posting s ON s.entry_id = e.id
  JOIN exchange_ledgeraccount a ON a.id = s.account_id
 WHERE p.state = 'paid' GROUP BY p.id
"""


def _payouts(product: Product, wrong: list[str]) -> None:
    """What payouts say they paid against what their entries posted."""
    with connection.cursor() as cursor:
        cursor.execute(_PAID, [product.pk, product.pk])
        for key, total, remainder, paid, received, rounding in cursor.fetchall():
            if not total == paid == received or remainder != rounding:
                wrong.append(
                    f"payout {key}: {plain(total)} owed, {plain(received)} posted,"
                    f" {plain(remainder)} and {plain(rounding)} to rounding"
                )
