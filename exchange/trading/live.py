"""A market's book in memory, with what settlement must know of each open order.

A worker keeps the books of its markets from batch to batch. A book is current when its version and
digest are those of the market's last batch in the database; otherwise it is built anew from the
open orders. So a worker that died, was replaced, or lost a commit costs one rebuild and no order.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from exchange.core import copy
from exchange.markets import recent
from exchange.markets.publish import Memory
from exchange.matching.book import Book
from exchange.matching.commands import Op, Side
from exchange.matching.journal import GENESIS
from exchange.trading.terms import buy_hold

# Orders of a market that are not in its book yet: a command to place them waits.
QUEUED = f"""
SELECT unnest(order_ids) FROM exchange_matchcommand WHERE market_id = %s AND op = {Op.PLACE:d}
"""  # noqa: S608  constants only
MAX_BOOKS = 512
PRIORITY_BITS = 10

ORDER_FIELDS = (
    "id, customer_id, side, kind, stp, price, size, budget, filled_size, filled_notional,"
    " state, cancel_source, priority, held, maker_ppm, taker_ppm, base_account_id,"
    " quote_account_id, self_trade_id, client_order_id"
)
# Whole numbers beyond 64 bits: text becomes an int sooner than a Decimal does.
_NUMERIC = {"budget", "filled_notional", "held"}
# Milliseconds as a whole number: a datetime costs more to read than the rest of the row.
_CREATED = "floor(extract(epoch FROM {alias}.created_at) * 1000)::bigint"


def qualified(alias: str) -> str:
    """The columns of an `OpenOrder`, of a table by that alias."""
    names = [
        f"{alias}.{name}{'::text' if name in _NUMERIC else ''}" for name in ORDER_FIELDS.split(", ")
    ]
    return ", ".join([*names, _CREATED.format(alias=alias)])


def first_priority(order_id: int) -> int:
    """The place an order has by its id alone. The gaps between are for those met out of order."""
    return order_id << PRIORITY_BITS


@dataclass(slots=True)
class OpenOrder:
    """An order as settlement sees it: whole numbers only (see `terms`)."""

    order_id: int
    customer_id: int
    side: int
    kind: int
    stp: int
    price: int
    size: int
    budget: int
    filled_size: int
    filled_notional: int
    state: str
    cancel_source: str
    priority: int
    held: int
    maker_ppm: int
    taker_ppm: int
    base_account_id: int
    quote_account_id: int
    self_trade_id: int
    client_order_id: str | None
    created_ms: int

    @property
    def remaining(self) -> int:
        """Lots still open; of a market buy by notional, what is left of its budget."""
        if self.budget:
            return self.budget - self.filled_notional
        return self.size - self.filled_size

    def needs(self, scale: int) -> int:
        """What must stay held for what is open of it."""
        if self.side == Side.SELL:
            return self.remaining
        open_notional = self.remaining if self.budget else self.remaining * self.price
        return buy_hold(open_notional * scale, max(self.maker_ppm, self.taker_ppm))


@dataclass(slots=True)
class LiveBook:
    """One market's book at a version of its applied log."""

    version: int = 0
    digest: bytes = GENESIS
    book: Book = field(default_factory=Book)
    orders: dict[int, OpenOrder] = field(default_factory=dict)
    last_priority: int = 0
    memory: Memory = field(default_factory=Memory)

    def queue_up(self, order: OpenOrder) -> bool:
        """Give an order that comes to rest its place behind all others. True when that is another
        place than it has: two commands were committed in another order than their orders' ids,
        or the order was replaced."""
        last = self.last_priority
        self.last_priority = max(order.priority, last + 1)
        if order.priority > last:
            return False
        order.priority = self.last_priority
        return True


_books: OrderedDict[int, LiveBook] = OrderedDict()


def current(market_id: int) -> LiveBook:
    """The market's book as of its last committed batch. Call under the market's lock."""
    version, digest = last_batch(market_id)
    live = _books.get(market_id)
    if live is None or (live.version, live.digest) != (version, digest):
        live = rebuild(market_id, version, digest)
    _books[market_id] = live
    _books.move_to_end(market_id)
    while len(_books) > MAX_BOOKS:
        _books.popitem(last=False)
    return live


def forget(market_id: int) -> None:
    """A batch failed half-way: what is in memory is not what is in the database."""
    _books.pop(market_id, None)


def last_batch(market_id: int) -> tuple[int, bytes]:
    """Version and digest of the last batch that was applied; (0, GENESIS) before the first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT version, digest FROM exchange_matchbatch WHERE market_id = %s"
            " ORDER BY version DESC LIMIT 1",
            [market_id],
        )
        row = cursor.fetchone()
    return (row[0], bytes(row[1])) if row else (0, GENESIS)


def rebuild(market_id: int, version: int, digest: bytes) -> LiveBook:
    """From the open orders that the matcher has put to rest; those still queued come by command."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {qualified('o')} FROM exchange_spotorder o"  # noqa: S608  constants
            " WHERE market_id = %s AND state IN ('new', 'partially_filled') ORDER BY priority",
            [market_id],
        )
        rows = cursor.fetchall()
        # Told apart here: a backlog can be long, and an anti-join's plan is the planner's guess.
        cursor.execute(QUEUED, [market_id])
        queued = {row[0] for row in cursor.fetchall()}
    orders = [order_from(row) for row in rows if row[0] not in queued]
    book = Book.from_orders(
        (o.order_id, o.self_trade_id, o.side, o.price, o.remaining, o.priority) for o in orders
    )
    last = orders[-1].priority if orders else 0
    return LiveBook(
        version, digest, book, {o.order_id: o for o in orders}, last, recent.memory_of(market_id)
    )


def order_from(row: Sequence[Any]) -> OpenOrder:
    """An order from a row of ORDER_FIELDS."""
    order = OpenOrder(*row)
    order.budget = int(order.budget)
    order.filled_notional = int(order.filled_notional)
    order.held = int(order.held)
    return order


def orders_of(order_ids: Sequence[int]) -> list[OpenOrder]:
    """Orders as their rows say, whether the book knows them or not, by id."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {qualified('o')} FROM exchange_spotorder o"  # noqa: S608  constants
            " WHERE id = ANY(%s::bigint[]) ORDER BY id",
            [copy.array(order_ids)],
        )
        return [order_from(row) for row in cursor.fetchall()]
