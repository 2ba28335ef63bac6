"""Accrue a day of a product, and prepare what is paid for it.

Actual/365 fixed, in whole units of the asset, rounded down for each position and day; what that
leaves of the exact whole goes to the house's rounding in the same payout. One SQL statement a day,
whatever the number of positions. Days that nobody ran are caught up one by one, in order.
"""

from __future__ import annotations

import logging
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from exchange.audit.record import record
from exchange.core import clock, dispatch, locks
from exchange.core.actors import system
from exchange.core.errors import Refused
from exchange.core.money import ZERO, from_units, plain
from launchpad.earn.bases import YEARLY, bases, midnight, yearly
from launchpad.earn.models import Position, Product, ProductDay, Terms
from launchpad.earn.settle import SETTLED_BY
from launchpad.earn.terms import terms_on
from launchpad.programmes import payouts
from launchpad.programmes.models import Payout
from launchpad.programmes.payouts import Query

log = logging.getLogger(__name__)

ACCRUER = system("earn.accrue")
DAY = timedelta(days=1)

_ACCRUE = """
WITH {bases}, stacked AS (
    SELECT id, base, {below} AS below FROM based WHERE base > 0
), earned AS MATERIALIZED (
    SELECT id, base, {yearly} AS y FROM stacked
), written AS (
    INSERT INTO launchpad_accrual (product_id, day, position_id, base, interest)
    SELECT %s, %s, id, base, div(y * %s, %s) * %s
      FROM earned WHERE div(y * %s, %s) > 0 ORDER BY id
)
SELECT count(*), coalesce(sum(base), 0), coalesce(sum(div(y * %s, %s)), 0),
       coalesce(div(sum(y) * %s, %s), 0)
  FROM earned
"""
# Interest of the day to those who are paid daily, and to their savings where they asked for it.
_DAILY = """
SELECT p.customer_id, a.interest,
       CASE WHEN p.compound THEN 'compound:' ELSE 'position:' END || p.id,
       CASE WHEN p.compound THEN 'earn' ELSE 'spot' END
  FROM launchpad_accrual a JOIN launchpad_position p ON p.id = a.position_id
 WHERE a.product_id = %s AND a.day = %s
"""
# All of it at once to those whose time is over with this day.
_AT_END = """
SELECT p.customer_id, sum(a.interest), 'position:' || p.id, 'spot'
  FROM launchpad_position p JOIN launchpad_accrual a ON a.position_id = p.id AND a.day <= %s
 WHERE p.product_id = %s AND p.unlocks_at = %s AND p.parent_id IS NULL
 GROUP BY p.id
"""
# Market makers share the day's budget by their points.
_SHARES = """
SELECT customer_id, div(%s * points, sum(points) OVER ()) * %s AS amount,
       'points:' || product_id || ':' || day, 'spot'
  FROM launchpad_depthpoints WHERE product_id = %s AND day = %s AND points > 0
"""


class Earned(NamedTuple):
    """A day's figures."""

    positions: int
    base: Decimal
    accrued: Decimal
    remainder: Decimal


def accrue_due(*, product_id: int, most: int = 400) -> int:
    """Accrue every day that is over and was not accrued, in order. Returns how many days."""
    for done in range(most):
        if not accrue_next(product_id=product_id):
            return done
    return most


def accrue_next(*, product_id: int) -> bool:
    """Accrue the next day that is over, if there is one. Safe to run twice and alongside itself."""
    today = clock.now().date()
    with transaction.atomic():
        # Whoever put something in or took it out before midnight has committed when this is held.
        locks.hold(locks.Lock.EARN_PRODUCT, product_id)
    with transaction.atomic():
        locks.hold(locks.Lock.EARN_DAY, product_id)
        product = Product.objects.select_related("asset", "programme").get(pk=product_id)
        day = product.accrued_through + DAY if product.accrued_through else product.first_day
        if day >= today or product.state == Product.State.DRAFT:
            return False
        _accrue_day(product, day)
    dispatch.send("programmes.sweep", queue="payouts")
    return True


def accrue_all() -> int:
    """Accrue whatever is due of every product. Returns how many days."""
    due = Product.objects.exclude(state=Product.State.DRAFT).filter(
        first_day__lt=clock.now().date()
    )
    days = 0
    for product_id in due.values_list("pk", flat=True):
        try:
            days += accrue_due(product_id=product_id)
        except Refused:  # of a programme that was closed under it: the others are not to wait
            log.exception("product %s can't be accrued", product_id)
    return days


def _accrue_day(product: Product, day: date) -> None:
    terms = terms_on(product, day)
    if product.earns == Product.Earns.RATE:
        earned = _at_a_rate(product, terms, day)
    elif product.earns == Product.Earns.POINTS:
        earned = _by_points(product, terms, day)
    else:
        earned = Earned(0, ZERO, ZERO, ZERO)  # shared out when it arrives
    payout = _prepare(product, day, terms, earned) if earned.positions else None
    ProductDay.objects.create(
        product=product,
        day=day,
        terms=terms,
        positions=earned.positions,
        base=earned.base,
        accrued=earned.accrued,
        remainder=earned.remainder,
        payout=payout,
        ran_at=clock.now(),
    )
    product.accrued_through = day
    product.save(update_fields=["accrued_through"])
    if earned.positions:
        record(
            actor=ACCRUER,
            verb="earn.accrue",
            target=product,
            after={
                "day": day.isoformat(),
                "positions": earned.positions,
                "accrued": plain(earned.accrued),
                "remainder": plain(earned.remainder),
            },
        )


def _at_a_rate(product: Product, terms: Terms, day: date) -> Earned:
    """Who was promised a rate for a time keeps the one they agreed to; others have the day's."""
    if not product.pays_at_end:
        return _accrue_by(product, terms, day, version=None)
    agreed = Position.objects.filter(product=product, unlocks_at__gt=midnight(day))
    versions = sorted(set(agreed.values_list("terms_version", flat=True)))
    parts = [
        _accrue_by(product, each, day, version=each.version)
        for each in Terms.objects.filter(product=product, version__in=versions)
    ]
    return Earned(
        sum(part.positions for part in parts),
        sum((part.base for part in parts), ZERO),
        sum((part.accrued for part in parts), ZERO),
        sum((part.remainder for part in parts), ZERO),
    )


def _accrue_by(product: Product, terms: Terms, day: date, *, version: int | None) -> Earned:
    tiers = list(terms.tiers.order_by("above"))
    common, common_params = bases(product, day, version=version)
    rate, rate_params = yearly(tiers)
    below = (
        "0" if len(tiers) == 1 else "sum(base) OVER (PARTITION BY customer_id ORDER BY id) - base"
    )
    scale, unit = 10**product.asset.precision, from_units(1, product.asset.precision)
    with connection.cursor() as cursor:
        cursor.execute(
            _ACCRUE.format(bases=common, below=below, yearly=rate),
            [
                *common_params,
                *rate_params,
                product.pk, day, scale, YEARLY, unit, scale, YEARLY,
                scale, YEARLY, scale, YEARLY,
            ],
        )  # fmt: skip
        positions, base, units, whole = cursor.fetchone()
    return Earned(positions, base, units * unit, (whole - units) * unit)


def _by_points(product: Product, terms: Terms, day: date) -> Earned:
    scale, unit = 10**product.asset.precision, from_units(1, product.asset.precision)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), coalesce(sum(amount), 0) FROM ({_SHARES}) s",  # noqa: S608
            [terms.daily_budget * scale, unit, product.pk, day],
        )
        makers, given = cursor.fetchone()
    if not makers:
        return Earned(0, ZERO, ZERO, ZERO)
    return Earned(makers, ZERO, given, terms.daily_budget - given)


def _prepare(product: Product, day: date, terms: Terms, earned: Earned) -> Payout | None:
    if product.earns == Product.Earns.POINTS:
        scale, unit = 10**product.asset.precision, from_units(1, product.asset.precision)
        params = [terms.daily_budget * scale, unit, product.pk, day]
        lines = Query(f"SELECT * FROM ({_SHARES}) s WHERE amount > 0", params)  # noqa: S608
    elif product.pays_at_end:
        lines = Query(_AT_END, [day, product.pk, midnight(day + DAY)])
    else:
        lines = Query(_DAILY, [product.pk, day])
    return payouts.prepare(
        programme_id=product.programme_id,
        key=f"{product.slug} {day.isoformat()}",
        lines=lines,
        remainder=earned.remainder,
        settled_by="" if product.pays_at_end else SETTLED_BY,
        actor=ACCRUER,
    )
