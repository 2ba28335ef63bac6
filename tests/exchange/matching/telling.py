"""Events in short, for comparison.

Named tuples of different classes with the same numbers compare equal; these lines don't.
"""

from collections.abc import Iterable

from exchange.matching.book import Book
from exchange.matching.commands import Command, Kind, Side, place
from exchange.matching.events import Event, Rested

BUY, SELL = Side.BUY, Side.SELL


def told(events: Iterable[Event]) -> list[tuple]:
    """Each event as its class name and its fields, without the priority of a Rested order."""
    return [
        ("Rested", event.order_id, event.remaining)
        if isinstance(event, Rested)
        else (type(event).__name__, *(getattr(field, "name", field) for field in event))
        for event in events
    ]


def book_of(*commands: Command) -> Book:
    """A book after these commands."""
    book = Book()
    for command in commands:
        book.apply(command)
    return book


def bid(order_id: int, price: int, size: int, owner: int = 0) -> Command:
    return place(order_id=order_id, owner=owner, side=BUY, price=price, size=size)


def ask(order_id: int, price: int, size: int, owner: int = 0) -> Command:
    return place(order_id=order_id, owner=owner, side=SELL, price=price, size=size)


def market(order_id: int, side: int, size: int, **rest: int) -> Command:
    return place(order_id=order_id, side=side, kind=Kind.MARKET, size=size, **rest)


def spend(order_id: int, budget: int, **rest: int) -> Command:
    return place(order_id=order_id, side=BUY, kind=Kind.MARKET, budget=budget, **rest)


def resting(book: Book) -> list[tuple[int, int, int]]:
    """(order id, price, remaining) of every open order, oldest place first."""
    return [(order.order_id, order.price, order.remaining) for order in book.orders.values()]
