"""The history of a listed asset, drawn: a bar a day, with the same as a table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from exchange.portal.tables import Head, Table
from launchpad.listings.models import Measurement

WIDTH, HEIGHT, GAP = 720, 120, 2


@dataclass(slots=True)
class Chart:
    says: str
    table: Table
    width: int = WIDTH
    height: int = HEIGHT
    bars: list[dict[str, Any]] = field(default_factory=list)
    ticks: list[tuple[int, str]] = field(default_factory=list)


def measured(rows: Sequence[Measurement]) -> Chart | None:
    """The thirty-day volume of every measured day; days that miss a criterion stand out."""
    if not rows:
        return None
    most = max((row.volume_30d for row in rows), default=0) or 1
    step = WIDTH // max(len(rows), 20)
    bars = []
    for place, row in enumerate(rows):
        tall = max(2, int(row.volume_30d * HEIGHT / most))
        bars.append(
            {
                "x": place * step,
                "y": HEIGHT - tall,
                "width": step - GAP,
                "height": tall,
                "css": "out" if row.failed else "in",
                "says": f"{row.day}: {row.volume_30d:,.0f}"
                + (f", {', '.join(row.failed)}" if row.failed else ""),
            }
        )
    failing = sum(1 for row in rows if row.failed)
    says = _("Volume of thirty days, day by day from %(first)s to %(last)s; %(n)s of %(all)s days "
             "miss a criterion.") % {
        "first": rows[0].day, "last": rows[-1].day, "n": failing, "all": len(rows),
    }  # fmt: skip
    marks = {0, len(rows) // 2, len(rows) - 1}
    ticks = [(place * step, f"{rows[place].day:%d %b}") for place in sorted(marks)]
    return Chart(says=says, table=_table(rows), bars=bars, ticks=ticks)


def _table(rows: Sequence[Measurement]) -> Table:
    return Table(
        title=_("Measured"),
        heads=[
            Head(_("Day")),
            Head(_("Volume, 30 days"), numeric=True),
            Head(_("Trades a day"), numeric=True),
            Head(_("Spread"), numeric=True),
            Head(_("Depth"), numeric=True),
            Head(_("Holders"), numeric=True),
            Head(_("Misses")),
        ],
        rows=[
            (
                row.day,
                f"{row.volume_30d:,.0f}",
                row.trades_a_day,
                "–" if row.spread_bps is None else f"{row.spread_bps / 100:.2f} %",
                f"{row.depth:,.0f}",
                "–" if row.holders is None else f"{row.holders:,}",
                ", ".join(row.failed),
            )
            for row in reversed(rows)
        ],
        empty="",
    )
