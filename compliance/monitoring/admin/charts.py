"""Drawings for staff screens: whole numbers for an SVG, and the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

WIDTH, HEIGHT = 1000, 160
LEAST = 2  # so that the smallest still shows


@dataclass(slots=True, kw_only=True)
class Drawing:
    """Bars over time, or beside each other. `says` is what a reader of the bars would see."""

    title: str
    says: str
    bars: list[tuple[int, int, int, str]] = field(default_factory=list)  # x, y, height, tone
    wide: int = 6
    starts: str = ""
    ends: str = ""
    most: str = ""

    width, height = WIDTH, HEIGHT


def over_time(
    points: Sequence[tuple[datetime, Decimal, str]], *, title: str, unit: str
) -> Drawing | None:
    """Amounts when they moved; `points` are (at, amount, tone: "in", "out" or "other")."""
    points = sorted(points)
    if not points:
        return None
    first, last = points[0][0], points[-1][0]
    span = max((last - first).total_seconds(), 1.0)
    most = max(amount for _at, amount, _tone in points) or Decimal(1)
    bars = []
    for at, amount, tone in points:
        tall = max(int(amount * (HEIGHT - 10) / most), LEAST)
        x = int((at - first).total_seconds() / span * (WIDTH - 8))
        bars.append((x, HEIGHT - tall, tall, tone))
    coming = [amount for _at, amount, tone in points if tone == "in"]
    going = [amount for _at, amount, tone in points if tone == "out"]
    return Drawing(
        title=title,
        bars=bars,
        starts=f"{first:%Y-%m-%d %H:%M}",
        ends=f"{last:%Y-%m-%d %H:%M}",
        most=f"{most:,.0f} {unit}",
        says=_(
            "%(n)s movements from %(from)s to %(to)s, the largest %(most)s; in: %(ins)s times,"
            " %(in)s together; out: %(outs)s times, %(out)s together"
        )
        % {
            "n": len(points),
            "from": f"{first:%Y-%m-%d %H:%M}",
            "to": f"{last:%Y-%m-%d %H:%M}",
            "most": f"{most:,.0f} {unit}",
            "ins": len(coming),
            "in": f"{sum(coming, Decimal(0)):,.0f} {unit}",
            "outs": len(going),
            "out": f"{sum(going, Decimal(0)):,.0f} {unit}",
        },
    )


@dataclass(slots=True, kw_only=True)
class Lines:
    """Horizontal bars with a name each: (name, width, what it says, tone)."""

    title: str
    rows: list[tuple[str, int, str, str]]

    width = WIDTH


def beside(title: str, counted: Sequence[tuple[str, int, str]], *, unit: Any = "") -> Lines | None:
    """Counts as bars on one scale; (name, count, tone)."""
    most = max((count for _name, count, _tone in counted), default=0)
    if not most:
        return None
    return Lines(
        title=title,
        rows=[
            (name, max(count * WIDTH // most, LEAST if count else 0), f"{count:,} {unit}", tone)
            for name, count, tone in counted
        ],
    )
