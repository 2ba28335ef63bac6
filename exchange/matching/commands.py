"""What can be asked of a book.

Every command is one `Command`, a tuple of nine integers. Which fields a command uses follows from
its operation; fields that it does not use are not read.

    PLACE       order_id, owner, side, kind, stp; and price and size, or for MARKET only size, or
                for a MARKET buy with size 0 the budget
    CANCEL      order_id
    CANCEL_ALL  owner; side, or BOTH_SIDES
    REDUCE      order_id; size is the new open size, smaller than what is open now
    REPLACE     order_id, price, stp; size is the new open size; kind is LIMIT or LIMIT_MAKER

A book serves one market and trusts its caller on identity: whoever may not touch an order is
refused before a command is made. Order ids are the caller's and must be unique among open orders;
a book does not remember the ids of finished orders.

The functions at the end build commands by name. `pack` and `unpack` carry them to and from bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from struct import Struct, error
from typing import Final, NamedTuple


class Op(IntEnum):
    """What to do."""

    PLACE = 1
    CANCEL = 2
    CANCEL_ALL = 3
    REDUCE = 4
    REPLACE = 5


class Side(IntEnum):
    """Which way the order trades."""

    BUY = 0
    SELL = 1


class Kind(IntEnum):
    """How long an order lasts and on what terms.

    LIMIT trades what it can and rests the remainder. LIMIT_MAKER (post-only) rests whole or not at
    all. IOC trades what it can up to its price and never rests. FOK trades whole at once or not at
    all. MARKET trades at any price and never rests.
    """

    LIMIT = 0
    MARKET = 1
    LIMIT_MAKER = 2
    IOC = 3
    FOK = 4


class Stp(IntEnum):
    """What happens when an incoming order meets a resting order of the same owner.

    The incoming order's mode decides; the mode the resting order came with is not asked.
    CANCEL_MAKER cancels the resting order and goes on. CANCEL_TAKER cancels what is left of the
    incoming order. CANCEL_BOTH does both. NONE lets them trade with each other.
    """

    NONE = 0
    CANCEL_MAKER = 1
    CANCEL_TAKER = 2
    CANCEL_BOTH = 3


NOBODY: Final = 0
"""The owner of an order that belongs to no account: it is never held to be its own counterparty."""

BOTH_SIDES: Final = -1
"""The side of a CANCEL_ALL that means bids and asks alike."""

LARGEST: Final = 2**63 - 1
"""The largest id, price and size; a budget may reach the square of it."""


class Command(NamedTuple):
    """One thing asked of one market's book. All fields are integers; see the module's table."""

    op: int
    order_id: int = 0
    owner: int = NOBODY
    side: int = Side.BUY
    kind: int = Kind.LIMIT
    price: int = 0
    size: int = 0
    budget: int = 0
    stp: int = Stp.NONE


def place(
    *,
    order_id: int,
    side: int,
    kind: int = Kind.LIMIT,
    price: int = 0,
    size: int = 0,
    budget: int = 0,
    owner: int = NOBODY,
    stp: int = Stp.NONE,
) -> Command:
    """Enter a new order. A market buy by notional gives `budget` (ticks x lots) and no size."""
    return Command(Op.PLACE, order_id, owner, side, kind, price, size, budget, stp)


def cancel(*, order_id: int) -> Command:
    """Take what is left of one order off the book."""
    return Command(Op.CANCEL, order_id)


def cancel_all(*, owner: int, side: int = BOTH_SIDES) -> Command:
    """Take every open order of one owner off the book, or those of one side."""
    return Command(Op.CANCEL_ALL, 0, owner, side)


def reduce(*, order_id: int, size: int) -> Command:
    """Make an order smaller where it stands; `size` is what shall remain open."""
    return Command(Op.REDUCE, order_id, size=size)


def replace(
    *, order_id: int, price: int, size: int, kind: int = Kind.LIMIT, stp: int = Stp.NONE
) -> Command:
    """Move an order to another price or make it larger; `size` is what shall be open after."""
    return Command(Op.REPLACE, order_id, kind=kind, price=price, size=size, stp=stp)


# op, side, kind, stp; order_id, owner, price, size; the budget's high and low 64 bits.
_RECORD: Final = Struct("<BbbbqqqqqQ")
_HEADER: Final = Struct("<BI")
_FORMAT: Final = 1
_LOW: Final = 2**64 - 1


def pack(commands: Iterable[Command]) -> bytes:
    """Write commands for the applied log: a format byte, their count, 52 bytes for each.

    The result says where it ends, so that two logs put together can't be read two ways.
    Raises ValueError when a number is outside the log's range (64 bits, 128 for a budget).
    """
    record = _RECORD.pack
    try:
        records = [
            record(op, side, kind, stp, order_id, owner, price, size, budget >> 64, budget & _LOW)
            for op, order_id, owner, side, kind, price, size, budget, stp in commands
        ]
    except error as exc:
        raise ValueError(f"a command does not fit the log: {exc}") from exc
    return _HEADER.pack(_FORMAT, len(records)) + b"".join(records)


def unpack(packed: bytes) -> list[Command]:
    """Read back what `pack` wrote. Raises ValueError when the bytes are not a whole log."""
    if len(packed) < _HEADER.size:
        raise ValueError("a packed log is shorter than its header")
    version, count = _HEADER.unpack_from(packed)
    if version != _FORMAT:
        raise ValueError(f"unknown log format {version}")
    records = memoryview(packed)[_HEADER.size :]
    if len(records) != count * _RECORD.size:
        raise ValueError(f"a log of {count} commands has {len(records)} bytes of records")
    return [
        Command(op, order_id, owner, side, kind, price, size, (high << 64) | low, stp)
        for op, side, kind, stp, order_id, owner, price, size, high, low in (
            _RECORD.iter_unpack(records)
        )
    ]
