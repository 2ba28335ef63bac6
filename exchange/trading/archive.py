"""A customer's past, however long: orders and fills read from the newest back, page by page.

`queries` answers an integrator with at most 200 rows. A person scrolls through all of it, and a
tax return wants all of it in one file; neither may grow this process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet

from exchange.matching.commands import Side
from exchange.trading.models import SpotOrder, Trade
from exchange.trading.queries import OrderRow, TradeRow, order_row, trade_row

PAGE = 50
CHUNK = 500

STATES = {
    "open": list(SpotOrder.OPEN_STATES),
    "filled": [SpotOrder.State.FILLED],
    "canceled": [SpotOrder.State.CANCELED, SpotOrder.State.PARTIALLY_CANCELED],
}
SIDES = {"buy": Side.BUY, "sell": Side.SELL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which rows: those that match everything given.

    `symbol` is a pair, or a base asset for all of its pairs; `before` the id to continue after.
    """

    symbol: str = ""
    side: str = ""
    states: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


def orders(*, customer_id: int, choice: Choice, limit: int = PAGE) -> list[OrderRow]:
    """Orders in any state, newest first. One indexed read."""
    rows = SpotOrder.objects.filter(customer_id=customer_id).select_related("market")
    if choice.states:
        wanted = [state for word in choice.states for state in STATES[word]]
        rows = rows.filter(state__in=wanted)
    if choice.side:
        rows = rows.filter(side=SIDES[choice.side])
    rows = _within(rows, choice, "created_at")
    return [order_row(row) for row in rows.order_by("-id")[:limit]]


def fills(*, customer_id: int, choice: Choice, limit: int = PAGE) -> list[TradeRow]:
    """Fills as taker and as maker, newest first; a trade with oneself is there from both sides."""
    found: list[tuple[Trade, str]] = []
    for role in ("taker", "maker"):
        mine: QuerySet[Trade] = Trade.objects.filter(**{f"{role}_id": customer_id})
        if choice.side:
            own = SIDES[choice.side]
            mine = mine.filter(taker_side=own if role == "taker" else 1 - own)
        mine = _within(mine, choice, "executed_at").select_related("market__quote")
        found += [(trade, role) for trade in mine.order_by("-id")[:limit]]
    found.sort(key=lambda pair: -pair[0].pk)
    # Both sides of one trade stay together, or the next page would miss the second.
    last = found[limit - 1][0].pk if len(found) >= limit else 0
    found = [pair for pair in found if pair[0].pk >= last]
    own_orders = SpotOrder.objects.in_bulk(
        {getattr(trade, f"{role}_order_id") for trade, role in found}
    )
    return [
        trade_row(trade, role, own_orders[getattr(trade, f"{role}_order_id")])
        for trade, role in found
    ]


def all_orders(*, customer_id: int, choice: Choice) -> Iterator[OrderRow]:
    """Every order that matches, newest first, in bounded memory."""
    while rows := orders(customer_id=customer_id, choice=choice, limit=CHUNK):
        yield from rows
        choice = replace(choice, before=rows[-1].order_id)


def all_fills(*, customer_id: int, choice: Choice) -> Iterator[TradeRow]:
    """Every fill that matches, newest first, in bounded memory."""
    while rows := fills(customer_id=customer_id, choice=choice, limit=CHUNK):
        yield from rows
        choice = replace(choice, before=rows[-1].trade_id)


def _within(rows: QuerySet, choice: Choice, moment: str) -> QuerySet:  # type: ignore[type-arg]
    """Narrow by market, id and time."""
    wanted = Q()
    if choice.symbol:
        field = "market__symbol" if "_" in choice.symbol else "market__base__code"
        wanted &= Q(**{field: choice.symbol})
    if choice.before is not None:
        wanted &= Q(id__lt=choice.before)
    if choice.since is not None:
        wanted &= Q(**{f"{moment}__gte": choice.since})
    if choice.until is not None:
        wanted &= Q(**{f"{moment}__lt": choice.until})
    return rows.filter(wanted)
