"""Leave out of a sale whoever may not take part in it any more when it closes.

Between committing and the close somebody may have been restricted, lost their verification, moved,
or joined the staff. What would refuse them today leaves them out: it is decided once, in the
transaction that closes the sale and before its list is published, and written down in the place. So
the draw reads marks, and can be run again by anybody, whatever becomes of people afterwards.
Everything is given back into their own account, where a freeze holds it as it holds all they have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import cache

from django.db import connection

from compliance.identity import queries as identity
from compliance.identity.words import Product
from exchange.accounts import standing
from exchange.accounts.models import Customer, Restriction
from exchange.audit.record import record
from exchange.core.money import ZERO
from launchpad.sales import moves, tiers
from launchpad.sales.models import Sale, Subscription
from launchpad.sales.states import LeftOut

AT_ONCE = 5_000
# Whoever restricts a customer locks their row first: either it was before this, and is seen, or it
# is after the close. In one order, so that two closing sales take turns.
_HOLD = """
SELECT 1 FROM exchange_customer WHERE id IN (
       SELECT customer_id FROM launchpad_subscription WHERE sale_id = %s AND committed > 0)
 ORDER BY id FOR SHARE
"""
_MARK = """
UPDATE launchpad_subscription
   SET left_out = %(why)s, lots = 0, allocated = 0, spent = 0, refunded = committed
 WHERE sale_id = %(sale)s AND id = ANY(%(ids)s) AND left_out = ''
RETURNING committed
"""


def leave_out(sale: Sale) -> tuple[int, Decimal]:
    """Mark them. Returns how many they are, and what they had committed together.

    Called under the sale's lock while it closes. Some five queries for 5,000 places.
    """
    number, amount = 0, ZERO
    by_reason: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [sale.pk])
        for why, ids in _found(sale):
            cursor.execute(_MARK, {"why": why, "sale": sale.pk, "ids": ids})
            given_back = [row[0] for row in cursor.fetchall()]
            number += len(given_back)
            amount += sum(given_back, ZERO)
            by_reason[why] = by_reason.get(why, 0) + len(given_back)
    if number:
        record(
            actor=moves.TASKS,
            verb="sales.leave_out",
            target=sale,
            after={"places": number, "amount": amount, **by_reason},
        )
    return number, amount


def _found(sale: Sale) -> Iterator[tuple[str, list[int]]]:
    """Reasons, and the places they hold for."""
    answers = _by_standing(sale)
    places = Subscription.objects.filter(sale=sale, committed__gt=0)
    above = 0
    while rows := list(
        places.filter(pk__gt=above).order_by("pk").values_list("pk", "customer_id")[:AT_ONCE]
    ):
        above = rows[-1][0]
        reasons = _reasons(sale, [customer for _place, customer in rows], answers)
        grouped: dict[str, list[int]] = {}
        for place, customer in rows:
            if customer in reasons:
                grouped.setdefault(reasons[customer], []).append(place)
        yield from grouped.items()


def _reasons(
    sale: Sale, customer_ids: Sequence[int], answers: Callable[[identity.Standing], str]
) -> dict[int, str]:
    """Why each of them is left out; who is not, is not in it."""
    found: dict[int, str] = {}
    for customer_id, standing_now in identity.standings_of(customer_ids).items():
        if why := answers(standing_now._replace(owner_id=0)):
            found[customer_id] = why
    people = Customer.objects.filter(pk__in=customer_ids)
    for pk in people.filter(user__is_staff=True).values_list("pk", flat=True):
        found[pk] = LeftOut.INSIDER
    if sale.project_id in customer_ids:
        found[sale.project_id] = LeftOut.INSIDER
    for pk in people.exclude(parent=None).values_list("pk", flat=True):
        found[pk] = LeftOut.SUB_ACCOUNT
    for each in standing.standings(
        customer_ids=customer_ids, kind=Restriction.Kind.TRADING
    ).values():
        if each.restricted is not None:
            found[each.customer_id] = LeftOut.RESTRICTED
    return found


def _by_standing(sale: Sale) -> Callable[[identity.Standing], str]:
    """What the rules of their country and of the sale make of people: the same for many, so each
    kind is asked for once."""

    @cache
    def answer(of: identity.Standing) -> str:
        allowed = identity.may_standing(of, Product.SALES)
        if not allowed:
            return LeftOut.IDENTITY if allowed.code == "tier" else LeftOut.COUNTRY
        if of.tier < sale.kyc_tier:
            return LeftOut.IDENTITY
        return LeftOut.COUNTRY if of.country in tiers.excluded(sale) else ""

    return answer
