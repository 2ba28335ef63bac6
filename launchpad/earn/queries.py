"""What products pay and what customers have in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from exchange.core import clock
from exchange.core.errors import NotFound
from exchange.core.money import ZERO
from launchpad.earn.models import (
    Accrual,
    Arrival,
    EarnRequest,
    Position,
    PositionChange,
    Product,
    Terms,
)
from launchpad.earn.terms import offered, offered_by
from launchpad.programmes.models import Payout, PayoutLine

LISTED = 100

# Amounts on their way out count no more, from the moment they were asked for. Weighted by time to
# the microsecond: an amount that came within the span counts for the part of it that was left.
_STAKED = """
SELECT customer_id, weight, trunc(amount, 18) AS amount FROM (
    SELECT c.customer_id, p.vote_weight AS weight,
           sum(c.amount * CASE WHEN c.at <= %s THEN 1 ELSE
               extract(epoch FROM %s - c.at) / extract(epoch FROM %s - %s::timestamptz)
               END) AS amount
      FROM launchpad_product p
      JOIN launchpad_positionchange c ON c.product_id = p.id AND c.at <= %s
      JOIN launchpad_position o ON o.id = c.position_id AND o.parent_id IS NULL
     WHERE p.asset_id = %s AND p.vote_weight > 0
     GROUP BY c.customer_id, p.vote_weight
) s WHERE amount > 0
"""


class Staked(NamedTuple):
    """What a customer had in products of one weight. Weight in hundredths: 100 counts once."""

    customer_id: int
    weight: int
    amount: Decimal


def staked_query(
    *, asset_id: int, at: datetime, since: datetime | None = None
) -> tuple[str, Sequence[Any]]:
    """SQL that gives (customer_id, weight, amount) as `staked` does, for those who insert it."""
    start = since or at
    return _STAKED, [start, at, at, start, at, asset_id]


def staked(*, asset_id: int, at: datetime, since: datetime | None = None) -> list[Staked]:
    """Who had how much at a moment in products that count for votes; with `since` the average from
    then until `at`, weighted by time. One row a customer and weight.

    Computed from the changes of positions, which are never changed: the answer for a past moment
    is always the same. Sub-accounts under their own ids.
    """
    query, params = staked_query(asset_id=asset_id, at=at, since=since)
    with connection.cursor() as cursor:
        cursor.execute(query + " ORDER BY 1, 2", params)
        return [Staked(*row) for row in cursor.fetchall()]


class Offer(NamedTuple):
    """A product as customers see it, with the terms for who puts something in now."""

    product: Product
    terms: Terms

    @property
    def lowest_ppm(self) -> int:
        return min((tier.rate_ppm for tier in self.terms.tiers.all()), default=0)

    @property
    def highest_ppm(self) -> int:
        return max((tier.rate_ppm for tier in self.terms.tiers.all()), default=0)

    @property
    def left(self) -> Decimal:
        """What the product still has room for."""
        return max(self.terms.cap_total - self.product.taken, ZERO)

    @property
    def is_open(self) -> bool:
        return self.product.state == Product.State.OPEN


class Held(NamedTuple):
    """A position with its interest so far. `pending` was accrued and is not paid."""

    position: Position
    accrued: Decimal
    paid: Decimal

    @property
    def pending(self) -> Decimal:
        return max(self.accrued - self.paid - self.position.forfeited, ZERO)


class Event(NamedTuple):
    """A line of a position's history."""

    at: datetime
    kind: str
    amount: Decimal


def offers() -> list[Offer]:
    """Every product that customers may look at, in the order of the page."""
    rows = list(
        Product.objects.filter(state__in=("open", "paused"))
        .select_related("asset")
        .order_by("order", "id")[:LISTED]
    )
    terms = offered_by(rows)
    return [Offer(product, terms[product.pk]) for product in rows]


def offer(slug: str) -> Offer:
    """Raises NotFound for what customers may not look at."""
    product = (
        Product.objects.exclude(state=Product.State.DRAFT)
        .select_related("asset")
        .filter(slug=slug)
        .first()
    )
    if product is None:
        raise NotFound(f"There is no product {slug}.", field="product")
    return Offer(product, offered(product))


def positions(*, customer_id: int, with_closed: bool = False) -> list[Held]:
    """A customer's positions, what is on its way out last. Three indexed queries."""
    rows = Position.objects.filter(customer_id=customer_id).select_related("product__asset")
    if not with_closed:
        rows = rows.exclude(state=Position.State.CLOSED)
    found = list(rows.order_by(F("parent_id").asc(nulls_first=True), "free_at", "-id")[:LISTED])
    return _with_interest(customer_id, found)


def position(*, customer_id: int, position_id: int) -> Held:
    """One of a customer's own. Raises NotFound."""
    rows = Position.objects.filter(customer_id=customer_id, pk=position_id)
    found = list(rows.select_related("product__asset"))
    if not found:
        raise NotFound(_("You have no such position."), field="position")
    return _with_interest(customer_id, found)[0]


def _with_interest(customer_id: int, found: list[Position]) -> list[Held]:
    ids = [each.pk for each in found]
    accrued = dict(
        Accrual.objects.filter(position__in=ids)
        .values_list("position")
        .annotate(all=Sum("interest"))
    )
    paid: dict[int, Decimal] = {
        each.pk: _shared(customer_id, each.product_id)
        for each in found
        if each.product.earns == Product.Earns.POINTS
    }
    for of, amount in _paid_lines(customer_id, ids):
        number = int(of.partition(":")[2])
        paid[number] = paid.get(number, ZERO) + amount
    return [
        Held(each, max(accrued.get(each.pk, ZERO), got), got)
        for each in found
        for got in (paid.get(each.pk, ZERO),)
    ]


_PAID = """
SELECT l.of, sum(l.amount) FROM launchpad_payoutline l
  JOIN launchpad_payout p ON p.id = l.payout_id AND l.number <= p.paid_lines
 WHERE l.customer_id = %s AND l.of = ANY(%s) GROUP BY 1
"""


def _paid_lines(customer_id: int, ids: list[int]) -> list[tuple[str, Decimal]]:
    names = [f"{word}:{pk}" for pk in ids for word in ("position", "compound")]
    with connection.cursor() as cursor:
        cursor.execute(_PAID, [customer_id, names])
        return list(cursor.fetchall())


def _shared(customer_id: int, product_id: int) -> Decimal:
    """What a market maker got of a product's daily budgets."""
    lines = PayoutLine.objects.filter(
        customer_id=customer_id,
        of__startswith=f"points:{product_id}:",
        number__lte=F("payout__paid_lines"),
    )
    return lines.aggregate(all=Sum("amount"))["all"] or ZERO


def history(*, customer_id: int, position_id: int, limit: int = LISTED) -> list[Event]:
    """What happened to a position, the newest first: changes and interest that was paid."""
    changes = PositionChange.objects.filter(position=position_id, customer_id=customer_id)
    events = [
        Event(each.at, each.kind, each.amount)
        for each in changes.exclude(kind="compound").order_by("-at", "-id")[:limit]
    ]
    product_id = Position.objects.values_list("product_id", flat=True).get(pk=position_id)
    lines = PayoutLine.objects.filter(
        Q(of__in=[f"position:{position_id}", f"compound:{position_id}"])
        | Q(of__startswith=f"points:{product_id}:"),
        customer_id=customer_id,
    ).order_by("-payout_id")[:limit]
    kept = Payout.objects.in_bulk({line.payout_id for line in lines})
    for line in lines:
        payout = kept[line.payout_id]
        if line.number <= payout.paid_lines:
            at = payout.finished_at or payout.started_at or clock.now()
            events.append(Event(at, line.of.partition(":")[0], line.amount))
    return sorted(events, reverse=True)[:limit]


def terms_of_each(positions: Sequence[Position]) -> dict[int, Terms]:
    """The terms that positions earn by today, by position: those agreed to where a rate was
    promised. At most four queries."""
    agreed = [each for each in positions if each.product.pays_at_end]
    others = {each.product_id: each.product for each in positions if not each.product.pays_at_end}
    versions = Terms.objects.filter(
        product__in={each.product_id for each in agreed},
        version__in={each.terms_version for each in agreed},
    )
    promised = {
        (each.product_id, each.version): each for each in versions.prefetch_related("tiers")
    }
    newest = offered_by(others.values())
    return {
        each.pk: promised[each.product_id, each.terms_version]
        if each.product.pays_at_end
        else newest[each.product_id]
        for each in positions
    }


def requests(*, customer_id: int, limit: int = LISTED) -> list[EarnRequest]:
    """What a customer asked for, the newest first."""
    rows = EarnRequest.objects.filter(customer_id=customer_id)
    return list(rows.select_related("position__product__asset").order_by("-id")[:limit])


def arrivals_of(product: Product, *, limit: int = 20) -> list[Arrival]:
    """What arrived for a product lately, the newest first: published beside it."""
    return list(Arrival.objects.filter(product=product).order_by("-id")[:limit])
