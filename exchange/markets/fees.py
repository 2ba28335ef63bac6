"""What a customer's trading fees are less than their market's.

Whoever grants a discount writes it down as a `FeeStanding`, one row a source; trading reads the
rows in the very query that reads the markets, and keeps the rates in the order. Discounts multiply:
after 20 % and 25 % off, 60 % of the market's rate is left. Rates are rounded up to a millionth,
and are never dearer than the market's. A sub-account has what its main account has.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, models
from django.db.models.expressions import RawSQL

from exchange.core import clock, copy
from exchange.core.errors import Invalid
from exchange.markets.models import FeeStanding

PPM = 1_000_000

# Read once a statement, whatever the number of markets: it names no row of theirs.
_GRANTED = """
(SELECT jsonb_agg(jsonb_build_array(c.id, f.maker_discount_ppm, f.taker_discount_ppm))
   FROM exchange_customer c
   JOIN exchange_feestanding f ON f.customer_id = coalesce(c.parent_id, c.id)
  WHERE c.id = ANY(%s::bigint[]) AND f.since <= %s AND (f.until IS NULL OR f.until > %s))
"""


class Left(NamedTuple):
    """What is left of a market's rates: `maker` and `taker` of `of`."""

    maker: int = 1
    taker: int = 1
    of: int = 1

    def rates(self, maker_ppm: int, taker_ppm: int) -> tuple[int, int]:
        """A market's rates for this customer, in millionths, rounded up."""
        return -(-maker_ppm * self.maker // self.of), -(-taker_ppm * self.taker // self.of)


def granted(customer_ids: Collection[int]) -> RawSQL:
    """A column for a query of markets: the discounts of these customers, for `lefts`."""
    now = clock.now()
    return RawSQL(  # noqa: S611  the text is above, the values are parameters
        _GRANTED,
        [copy.array(customer_ids), now, now],
        output_field=models.JSONField(),
    )


def lefts(rows: Iterable[Sequence[int]] | None) -> dict[int, Left]:
    """What `granted` read, by customer; whoever has no discount is not in it."""
    found: dict[int, Left] = {}
    for customer_id, maker, taker in rows or ():
        before = found.get(customer_id, Left())
        found[customer_id] = Left(
            before.maker * (PPM - maker), before.taker * (PPM - taker), before.of * PPM
        )
    return found


def left_of(customer_id: int) -> Left:
    """What is left of every rate for one customer. One indexed query."""
    with connection.cursor() as cursor:
        now = clock.now()
        cursor.execute(f"SELECT {_GRANTED}", [copy.array([customer_id]), now, now])  # noqa: S608
        (rows,) = cursor.fetchone()
    return lefts(json.loads(rows) if rows else None).get(customer_id, Left())


def rates_of(customer_id: int, maker_rate: Decimal, taker_rate: Decimal) -> tuple[Decimal, Decimal]:
    """A market's rates as this customer pays them, maker first."""
    return as_rates(left_of(customer_id), maker_rate, taker_rate)


def as_rates(left: Left, maker_rate: Decimal, taker_rate: Decimal) -> tuple[Decimal, Decimal]:
    """The same, of what was read already."""
    maker, taker = left.rates(int(maker_rate * PPM), int(taker_rate * PPM))
    return Decimal(maker).scaleb(-6), Decimal(taker).scaleb(-6)


def level_of(customer_id: int) -> str:
    """The level that integrators are told: LV1 for whoever has none."""
    now = clock.now()
    return (
        FeeStanding.objects.filter(
            models.Q(until=None) | models.Q(until__gt=now),
            customer__in=_accounts(customer_id),
            since__lte=now,
        )
        .exclude(level="")
        .order_by("-level")
        .values_list("level", flat=True)
        .first()
        or "LV1"
    )


def grant(
    *,
    customer_id: int,
    source: str,
    maker_discount_ppm: int,
    taker_discount_ppm: int,
    level: str = "",
    until: datetime | None = None,
) -> FeeStanding:
    """Write down one source's discount for a main account; it replaces that source's before.

    For the rooms above, which record why. Orders that stand keep their rates. Raises Invalid.
    """
    for field, ppm in (("maker", maker_discount_ppm), ("taker", taker_discount_ppm)):
        if not 0 <= ppm <= PPM:
            raise Invalid("A discount lies between nothing and all.", field=field, limit=PPM)
    values: Mapping[str, object] = {
        "maker_discount_ppm": maker_discount_ppm,
        "taker_discount_ppm": taker_discount_ppm,
        "level": level,
        "since": clock.now(),
        "until": until,
    }
    standing, _ = FeeStanding.objects.update_or_create(
        customer_id=customer_id, source=source, defaults=dict(values)
    )
    return standing


def withdraw(*, customer_id: int, source: str) -> bool:
    """Take one source's discount away: orders placed from now on pay without it."""
    deleted, _ = FeeStanding.objects.filter(customer_id=customer_id, source=source).delete()
    return bool(deleted)


def _accounts(customer_id: int) -> RawSQL:
    return RawSQL(  # noqa: S611
        "SELECT coalesce(parent_id, id) FROM exchange_customer WHERE id = %s", [customer_id]
    )
