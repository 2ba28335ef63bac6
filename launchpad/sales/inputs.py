"""The published files of a draw: who takes part, and what came of it. They change no more once the
sale is closed, so they are written anew whenever somebody asks."""

from __future__ import annotations

from decimal import Decimal

from django.db import connection

from launchpad.sales import draw
from launchpad.sales.models import Sale
from launchpad.sales.terms import terms_of
from launchpad.sales.turns import LINES

_LINES = f"""
SELECT id, code, place, trim_scale(committed * %(units)s)::text FROM ({LINES}) lines ORDER BY place
"""  # noqa: S608  the words of turns
_WON = """
SELECT code, lots, trim_scale(spent * %(units)s)::text, trim_scale(refunded * %(units)s)::text
  FROM launchpad_subscription
 WHERE sale_id = %(sale)s AND committed > 0 AND left_out = '' ORDER BY place
"""


def inputs(sale: Sale) -> tuple[bytes, list[int]]:
    """The file of inputs, and the subscriptions' ids in the order in which they first come in it.
    Whoever was left out at the close is not in it. Reads all subscriptions."""
    with connection.cursor() as cursor:
        cursor.execute(_LINES, {"units": _units(sale), "sale": sale.pk})
        rows = cursor.fetchall()
    lines = [draw.Line(code, place, int(committed)) for _id, code, place, committed in rows]
    return draw.written(terms_of(sale), lines), list(dict.fromkeys(row[0] for row in rows))


def results(sale: Sale) -> bytes:
    """The file of results of an allocated sale. Reads all subscriptions."""
    with connection.cursor() as cursor:
        cursor.execute(_WON, {"units": _units(sale), "sale": sale.pk})
        won = [draw.Won(code, lots, int(s), int(r)) for code, lots, s, r in cursor.fetchall()]
    return draw.results(won)


def _units(sale: Sale) -> Decimal:
    return Decimal(10**sale.quote.precision)
