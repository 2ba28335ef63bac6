"""Book many rewards from a list, as validators' operators export them.

A line each: day, amount, validator, transaction; separated by commas, semicolons or tabs, with or
without a line of headings. All lines are read before the first is booked. A line that was booked
before is the same reward, so a list may be handed in again.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from exchange.core.actors import Actor
from exchange.core.errors import Invalid, Refused
from exchange.core.money import parse
from launchpad.earn import arrivals

MOST = 500


class Row(NamedTuple):
    """One reward of a list."""

    line: int
    day: date
    amount: Decimal
    source: str
    reference: str


class Booked(NamedTuple):
    """What came of a list: how many are booked, and why others are not, by line."""

    booked: int
    refused: list[str]


def book_list(*, product_id: int, text: str, actor: Actor) -> Booked:
    """Book every line. Raises PermissionRefused, and Invalid naming the first line that can't be
    read (then nothing was booked); what a line is refused for leaves the others booked."""
    actor.require("launchpad.book_arrival")
    rows = read(text, precision=arrivals.arriving(product_id).asset.precision)
    booked, refused = 0, []
    for row in rows:
        try:
            arrivals.book_reward(
                product_id=product_id,
                amount=row.amount,
                day=row.day,
                source=row.source,
                reference=row.reference,
                actor=actor,
            )
        except Refused as refusal:
            refused.append(_("line %(n)s: %(why)s") % {"n": row.line, "why": refusal})
        else:
            booked += 1
    return Booked(booked, refused)


def read(text: str, *, precision: int) -> list[Row]:
    """Raises Invalid naming the line."""
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip().strip('"') for cell in re.split(r"[,;\t]", line)]
        if not any(cells) or (number == 1 and cells[0].lower() in ("day", "date")):
            continue
        if len(cells) != 4:
            raise Invalid(_("Line %(n)s has not four parts.") % {"n": number}, field="list")
        try:
            day = date.fromisoformat(cells[0])
            amount = parse(cells[1], field="amount", precision=precision)
        except (ValueError, Invalid) as wrong:
            raise Invalid(
                _("Line %(n)s: %(why)s") % {"n": number, "why": wrong}, field="list"
            ) from wrong
        rows.append(Row(number, day, amount, cells[2], cells[3]))
    if not 0 < len(rows) <= MOST:
        raise Invalid(
            _("Between one and %(most)s lines.") % {"most": MOST}, field="list", limit=MOST
        )
    return rows
