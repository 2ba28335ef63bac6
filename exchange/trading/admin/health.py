"""Cards of the dashboard: does the matcher keep up, and is there trading?"""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.portal import cards, columns
from exchange.portal.desks import MARKETS

LOOKED_AT = 10_000
WATCH_SECONDS, BAD_SECONDS = 2, 10

_WAITING = """
SELECT m.symbol, sum(commands), extract(epoch FROM clock_timestamp() - min(c.created_at))
  FROM (SELECT market_id, created_at, cardinality(order_ids) AS commands
          FROM exchange_matchcommand ORDER BY id LIMIT %s) c
  JOIN exchange_market m ON m.id = c.market_id
 GROUP BY m.symbol ORDER BY 3 DESC
"""


@cards.card(
    key="matching",
    title=gettext_lazy("Matching"),
    desk=MARKETS,
    permission="exchange.view_matchcommand",
    leads_to="admin:exchange_matchcommand_changelist",
    order=20,
)
def matching() -> cards.Reading:
    """The age of the oldest command that waits. An idle matcher has none."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [LOOKED_AT])
        rows = cursor.fetchall()
    waiting = sum(count for _symbol, count, _age in rows)
    oldest = max((float(age) for _symbol, _count, age in rows), default=0)
    state = cards.OK
    if oldest > BAD_SECONDS:
        state = cards.BAD
    elif oldest > WATCH_SECONDS:
        state = cards.WATCH
    more = "+" if waiting >= LOOKED_AT else ""
    return cards.Reading(
        state=state,
        number=columns.span(oldest) if rows else _("idle"),
        says=_("oldest waiting command") if rows else _("nothing waits"),
        details=[
            (_("waiting"), f"{waiting:,}{more}"),
            *((symbol, f"{count:,}") for symbol, count, _age in rows[:3]),
        ],
    )


STEP_SECONDS, STEPS = 10, 30
MOST_COUNTED = 30_000

# The newest rows by primary key, at most so many: the times are not indexed, and need not be.
_RECENT = """
SELECT greatest(floor(extract(epoch FROM clock_timestamp() - {at}) / %s), 0)::int, count(*)
  FROM {table}
 WHERE id > (SELECT coalesce(max(id), 0) FROM {table}) - %s
   AND {at} > clock_timestamp() - %s * interval '1 s'
 GROUP BY 1
"""


def recent(table: str, at: str) -> list[int]:
    """Rows in each of the last thirty steps of ten seconds, the oldest first."""
    query = _RECENT.format(table=table, at=at)
    with connection.cursor() as cursor:
        cursor.execute(query, [STEP_SECONDS, MOST_COUNTED, STEP_SECONDS * STEPS])
        steps = dict(cursor.fetchall())
    return [steps.get(step, 0) for step in range(STEPS - 1, -1, -1)]


def flow(table: str, at: str, noun: str) -> cards.Reading:
    """How many in five minutes, and the line of it."""
    counts = recent(table, at)
    total = sum(counts)
    least = "≥ " if total >= MOST_COUNTED else ""
    says = _("%(noun)s in 5 minutes; %(low)s to %(high)s every ten seconds") % {
        "noun": noun,
        "low": f"{min(counts):,}",
        "high": f"{max(counts):,}",
    }
    return cards.Reading(
        state=cards.OK if total else cards.WATCH,
        number=f"{least}{total:,}",
        says=_("in 5 minutes"),
        details=[(_("a second"), f"{total / (STEP_SECONDS * STEPS):.1f}")],
        spark=cards.Spark(values=counts, step_seconds=STEP_SECONDS, says=says),
    )


@cards.card(
    key="orders",
    title=gettext_lazy("Orders"),
    desk=MARKETS,
    permission="exchange.view_spotorder",
    leads_to="admin:exchange_spotorder_changelist?since=15m",
    order=25,
)
def orders() -> cards.Reading:
    return flow("exchange_spotorder", "created_at", _("orders"))


@cards.card(
    key="trades",
    title=gettext_lazy("Trades"),
    desk=MARKETS,
    permission="exchange.view_trade",
    leads_to="admin:exchange_trade_changelist?since=15m",
    order=26,
)
def trades() -> cards.Reading:
    return flow("exchange_trade", "executed_at", _("trades"))
