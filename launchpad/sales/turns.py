"""Raise a commitment in a queue: what is there keeps its place, what is added takes one at the end.

So nobody is served before others for money that they named after them, and nobody loses a place
for wanting more. An addition brings at least one lot more, and their number is bounded: the queue
can't be filled with crumbs.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from exchange.core import clock
from exchange.core.money import ZERO, plain
from launchpad.sales import terms
from launchpad.sales.errors import NotWhole, TooManyTurns
from launchpad.sales.models import Sale, SaleTurn, Subscription
from launchpad.sales.states import Mode

MOST = 20  # additions of one customer
# Every place of a sale: those of subscriptions, less what was added, and the additions.
LINES = """
SELECT s.id, s.code, s.place, s.committed - coalesce(t.added, 0) AS committed
  FROM launchpad_subscription s
  LEFT JOIN (SELECT subscription_id, sum(committed) AS added FROM launchpad_saleturn
              WHERE sale_id = %(sale)s GROUP BY subscription_id) t ON t.subscription_id = s.id
 WHERE s.sale_id = %(sale)s AND s.committed > 0 AND s.left_out = ''
 UNION ALL
SELECT s.id, s.code, t.place, t.committed
  FROM launchpad_saleturn t JOIN launchpad_subscription s ON s.id = t.subscription_id
 WHERE t.sale_id = %(sale)s AND s.left_out = ''
"""
_STANDS = f"""
SELECT place, committed, before FROM (
       SELECT id, place, committed,
              sum(div(committed, %(lot_price)s)) OVER (ORDER BY place)
              - div(committed, %(lot_price)s) AS before
         FROM ({LINES}) lines) counted
 WHERE id = %(mine)s ORDER BY place
"""  # noqa: S608  the words above


def takes_turn(sale: Sale, mine: Subscription, total: Decimal) -> bool:
    """Does this change put something at the end of a queue?"""
    return sale.mode == Mode.FIRST_COME and ZERO < mine.committed < total


def refuse(sale: Sale, mine: Subscription, total: Decimal) -> None:
    """Raises NotWhole for an addition that brings no lot, TooManyTurns for the twenty-first."""
    asked = terms.lots_of(sale, mine.committed)
    if terms.lots_of(sale, total) == asked:
        least = (asked + 1) * sale.lot_price
        raise NotWhole(
            _("So little more brings no tokens: name at least %(least)s %(quote)s altogether.")
            % {"least": plain(least), "quote": sale.quote.code},
            field="amount",
            limit=plain(least),
        )
    if mine.turns.count() >= MOST:
        raise TooManyTurns(
            _("You have added to your commitment %(n)s times: no more places are given.")
            % {"n": MOST},
            field="amount",
            limit=MOST,
        )


def add(sale: Sale, mine: Subscription, total: Decimal, *, place: int) -> None:
    """What is more than before, at a place of its own. The part of a lot that was left over at the
    last place comes with it, so that the places together ask for what the total asks for."""
    over = mine.committed % sale.lot_price
    last = mine.turns.order_by("-place").first()
    if over and last is not None:
        _lower(last, over)
    SaleTurn.objects.create(
        sale=sale,
        subscription=mine,
        place=place,
        committed=total - mine.committed + over,
        created_at=clock.now(),
    )


def give_up(mine: Subscription, total: Decimal) -> None:
    """What is less than before comes off the last place first: the best ones stay."""
    less = mine.committed - total
    for turn in mine.turns.order_by("-place"):
        taken = min(less, turn.committed)
        _lower(turn, taken)
        less -= taken
        if not less:
            return


def places(mine: Subscription) -> list[tuple[int, Decimal]]:
    """Somebody's places, the first one first, and what is committed at each."""
    if not mine.place:
        return []
    added = list(mine.turns.values_list("place", "committed"))
    first = mine.committed - sum((amount for _place, amount in added), ZERO)
    return [(mine.place, first), *added]


def stands(sale: Sale, mine: Subscription) -> list[tuple[int, Decimal, Decimal]]:
    """Somebody's places: number, what is committed there, and how many tokens it would bring if
    the sale closed now. Reads all places."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDS, {"sale": sale.pk, "lot_price": sale.lot_price, "mine": mine.pk})
        rows = cursor.fetchall()
    return [
        (
            place,
            committed,
            min(committed // sale.lot_price, max(sale.lots - before, ZERO)) * sale.lot,
        )
        for place, committed, before in rows
    ]


def _lower(turn: SaleTurn, less: Decimal) -> None:
    if turn.committed == less:
        turn.delete()
        return
    turn.committed -= less
    turn.save(update_fields=["committed"])
