"""An owner meets an own order: the incoming order's mode decides who gives way."""

import pytest

from exchange.matching.commands import Kind, Stp, place, replace
from tests.exchange.matching.telling import ask, bid, book_of, resting, told

# Each story is told for a buying taker and, with bids and asks exchanged, for a selling one. Prices
# are given in steps away from the taker: the maker with the fewest is met first.
SIDES = pytest.mark.parametrize("side", [0, 1])
MIDDLE = 1_000


def worse(side: int, steps: int) -> int:
    """A price that many ticks less good for a taker of this side."""
    return MIDDLE + steps if side == 0 else MIDDLE - steps


def facing(side: int, *rows: tuple[int, int, int, int]):
    """A book of makers against a taker of this side: (order id, steps, size, owner) each."""
    maker = ask if side == 0 else bid
    return book_of(
        *(maker(oid, worse(side, steps), size, owner) for oid, steps, size, owner in rows)
    )


def taker(
    side: int, size: int, stp: Stp, *, owner: int = 7, kind: Kind = Kind.LIMIT, steps: int = 9
):
    price = 0 if kind == Kind.MARKET else worse(side, steps)
    return place(order_id=9, owner=owner, side=side, kind=kind, price=price, size=size, stp=stp)


@SIDES
def test_without_prevention_an_owner_trades_with_itself(side):
    book = facing(side, (1, 1, 5, 7))

    assert told(book.apply(taker(side, 5, Stp.NONE))) == [
        ("Accepted", 9),
        ("Traded", 9, 1, worse(side, 1), 5, 0),
    ]


@SIDES
@pytest.mark.parametrize("stp", list(Stp))
def test_orders_of_nobody_always_trade(side, stp):
    book = facing(side, (1, 1, 5, 0))

    assert told(book.apply(taker(side, 5, stp, owner=0)))[1] == (
        ("Traded", 9, 1, worse(side, 1), 5, 0)
    )


@SIDES
@pytest.mark.parametrize("stp", list(Stp))
def test_orders_of_different_owners_always_trade(side, stp):
    book = facing(side, (1, 1, 5, 8))

    assert told(book.apply(taker(side, 5, stp)))[1] == ("Traded", 9, 1, worse(side, 1), 5, 0)


@SIDES
def test_cancel_maker_removes_own_orders_and_goes_on(side):
    book = facing(side, (1, 1, 2, 8), (2, 1, 3, 7), (3, 1, 4, 8), (4, 2, 5, 7), (5, 3, 6, 8))

    assert told(book.apply(taker(side, 10, Stp.CANCEL_MAKER))) == [
        ("Accepted", 9),
        ("Traded", 9, 1, worse(side, 1), 2, 0),
        ("Cancelled", 2, 3, "STP"),
        ("Traded", 9, 3, worse(side, 1), 4, 0),
        ("Cancelled", 4, 5, "STP"),
        ("Traded", 9, 5, worse(side, 3), 4, 2),
    ]
    assert resting(book) == [(5, worse(side, 3), 2)]


@SIDES
def test_cancel_maker_leaves_own_orders_that_were_not_reached(side):
    book = facing(side, (1, 1, 2, 8), (2, 1, 3, 7))

    assert told(book.apply(taker(side, 2, Stp.CANCEL_MAKER)))[1:] == [
        ("Traded", 9, 1, worse(side, 1), 2, 0)
    ]
    assert resting(book) == [(2, worse(side, 1), 3)]


@SIDES
def test_cancel_maker_lets_the_taker_rest_where_its_own_order_stood(side):
    book = facing(side, (1, 9, 5, 7))

    assert told(book.apply(taker(side, 4, Stp.CANCEL_MAKER))) == [
        ("Accepted", 9),
        ("Cancelled", 1, 5, "STP"),
        ("Rested", 9, 4),
    ]


@SIDES
def test_cancel_taker_stops_at_the_first_own_order(side):
    book = facing(side, (1, 1, 2, 8), (2, 1, 3, 7), (3, 1, 4, 8))

    assert told(book.apply(taker(side, 10, Stp.CANCEL_TAKER))) == [
        ("Accepted", 9),
        ("Traded", 9, 1, worse(side, 1), 2, 0),
        ("Cancelled", 9, 8, "STP"),
    ]
    assert resting(book) == [(2, worse(side, 1), 3), (3, worse(side, 1), 4)]


@SIDES
def test_cancel_both_stops_at_the_first_own_order_and_removes_it(side):
    book = facing(side, (1, 1, 2, 8), (2, 1, 3, 7), (3, 1, 4, 7))

    assert told(book.apply(taker(side, 10, Stp.CANCEL_BOTH))) == [
        ("Accepted", 9),
        ("Traded", 9, 1, worse(side, 1), 2, 0),
        ("Cancelled", 2, 3, "STP"),
        ("Cancelled", 9, 8, "STP"),
    ]
    assert resting(book) == [(3, worse(side, 1), 4)]


@SIDES
@pytest.mark.parametrize("stp", list(Stp)[1:])
def test_an_own_order_beyond_the_limit_is_not_met(side, stp):
    book = facing(side, (1, 5, 5, 7))

    assert told(book.apply(taker(side, 5, stp, steps=4))) == [("Accepted", 9), ("Rested", 9, 5)]


@SIDES
@pytest.mark.parametrize("kind", [Kind.IOC, Kind.MARKET])
def test_prevention_holds_for_orders_that_never_rest(side, kind):
    book = facing(side, (1, 1, 5, 7), (2, 2, 5, 8))

    assert told(book.apply(taker(side, 5, Stp.CANCEL_MAKER, kind=kind))) == [
        ("Accepted", 9),
        ("Cancelled", 1, 5, "STP"),
        ("Traded", 9, 2, worse(side, 2), 5, 0),
    ]


def test_a_stopped_budget_reports_the_budget_that_is_left():
    book = book_of(ask(1, 100, 2, owner=8), ask(2, 101, 2, owner=7))

    command = place(
        order_id=9, owner=7, side=0, kind=Kind.MARKET, budget=1_000, stp=Stp.CANCEL_TAKER
    )
    assert told(book.apply(command))[1:] == [
        ("Traded", 9, 1, 100, 2, 0),
        ("Cancelled", 9, 800, "STP"),
    ]


def test_a_budget_too_small_to_trade_does_not_cancel_an_own_order():
    book = book_of(ask(1, 100, 2, owner=7))

    command = place(order_id=9, owner=7, side=0, kind=Kind.MARKET, budget=99, stp=Stp.CANCEL_BOTH)
    assert told(book.apply(command))[1:] == [("Cancelled", 9, 99, "BUDGET_SPENT")]
    assert resting(book) == [(1, 100, 2)]


@SIDES
@pytest.mark.parametrize("stp", list(Stp))
def test_a_post_only_order_is_cancelled_even_when_it_crosses_only_its_owner(side, stp):
    book = facing(side, (1, 1, 5, 7))

    assert told(book.apply(taker(side, 5, stp, kind=Kind.LIMIT_MAKER)))[1:] == [
        ("Cancelled", 9, 5, "POST_ONLY")
    ]
    assert resting(book) == [(1, worse(side, 1), 5)]


@SIDES
def test_a_replaced_order_prevents_by_the_mode_of_the_replace(side):
    book = facing(side, (1, 1, 5, 7))
    own = place(order_id=9, owner=7, side=side, price=worse(side, -5), size=5, stp=Stp.CANCEL_TAKER)
    book.apply(own)

    command = replace(order_id=9, price=worse(side, 1), size=5, stp=Stp.CANCEL_MAKER)
    assert told(book.apply(command)) == [
        ("Replaced", 9, worse(side, 1), 5),
        ("Cancelled", 1, 5, "STP"),
        ("Rested", 9, 5),
    ]


# A FOK asks first what it could really take. Makers: 2 of another, 3 own, 4 of another at the
# first price; 5 of another behind them.

FOK_CASES = [
    (Stp.NONE, 14, True),
    (Stp.NONE, 15, False),
    (Stp.CANCEL_MAKER, 11, True),
    (Stp.CANCEL_MAKER, 12, False),
    (Stp.CANCEL_TAKER, 2, True),
    (Stp.CANCEL_TAKER, 3, False),
    (Stp.CANCEL_BOTH, 2, True),
    (Stp.CANCEL_BOTH, 3, False),
]


@SIDES
@pytest.mark.parametrize(("stp", "size", "fills"), FOK_CASES)
def test_a_fok_counts_only_what_its_prevention_lets_it_take(side, stp, size, fills):
    book = facing(side, (1, 1, 2, 8), (2, 1, 3, 7), (3, 1, 4, 8), (4, 2, 5, 8))
    before = book.digest()

    events = told(book.apply(taker(side, size, stp, kind=Kind.FOK)))

    if fills:
        assert sum(event[4] for event in events if event[0] == "Traded") == size
        assert ("Cancelled", 9) not in [event[:2] for event in events]
    else:
        assert events == [("Accepted", 9), ("Cancelled", 9, size, "FOK")]
        assert book.digest() == before


@SIDES
@pytest.mark.parametrize("stp", list(Stp))
def test_an_own_order_beyond_its_limit_neither_hinders_nor_helps_a_fok(side, stp):
    rows = (1, 1, 2, 8), (2, 2, 3, 8), (3, 3, 4, 7)

    fok = taker(side, 5, stp, kind=Kind.FOK, steps=2)
    assert told(facing(side, *rows).apply(fok))[1:] == [
        ("Traded", 9, 1, worse(side, 1), 2, 0),
        ("Traded", 9, 2, worse(side, 2), 3, 0),
    ]
    fok = taker(side, 3, stp, kind=Kind.FOK, steps=1)
    assert told(facing(side, *rows).apply(fok))[1:] == [("Cancelled", 9, 3, "FOK")]


@SIDES
@pytest.mark.parametrize("stp", list(Stp))
def test_an_own_order_on_its_own_side_does_not_hinder_a_fok(side, stp):
    book = facing(side, (1, 1, 5, 8))
    book.apply(place(order_id=2, owner=7, side=side, price=worse(side, -1), size=3))

    assert told(book.apply(taker(side, 5, stp, kind=Kind.FOK)))[1:] == [
        ("Traded", 9, 1, worse(side, 1), 5, 0)
    ]


@SIDES
def test_a_fok_stops_at_the_own_order_it_meets_first_and_not_at_the_oldest(side):
    rows = (1, 3, 1, 7), (2, 1, 2, 8), (3, 1, 1, 7), (4, 2, 5, 8)

    fok = taker(side, 3, Stp.CANCEL_TAKER, kind=Kind.FOK)
    assert told(facing(side, *rows).apply(fok))[1:] == [("Cancelled", 9, 3, "FOK")]
    fok = taker(side, 2, Stp.CANCEL_TAKER, kind=Kind.FOK)
    assert told(facing(side, *rows).apply(fok))[1:] == [("Traded", 9, 2, worse(side, 1), 2, 0)]
