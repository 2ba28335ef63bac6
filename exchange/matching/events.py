"""What a book answers.

One command gives a list of events in the order in which things happened.

    PLACE       Accepted, then any number of Traded (and Cancelled makers, by self-trade
                prevention), then at most one closing event for the new order: Rested or Cancelled.
                No closing event means that it traded whole.
    CANCEL      Cancelled
    CANCEL_ALL  one Cancelled for each order, oldest first; an empty list when there was none
    REDUCE      Reduced
    REPLACE     Replaced, then as after Accepted; or Reduced alone when only the size went down

A command that can't be carried out gives one Rejected and changes nothing. A maker is finished by
the Traded event that leaves it `maker_remaining` 0.

Events are named tuples: cheap, immutable, equal by value. Two kinds of event with the same numbers
are equal as tuples, so tell them apart by class.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple


class Reason(IntEnum):
    """Why what was left of an order was cancelled."""

    USER = 1
    """A cancel or cancel-all command asked for it."""
    IOC = 2
    """Immediate-or-cancel: nothing more to trade at its price or better."""
    FOK = 3
    """Fill-or-kill: it could not have traded whole, so the book was not touched."""
    POST_ONLY = 4
    """A LIMIT_MAKER would have traded at once; the book was not touched."""
    STP = 5
    """It met an order of the same owner."""
    MARKET_EXHAUSTED = 6
    """A market order found nothing more on the other side."""
    BUDGET_SPENT = 7
    """What is left of a market buy's budget does not pay for one lot at the best price."""


class Refusal(IntEnum):
    """Why a command was not carried out."""

    UNKNOWN_ORDER = 1
    """No open order has this id: it never came, or it is finished."""
    DUPLICATE_ORDER = 2
    """An open order already has this id."""
    BAD_OP = 3
    BAD_SIDE = 4
    BAD_KIND = 5
    BAD_STP = 6
    BAD_PRICE = 7
    BAD_SIZE = 8
    BAD_BUDGET = 9
    BAD_OWNER = 10
    """A cancel-all must name an owner."""
    NOT_SMALLER = 11
    """A reduce must leave less than is open now."""
    UNCHANGED = 12
    """A replace asked for the price and the size that the order has."""
    WOULD_CROSS = 13
    """A LIMIT_MAKER replace would trade at once; the order stays as it was."""


class Accepted(NamedTuple):
    """A new order is valid and was taken up."""

    order_id: int


class Traded(NamedTuple):
    """Two orders traded `size` lots at the maker's `price` in ticks."""

    taker_id: int
    maker_id: int
    price: int
    size: int
    maker_remaining: int


class Rested(NamedTuple):
    """`remaining` lots of an order now wait in the book, behind all with a lower `priority`."""

    order_id: int
    remaining: int
    priority: int


class Cancelled(NamedTuple):
    """An order is off the book, or never reached it, with `remaining` untraded.

    `remaining` is in lots; for a market buy by budget it is what is left of the budget, in ticks
    times lots.
    """

    order_id: int
    remaining: int
    reason: Reason


class Reduced(NamedTuple):
    """An order has only `remaining` lots open now and kept its place."""

    order_id: int
    remaining: int


class Replaced(NamedTuple):
    """An order left its place and comes in again at `price` with `size` lots, as a taker first."""

    order_id: int
    price: int
    size: int


class Rejected(NamedTuple):
    """A command was not carried out. For a cancel-all the `order_id` is 0."""

    order_id: int
    reason: Refusal


Event = Accepted | Traded | Rested | Cancelled | Reduced | Replaced | Rejected

_ACCEPTED: Final = Struct("<Bq")
_TRADED: Final = Struct("<Bqqqqq")
_RESTED: Final = Struct("<Bqq")
_CANCELLED: Final = Struct("<BqqQB")
_REDUCED: Final = Struct("<Bqq")
_REPLACED: Final = Struct("<Bqqq")
_REJECTED: Final = Struct("<BqB")
_LOW: Final = 2**64 - 1


def pack_event(event: Event) -> bytes:
    """Write one event, its class first. No two different events give the same bytes.

    The priority of a Rested order is left out: it numbers places in the queue, and a book rebuilt
    from its open orders must give the same bytes as one that never stopped.
    """
    match event:
        case Traded():
            return _TRADED.pack(2, *event)
        case Accepted():
            return _ACCEPTED.pack(1, event.order_id)
        case Rested():
            return _RESTED.pack(3, event.order_id, event.remaining)
        case Cancelled():
            high, low = event.remaining >> 64, event.remaining & _LOW
            return _CANCELLED.pack(4, event.order_id, high, low, event.reason)
        case Reduced():
            return _REDUCED.pack(5, event.order_id, event.remaining)
        case Replaced():
            return _REPLACED.pack(6, event.order_id, event.price, event.size)
        case Rejected():
            return _REJECTED.pack(7, event.order_id, event.reason)


def pack_events(events: Iterable[Event]) -> bytes:
    """Write events one after another, for the hash of a batch."""
    return b"".join([pack_event(event) for event in events])
