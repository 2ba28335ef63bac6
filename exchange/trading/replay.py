"""Replay a market's applied log from an empty book and compare: every digest, then every order.

The log says what was asked; the digests say what came of it. If replay arrives at another digest,
a command was lost, added or changed, or the book does not do what it did. If it arrives at other
open orders than the database has, settlement and the book have parted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from django.db import connection

from exchange.core.moment import one_moment
from exchange.markets.models import Market
from exchange.matching.book import Book
from exchange.matching.journal import GENESIS, replay
from exchange.trading.live import QUEUED

CHUNK = 100  # batches of at most 3,000 commands of 52 bytes each: 16 megabytes at the most

_BATCHES = """
SELECT version, commands, command_count, trade_count, digest FROM exchange_matchbatch
 WHERE market_id = %s ORDER BY version
"""
# An order whose PLACE command still waits is open, and not in the book yet.
_RESTING = f"""
SELECT o.id, o.self_trade_id, o.side, o.price, o.size - o.filled_size
  FROM exchange_spotorder o
 WHERE o.market_id = %s AND o.state IN ('new', 'partially_filled')
   AND o.id NOT IN ({QUEUED})
 ORDER BY o.priority
"""  # noqa: S608  constants only

Row = tuple[int, int, int, int, int]  # order id, owner, side, price in ticks, remaining lots


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first thing that replay found otherwise. `version` is None when it is the open orders."""

    version: int | None
    detail: str

    def __str__(self) -> str:
        return f"version {self.version}: {self.detail}" if self.version else self.detail


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayResult:
    """How far a replay came. Everything agrees when `difference` is None."""

    market_id: int
    symbol: str
    versions: int
    commands: int
    trades: int
    open_orders: int
    difference: Difference | None = None

    @property
    def agrees(self) -> bool:
        return self.difference is None


def verify_market(
    market_id: int, *, progress: Callable[[int, int], None] = lambda done, of: None
) -> ReplayResult:
    """Replay one market as it stands at this moment; trading goes on meanwhile.

    `progress(done, of)` is called now and then with versions. Some 200,000 commands a second;
    memory holds the open orders and no history.
    """
    market = Market.objects.get(pk=market_id)
    replayed = _Replayed()
    with one_moment():
        total = _versions(market_id)
        for batch in _batches(market_id):
            difference = replayed.next(*batch)
            if difference is not None:
                break
            if replayed.version % CHUNK == 0 or replayed.version == total:
                progress(replayed.version, total)
        else:
            difference = _first_other_order(replayed.book, market_id) or _other_trades(
                replayed.trades, market_id
            )
    return ReplayResult(
        market_id=market_id,
        symbol=market.symbol,
        versions=replayed.version,
        commands=replayed.commands,
        trades=replayed.trades,
        open_orders=len(replayed.book.orders),
        difference=difference,
    )


@dataclass(slots=True)
class _Replayed:
    """A book that starts empty and is given the log batch by batch."""

    book: Book = field(default_factory=Book)
    version: int = 0
    digest: bytes = GENESIS
    commands: int = 0
    trades: int = 0

    def next(
        self, version: int, packed: bytes, commands: int, trades: int, digest: bytes
    ) -> Difference | None:
        """Apply a batch. Returns what is wrong with it, if something is."""
        if version != self.version + 1:
            missing = f"it follows version {self.version}: batches are missing"
            return Difference(version=version, detail=missing)
        try:
            (self.digest,) = replay(self.book, [packed], previous=self.digest)
        except ValueError as error:
            return Difference(version=version, detail=f"its commands can't be read: {error}")
        if self.digest != digest:
            return Difference(
                version=version,
                detail=f"its digest is {digest.hex()}, replay gives {self.digest.hex()}",
            )
        self.version = version
        self.commands += commands
        self.trades += trades
        return None


def traded_markets() -> list[int]:
    """Markets with an applied log, or with open orders and none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id FROM exchange_market m"
            " WHERE EXISTS (SELECT FROM exchange_matchbatch b WHERE b.market_id = m.id)"
            "    OR EXISTS (SELECT FROM exchange_spotorder o WHERE o.market_id = m.id"
            "                AND o.state IN ('new', 'partially_filled')) ORDER BY m.id"
        )
        return [row[0] for row in cursor.fetchall()]


def _versions(market_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(version), 0) FROM exchange_matchbatch WHERE market_id = %s",
            [market_id],
        )
        return int(cursor.fetchone()[0])


def _batches(market_id: int) -> Iterator[tuple[int, bytes, int, int, bytes]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_BATCHES, [market_id])
        while rows := cursor.fetchmany(CHUNK):
            for version, packed, commands, trades, digest in rows:
                yield version, bytes(packed), commands, trades, bytes(digest)


def _first_other_order(book: Book, market_id: int) -> Difference | None:
    """Compare the book with the open orders that the matcher has put to rest, place by place."""
    replayed: Iterator[Row] = (
        (o.order_id, o.owner, o.side, o.price, o.remaining) for o in book.orders.values()
    )
    for place, (ours, theirs) in enumerate(zip_longest(replayed, _resting(market_id)), start=1):
        if ours != theirs:
            return Difference(
                version=None,
                detail=f"open order {place}: replay gives {_words(ours)},"
                f" the database has {_words(theirs)}",
            )
    return None


def _other_trades(logged: int, market_id: int) -> Difference | None:
    """A log that was cut off at its end is noticed here when no order was left open by it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM exchange_trade WHERE market_id = %s", [market_id])
        (written,) = cursor.fetchone()
    if written == logged:
        return None
    return Difference(version=None, detail=f"the log made {logged} trades, {written} are written")


def _resting(market_id: int) -> Iterator[Row]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_RESTING, [market_id, market_id])
        while rows := cursor.fetchmany(CHUNK):
            yield from rows


def _words(row: Row | None) -> str:
    if row is None:
        return "none"
    order_id, owner, side, price, remaining = row
    return (
        f"order {order_id} of customer {owner}: {'sell' if side else 'buy'}"
        f" {remaining} lots at {price} ticks"
    )
