"""Cards of the dashboard: do the liquid markets trade, and is one halted?"""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core import clock
from exchange.markets.models import Market
from exchange.portal import cards, columns
from exchange.portal.desks import MARKETS

Status = Market.Status

_LAST_TRADES = """
SELECT m.symbol, t.executed_at
  FROM exchange_market m
  LEFT JOIN LATERAL (SELECT executed_at FROM exchange_trade WHERE market_id = m.id
                      ORDER BY id DESC LIMIT 1) t ON true
 WHERE m.liquid AND m.status = 'trading' ORDER BY t.executed_at NULLS FIRST LIMIT 50
"""
QUIET_SECONDS, SILENT_SECONDS = 120, 600


@cards.card(
    key="last-trades",
    title=gettext_lazy("Liquid markets"),
    desk=MARKETS,
    permission="exchange.view_market",
    leads_to="admin:exchange_market_changelist?liquid=True",
    order=30,
)
def last_trades() -> cards.Reading:
    """When did each liquid market last trade? One index probe a market."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST_TRADES)
        rows = cursor.fetchall()
    now = clock.now()
    ages = [(symbol, (now - at).total_seconds() if at else None) for symbol, at in rows]
    quiet = [each for each in ages if each[1] is None or each[1] > QUIET_SECONDS]
    silent = [each for each in ages if each[1] is None or each[1] > SILENT_SECONDS]
    state = cards.OK
    if ages and len(silent) == len(ages):
        state = cards.BAD
    elif quiet:
        state = cards.WATCH
    return cards.Reading(
        state=state if ages else cards.WATCH,
        number=f"{len(ages) - len(quiet)}/{len(ages)}",
        says=_("traded within two minutes"),
        details=[
            (symbol, columns.NOTHING if age is None else columns.span(age))
            for symbol, age in ages[:3]
        ],
    )


@cards.card(
    key="halted",
    title=gettext_lazy("Market status"),
    desk=MARKETS,
    permission="exchange.view_market",
    leads_to="admin:exchange_market_changelist?status=halted",
    order=35,
)
def halted() -> cards.Reading:
    """A halt is somebody's decision: to watch, and not to forget."""
    stopped = list(
        Market.objects.filter(status__in=[Status.HALTED, Status.CANCEL_ONLY]).order_by("rank")[:100]
    )
    return cards.Reading(
        state=cards.WATCH if stopped else cards.OK,
        number=str(len(stopped)),
        says=_("halted or cancel-only"),
        details=[(market.symbol, market.get_status_display()) for market in stopped[:3]],
    )
