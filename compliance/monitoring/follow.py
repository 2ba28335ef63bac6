"""Tell what was traded: read what matchers applied, market by market, and report it in batches.

A market has one writer, so its log's versions and its trades' ids come in the order in which they
were committed, and a cursor passes nothing by. The matcher is not asked and not slowed: this reads
what it wrote. Orders count for the person behind the account.

What is older than a day when it is read (the log of a market that was never followed) is history:
it is told, and left to look-backs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from compliance.monitoring import worth
from compliance.monitoring.models import FollowedMarket
from exchange.core import clock, facts, locks
from exchange.core.copy import array
from exchange.core.facts import FactKind, NewFact
from exchange.markets.models import Market
from exchange.matching.commands import Command, Op, Side, unpack

BATCHES = 50  # of the log, at a time
MOST_TOLD = 8_000
HISTORY = timedelta(days=1)
NEAR_TOUCH = 20  # price levels a side that count as visible

_LOG = """
SELECT version, commands, command_count, applied_at FROM exchange_matchbatch
 WHERE market_id = %s AND version > %s ORDER BY version LIMIT %s
"""
_ORDERS = """
SELECT id, self_trade_id, side, price, size, customer_id
  FROM exchange_spotorder WHERE id = ANY(%s::bigint[])
"""
_TRADES = """
SELECT t.id, t.price, t.size, t.taker_side, t.executed_at, t.taker_order_id, t.maker_order_id,
       tc.self_id, mc.self_id
  FROM exchange_trade t
  JOIN (SELECT id, coalesce(parent_id, id) AS self_id FROM exchange_customer) tc
    ON tc.id = t.taker_id
  JOIN (SELECT id, coalesce(parent_id, id) AS self_id FROM exchange_customer) mc
    ON mc.id = t.maker_id
 WHERE t.market_id = %s AND t.id > %s ORDER BY t.id LIMIT %s
"""
_VISIBLE = """
SELECT side, sum(lots) FROM (
    SELECT side, price, sum(size - filled_size) AS lots,
           row_number() OVER (PARTITION BY side
               ORDER BY CASE WHEN side = 0 THEN -price ELSE price END) AS level
      FROM exchange_spotorder
     WHERE market_id = %s AND state IN ('new', 'partially_filled')
     GROUP BY side, price
) levels WHERE level <= %s GROUP BY side
"""


class _Order(NamedTuple):
    """What the facts say of an order: whose, which way, at what price in ticks, how many lots."""

    owner: int
    side: int
    price: int
    size: int


def follow_all() -> int:
    """Tell what was traded since last time, in every market. Returns how many facts.

    Safe to run twice and beside itself: of a market one follower at a time, and its cursor moves in
    the transaction that tells.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id FROM exchange_market m"
            " LEFT JOIN compliance_followedmarket f ON f.market_id = m.id"
            " WHERE EXISTS (SELECT FROM exchange_matchbatch b WHERE b.market_id = m.id"
            " AND b.version > coalesce(f.version, 0)) ORDER BY m.id"
        )
        behind = [row[0] for row in cursor.fetchall()]
    return sum(follow(market_id=market_id) for market_id in behind)


def follow(*, market_id: int) -> int:
    """Tell a bounded part of what one market applied. Returns how many facts."""
    with transaction.atomic():
        if not locks.try_hold(locks.Lock.FOLLOW_MARKET, market_id):
            return 0
        place, _ = FollowedMarket.objects.get_or_create(market_id=market_id)
        market = Market.objects.select_related("base", "quote").get(pk=market_id)
        rows = _log(market_id, place.version)
        trades = _query(_TRADES, [market_id, place.trade_id, MOST_TOLD // 2])
        if not rows and not trades:
            return 0
        told = _Telling(market)
        new = [*told.commands(rows), *told.trades(trades)]
        if rows:
            place.version = rows[-1][0]
        if trades:
            place.trade_id = trades[-1][0]
        place.save()
        return _report(new)


def _log(market_id: int, version: int) -> list[Any]:
    """The next part of the log, cut where it would be too much to tell at once."""
    rows: list[Any] = []
    commands = 0
    for row in _query(_LOG, [market_id, version, BATCHES]):
        commands += row[2]
        if rows and commands > MOST_TOLD:
            break
        rows.append(row)
    return rows


def _report(new: Sequence[NewFact]) -> int:
    old = clock.now() - HISTORY
    told = 0
    for watched in (True, False):
        part = [fact for fact in new if (fact.at >= old) == watched]
        for start in range(0, len(part), facts.MOST_AT_ONCE):
            told += facts.report_many(part[start : start + facts.MOST_AT_ONCE], watched=watched)
    return told


class _Telling:
    """Facts out of one market's log and trades."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.dollar = worth.of_one(market.quote.code)
        self.visible: dict[int, int] = {}

    def commands(self, rows: Sequence[Any]) -> Iterator[NewFact]:
        """Orders as they came in, and what was taken back or moved."""
        read = [(version, at, unpack(bytes(packed))) for version, packed, _, at in rows]
        placed = {
            c.order_id: _Order(c.owner, c.side, c.price, c.size)
            for _, _, commands in read
            for c in commands
            if c.op == Op.PLACE
        }
        orders = {**self._orders([c for _, _, cs in read for c in cs], placed), **placed}
        if placed:
            found = _query(_VISIBLE, [self.market.pk, NEAR_TOUCH])
            self.visible = {side: int(lots) for side, lots in found}
        for version, at, commands in read:
            for number, command in enumerate(commands):
                order = orders.get(command.order_id)
                if order is None:
                    continue
                reference = f"{self.market.pk}:{version}:{number}"
                yield from self._of_command(command, order, at, reference)

    def _of_command(
        self, command: Command, order: _Order, at: datetime, reference: str
    ) -> Iterator[NewFact]:
        if command.op != Op.PLACE:
            # Moved or made smaller: for whoever watched the book, what stood there is gone.
            yield self._fact(FactKind.CANCEL, order, at, reference, command.order_id)
        if command.op in (Op.PLACE, Op.REPLACE):
            seen = order._replace(
                price=command.price or order.price, size=command.size or order.size
            )
            lots = self.visible.get(order.side, 0)
            share = min(1.0, seen.size / lots) if lots else 1.0
            yield self._fact(
                FactKind.ORDER, seen, at, reference, command.order_id, depth_share=round(share, 4)
            )

    def _fact(
        self,
        kind: FactKind,
        order: _Order,
        at: datetime,
        reference: str,
        order_id: int,
        **extra: Any,
    ) -> NewFact:
        price = Decimal(order.price).scaleb(-self.market.price_precision)
        amount = Decimal(order.size).scaleb(-self.market.size_precision)
        return NewFact(
            kind=kind,
            customer_id=order.owner,
            at=at,
            reference=reference,
            asset=self.market.base.code,
            amount=amount,
            usd=self._usd(price * amount) if order.price else None,
            extra={
                "market": self.market.symbol,
                "side": Side(order.side).name.lower(),
                "price": str(price) if order.price else None,
                "order_id": str(order_id),
                **extra,
            },
        )

    def trades(self, rows: Sequence[Any]) -> Iterator[NewFact]:
        """Two facts a trade, one of each side."""
        for number, price, size, side, at, taker_order, maker_order, taker, maker in rows:
            for own, other, order_id, way, rested in (
                (taker, maker, taker_order, side, False),
                (maker, taker, maker_order, 1 - side, True),
            ):
                yield NewFact(
                    kind=FactKind.TRADE,
                    customer_id=own,
                    counterparty_id=other,
                    at=at,
                    reference=f"{number}:{'maker' if rested else 'taker'}",
                    asset=self.market.base.code,
                    amount=size,
                    usd=self._usd(price * size),
                    extra={
                        "market": self.market.symbol,
                        "side": Side(way).name.lower(),
                        "price": str(price),
                        "order_id": str(order_id),
                        "maker": rested,
                    },
                )

    def _usd(self, quote: Decimal) -> Decimal | None:
        return None if self.dollar is None else (quote * self.dollar).quantize(worth.CENT)

    @staticmethod
    def _orders(commands: Sequence[Command], placed: Mapping[int, _Order]) -> dict[int, _Order]:
        wanted = {c.order_id for c in commands if c.order_id not in placed}
        rows = _query(_ORDERS, [array(sorted(wanted))]) if wanted else []
        return {
            pk: _Order(owner or customer, side, price, size)
            for pk, owner, side, price, size, customer in rows
        }


def _query(statement: str, values: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
