"""Charts as SVG, drawn here: bars of whole units, each with the same figures in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from compliance.cases import kpis, timeline
from exchange.portal import columns
from exchange.portal.tables import Head, Table

WIDTH, HALF, GAP = 960, 80, 10


@dataclass(slots=True, kw_only=True)
class Bar:
    css: str
    x: int
    y: int
    width: int
    height: int
    says: str


@dataclass(slots=True, kw_only=True)
class Chart:
    """A drawing and its text alternative."""

    says: str
    width: int
    height: int
    middle: int
    bars: list[Bar] = field(default_factory=list)
    marks: list[tuple[int, str]] = field(default_factory=list)
    ticks: list[tuple[int, str]] = field(default_factory=list)
    table: Table


def flows(chart: timeline.Chart) -> Chart:
    """In above the line, out below it, by day; a mark where an alert's pattern was complete."""
    first = chart.since.astimezone(UTC).date()
    count = (chart.until.astimezone(UTC).date() - first).days + 1
    step = WIDTH / max(count, 1)
    most = max((max(day.came, day.went) for day in chart.days), default=Decimal(0))
    drawn = Chart(
        says=_in_words(chart, most),
        width=WIDTH,
        height=2 * (HALF + GAP),
        middle=HALF + GAP,
        table=_flows_table(chart),
    )
    for day in chart.days:
        place = (day.day - first).days  # type: ignore[operator]
        for css, amount, up in (("in", day.came, True), ("out", day.went, False)):
            height = int(amount * HALF / most) if most else 0
            if not height and not amount:
                continue
            height = max(height, 1)
            drawn.bars.append(
                Bar(
                    css=css,
                    x=int(place * step),
                    y=drawn.middle - height if up else drawn.middle,
                    width=max(int(step) - 1, 2),
                    height=height,
                    says=f"{day.day}: {amount:,.2f} USD",
                )
            )
    for at in chart.alerts:
        place = (at.astimezone(UTC).date() - first).days
        if 0 <= place < count:
            drawn.marks.append((int((place + 0.5) * step), f"{at:%Y-%m-%d}"))
    for place in range(0, count, max(count // 6, 1)):
        drawn.ticks.append((int(place * step), f"{first + timedelta(days=place):%d %b}"))
    return drawn


def weeks(rows: list[kpis.Week]) -> Chart:
    """Opened and closed, side by side, by week."""
    most = max((max(row.opened, row.closed) for row in rows), default=0)
    step = WIDTH // max(len(rows), 1)
    opened, closed = sum(row.opened for row in rows), sum(row.closed for row in rows)
    drawn = Chart(
        says=_("In %(weeks)s weeks %(opened)s cases were opened and %(closed)s closed.")
        % {"weeks": len(rows), "opened": opened, "closed": closed},
        width=WIDTH,
        height=HALF * 2 + GAP,
        middle=HALF * 2,
        table=Table(
            title=_("By week"),
            heads=[
                Head(_("Week of")),
                Head(_("Opened"), numeric=True),
                Head(_("Closed"), numeric=True),
            ],
            rows=[(f"{row.starts:%Y-%m-%d}", row.opened, row.closed) for row in rows],
            empty=_("No week yet."),
        ),
    )
    for place, row in enumerate(rows):
        for offset, css, number in ((0, "out", row.opened), (1, "in", row.closed)):
            height = number * (HALF * 2 - GAP) // most if most else 0
            if number:
                drawn.bars.append(
                    Bar(
                        css=css,
                        x=place * step + offset * (step // 3) + step // 6,
                        y=drawn.middle - max(height, 1),
                        width=step // 3 - 2,
                        height=max(height, 1),
                        says=f"{row.starts}: {number}",
                    )
                )
        drawn.ticks.append((place * step, f"{row.starts:%d %b}"))
    return drawn


def _in_words(chart: timeline.Chart, most: Decimal) -> str:
    came = sum((day.came for day in chart.days), Decimal(0))
    went = sum((day.went for day in chart.days), Decimal(0))
    return _(
        "From %(since)s to %(until)s %(came)s USD came in and %(went)s USD went out; the largest"
        " day had %(most)s USD."
    ) % {
        "since": f"{chart.since:%Y-%m-%d}",
        "until": f"{chart.until:%Y-%m-%d}",
        "came": f"{came:,.2f}",
        "went": f"{went:,.2f}",
        "most": f"{most:,.2f}",
    }


def _flows_table(chart: timeline.Chart) -> Table:
    cent = Decimal("0.01")
    rows: list[Any] = [
        (
            f"{day.day:%Y-%m-%d}",  # type: ignore[str-format]
            columns.money(day.came.quantize(cent)),
            day.times_in,
            columns.money(day.went.quantize(cent)),
            day.times_out,
        )
        for day in reversed(chart.days)
    ]
    return Table(
        title=_("In and out by day"),
        heads=[
            Head(_("Day")),
            Head(_("In, USD"), numeric=True),
            Head(_("Times"), numeric=True),
            Head(_("Out, USD"), numeric=True),
            Head(_("Times"), numeric=True),
        ],
        rows=rows,
        empty=_("Nothing moved in this time."),
    )
