"""The matcher: drain a market's waiting commands, apply them, settle the batch in one transaction.

Whoever holds the market's advisory lock is its single writer. A batch is all or nothing: commands
are deleted by the transaction that settles them, so a matcher that dies half-way has done nothing,
and a task that runs twice finds nothing the second time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from exchange.core import clock, copy, locks
from exchange.ledger.accounts import FEES, house_account
from exchange.markets import candles, publish, tickers
from exchange.markets.models import Market
from exchange.matching import journal
from exchange.matching.commands import Command, Kind, Op, pack
from exchange.matching.events import Event
from exchange.trading import live as books
from exchange.trading import pushes, queue, wake
from exchange.trading.live import LiveBook, OpenOrder
from exchange.trading.settle import Settlement
from exchange.trading.terms import Terms

log = logging.getLogger(__name__)

BATCH_COMMANDS = 5000  # taken only under backlog; about a quarter of a second of work
MAX_BATCHES = 50  # a task's worth; what is left wakes another

_UPDATE = """
UPDATE exchange_spotorder o
   SET price = u.price, size = u.size, filled_size = u.filled_size,
       filled_notional = u.filled_notional, state = u.state, cancel_source = u.cancel_source,
       priority = u.priority, held = u.held, updated_at = %s
  FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[], %s::text[],
              %s::text[], %s::bigint[], %s::numeric[])
       AS u(id, price, size, filled_size, filled_notional, state, cancel_source, priority, held)
 WHERE o.id = u.id
"""


@dataclass(slots=True)
class Applied:
    """One batch as it was applied, for those who tell the world about it."""

    market: Market
    live: LiveBook
    settlement: Settlement
    commands: int
    at: datetime


def match(*, market_id: int) -> int:
    """Apply every waiting command of a market. Returns how many. Safe to run twice, or beside
    itself: the second waits for the first and finds what is left."""
    applied = 0
    for _ in range(MAX_BATCHES):
        wake.begun(market_id)
        count = apply_batch(market_id)
        applied += count
        if count < BATCH_COMMANDS:
            return applied
    wake.wake(market_id)
    return applied


def apply_batch(market_id: int, limit: int = BATCH_COMMANDS) -> int:
    """One batch in one transaction, then its publication. Returns the number of commands."""
    try:
        with transaction.atomic():
            locks.hold(locks.Lock.MARKET, market_id)
            rows = queue.waiting(market_id, limit)
            if not rows:
                return 0
            batch = _apply(market_id, rows)
            ticker, stepped = _write_market_data(batch)
            # Last, because it locks the accounts, and whoever places orders waits for them.
            batch.settlement.ledger.write()
    except BaseException:
        books.forget(market_id)
        raise
    publish.batch(
        market=batch.market,
        version=batch.live.version,
        at=batch.at,
        trades=pushes.public_trades(batch.settlement, batch.at),
        depth=batch.live.book.depth(publish.DEPTH),
        ticker=ticker,
        candles=stepped,
        memory=batch.live.memory,
    )
    pushes.tell_customers(batch.market, batch.settlement, batch.at)
    return batch.commands


def _apply(market_id: int, rows: list[Any]) -> Applied:
    market = Market.objects.select_related("base", "quote").get(pk=market_id)
    live = books.current(market_id)
    settlement = Settlement(
        live=live,
        terms=Terms(market.price_precision, market.size_precision, market.quote_precision),
        fee_account=house_account(asset_id=market.quote_id, purpose=FEES),
        reference=f"market:{market_id}:{live.version + 1}",
    )
    commands: list[Command] = []
    happened: list[Event] = []
    asked = 0
    for command in _commands(rows, settlement):
        asked += 1
        if command is None:
            continue
        events = live.book.apply(command)
        settlement.settle(events)
        commands.append(command)
        happened += events
    settlement.finish(copy.next_ids("exchange_trade_id_seq", len(settlement.trades)))
    at = clock.now()
    packed = pack(commands)
    live.version += 1
    live.digest = journal.chained(live.digest, packed, happened)
    _write(market, settlement, [row[0] for row in rows], packed, len(commands), at)
    return Applied(market, live, settlement, asked, at)


def _commands(rows: list[Any], settlement: Settlement) -> Iterator[Command | None]:
    """What the book is asked, one by one: what a command means may depend on the one before."""
    orders = settlement.live.orders
    for _, op, order_ids, price, size, held, packed in rows:
        if op == Op.PLACE:
            for order in queue.unpack(packed) if packed else books.orders_of(order_ids):
                orders[order.order_id] = order
                yield Command(
                    op,
                    order.order_id,
                    order.self_trade_id,
                    order.side,
                    order.kind,
                    order.price,
                    order.size,
                    order.budget,
                    order.stp,
                )
        elif op == Op.CANCEL:
            for order_id in order_ids:
                yield Command(op, order_id) if order_id in orders else None
        else:
            yield _change(op, order_ids[0], price, size, int(held), settlement)


def _change(
    op: int, order_id: int, price: int, size: int, extra: int, settlement: Settlement
) -> Command | None:
    """A reduction or a replacement. Sizes in rows are of the whole order; the book counts what is
    open.

    None when there is nothing to ask: the order is final by now, or the change does not fit what
    happened to the order since it was asked for. Then what it had set aside is let go.
    """
    order = settlement.live.orders.get(order_id)
    if order is not None:
        open_size = size - order.filled_size
        if op == Op.REDUCE and 0 < open_size < order.remaining:
            return Command(op, order_id, size=open_size)
        if op == Op.REPLACE and settlement.can_replace(order, price, open_size, extra):
            order.held += extra
            kind = Kind.LIMIT_MAKER if order.kind == Kind.LIMIT_MAKER else Kind.LIMIT
            return Command(op, order_id, kind=kind, price=price, size=open_size, stp=order.stp)
    if extra and (row := order or next(iter(books.orders_of([order_id])), None)):
        settlement.let_go(row, extra)
    return None


def _write(
    market: Market,
    settlement: Settlement,
    row_ids: list[int],
    packed: bytes,
    command_count: int,
    at: datetime,
) -> None:
    _write_trades(market, settlement, at)
    _update_orders(list(settlement.touched.values()), at)
    queue.done(row_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO exchange_matchbatch"
            " (market_id, version, commands, command_count, trade_count, digest, applied_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [
                market.pk,
                settlement.live.version,
                packed,
                command_count,
                len(settlement.trades),
                settlement.live.digest,
                at,
            ],
        )


TRADE_COLUMNS = (
    "id, market_id, taker_order_id, maker_order_id, taker_id, maker_id, taker_side, price, size,"
    " taker_fee, maker_fee, executed_at"
).split(", ")


def _write_trades(market: Market, settlement: Settlement, at: datetime) -> None:
    price, size, quote = f"e-{market.price_precision}", settlement.base, settlement.quote
    executed = at.isoformat()
    copy.copy_lines(
        "exchange_trade",
        TRADE_COLUMNS,
        (
            f"{t.trade_id}\t{market.pk}\t{t.taker.order_id}\t{t.maker.order_id}"
            f"\t{t.taker.customer_id}\t{t.maker.customer_id}\t{t.taker.side}\t{t.price}{price}"
            f"\t{t.size}{size}\t{t.taker_fee}{quote}\t{t.maker_fee}{quote}\t{executed}"
            for t in settlement.trades
        ),
    )


def _update_orders(orders: list[OpenOrder], at: datetime) -> None:
    """One statement for the whole batch, in id order."""
    if not orders:
        return
    orders.sort(key=lambda o: o.order_id)
    with connection.cursor() as cursor:
        cursor.execute(
            _UPDATE,
            [
                at,
                copy.array(o.order_id for o in orders),
                copy.array(o.price for o in orders),
                copy.array(o.size for o in orders),
                copy.array(o.filled_size for o in orders),
                copy.array(o.filled_notional for o in orders),
                copy.array(o.state for o in orders),
                copy.array(o.cancel_source or '""' for o in orders),
                copy.array(o.priority for o in orders),
                copy.array(o.held for o in orders),
            ],
        )


def _write_market_data(
    batch: Applied,
) -> tuple[tickers.Live, dict[str, candles.Step]]:
    settlement, market = batch.settlement, batch.market
    fold = candles.Fold.of(
        [(t.price, t.size) for t in settlement.trades],
        price_precision=market.price_precision,
        size_precision=market.size_precision,
    )
    bids, asks = batch.live.book.depth(1)
    ticker = tickers.update(
        market=market,
        fold=fold,
        bid=bids[0] if bids else None,
        ask=asks[0] if asks else None,
        at=batch.at,
    )
    steps = candles.write(market_id=market.pk, fold=fold, at=batch.at) if fold else {}
    return ticker, steps
