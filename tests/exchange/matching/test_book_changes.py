"""What happens to orders that wait: cancelled, made smaller, moved; and what is refused."""

import pytest

from exchange.matching.book import Book
from exchange.matching.commands import (
    LARGEST,
    Command,
    Kind,
    Op,
    Stp,
    cancel,
    cancel_all,
    place,
    reduce,
    replace,
)
from tests.exchange.matching.telling import (
    BUY,
    SELL,
    ask,
    bid,
    book_of,
    market,
    resting,
    spend,
    told,
)

# Cancels.


def test_a_cancelled_order_is_off_the_book():
    book = book_of(bid(1, 100, 5), bid(2, 99, 1))

    assert told(book.apply(cancel(order_id=1))) == [("Cancelled", 1, 5, "USER")]
    assert resting(book) == [(2, 99, 1)]
    assert book.best_bid == 99


def test_cancelling_a_partly_filled_order_gives_back_the_rest_only():
    book = book_of(ask(1, 100, 10), bid(2, 100, 4))

    assert told(book.apply(cancel(order_id=1))) == [("Cancelled", 1, 6, "USER")]
    assert book.depth(5) == ([], [])


@pytest.mark.parametrize("place_in_queue", [1, 2, 3])
def test_a_cancel_anywhere_in_a_queue_leaves_the_others_in_order(place_in_queue):
    book = book_of(ask(1, 100, 1), ask(2, 100, 1), ask(3, 100, 1), cancel(order_id=place_in_queue))

    left = [order_id for order_id in (1, 2, 3) if order_id != place_in_queue]
    assert book.depth(1) == ([], [(100, 2)])
    assert told(book.apply(market(9, BUY, 2)))[1:] == [
        ("Traded", 9, order_id, 100, 1, 0) for order_id in left
    ]


def test_a_finished_order_cannot_be_cancelled_again():
    book = book_of(ask(1, 100, 1), bid(2, 100, 1), bid(3, 90, 1), cancel(order_id=3))

    for order_id in (1, 2, 3, 4):
        assert told(book.apply(cancel(order_id=order_id))) == [
            ("Rejected", order_id, "UNKNOWN_ORDER")
        ]


def test_cancel_all_takes_one_owners_orders_oldest_first_and_nobody_elses():
    book = book_of(
        bid(1, 98, 1, owner=7),
        ask(2, 101, 2, owner=7),
        bid(3, 99, 3, owner=8),
        bid(4, 98, 4),
        bid(5, 99, 5, owner=7),
        replace(order_id=1, price=97, size=6),
    )

    assert told(book.apply(cancel_all(owner=7))) == [
        ("Cancelled", 2, 2, "USER"),
        ("Cancelled", 5, 5, "USER"),
        ("Cancelled", 1, 6, "USER"),
    ]
    assert resting(book) == [(3, 99, 3), (4, 98, 4)]
    assert told(book.apply(cancel_all(owner=7))) == []


@pytest.mark.parametrize(("side", "gone"), [(BUY, [1, 3]), (SELL, [2])])
def test_cancel_all_of_one_side_leaves_the_other(side, gone):
    book = book_of(bid(1, 98, 1, owner=7), ask(2, 101, 1, owner=7), bid(3, 99, 1, owner=7))

    assert [event.order_id for event in book.apply(cancel_all(owner=7, side=side))] == gone


def test_orders_of_nobody_cannot_be_cancelled_in_one_stroke():
    book = book_of(bid(1, 98, 1), bid(2, 99, 1))

    assert told(book.apply(cancel_all(owner=0))) == [("Rejected", 0, "BAD_OWNER")]
    assert len(book.orders) == 2


# Reduce.


def test_a_reduced_order_keeps_its_place():
    book = book_of(ask(1, 100, 10), ask(2, 100, 10))

    assert told(book.apply(reduce(order_id=1, size=4))) == [("Reduced", 1, 4)]
    assert book.depth(1) == ([], [(100, 14)])
    assert told(book.apply(market(9, BUY, 5)))[1:] == [
        ("Traded", 9, 1, 100, 4, 0),
        ("Traded", 9, 2, 100, 1, 9),
    ]


@pytest.mark.parametrize(
    ("size", "reason"),
    [(6, "NOT_SMALLER"), (7, "NOT_SMALLER"), (0, "BAD_SIZE"), (-1, "BAD_SIZE")],
)
def test_a_reduce_must_leave_something_and_less_than_is_open(size, reason):
    book = book_of(ask(1, 100, 10), bid(2, 100, 4))
    before = book.digest()

    assert told(book.apply(reduce(order_id=1, size=size))) == [("Rejected", 1, reason)]
    assert book.digest() == before


# Replace.


def test_a_replace_at_the_same_price_with_a_smaller_size_keeps_its_place():
    book = book_of(ask(1, 100, 10), ask(2, 100, 10))

    assert told(book.apply(replace(order_id=1, price=100, size=4))) == [("Reduced", 1, 4)]
    assert told(book.apply(market(9, BUY, 1)))[1] == ("Traded", 9, 1, 100, 1, 3)


def test_an_order_made_larger_goes_to_the_back_of_its_queue():
    book = book_of(ask(1, 100, 10), ask(2, 100, 10))

    assert told(book.apply(replace(order_id=1, price=100, size=11))) == [
        ("Replaced", 1, 100, 11),
        ("Rested", 1, 11),
    ]
    assert book.depth(1) == ([], [(100, 21)])
    assert told(book.apply(market(9, BUY, 1)))[1] == ("Traded", 9, 2, 100, 1, 9)


@pytest.mark.parametrize("size", [1, 5, 9])
def test_an_order_moved_to_another_price_waits_behind_those_who_were_there(size):
    book = book_of(ask(1, 100, 5), ask(2, 101, 5))

    assert told(book.apply(replace(order_id=1, price=101, size=size))) == [
        ("Replaced", 1, 101, size),
        ("Rested", 1, size),
    ]
    assert book.depth(5) == ([], [(101, 5 + size)])
    assert told(book.apply(market(9, BUY, 6)))[1:] == [
        ("Traded", 9, 2, 101, 5, 0),
        ("Traded", 9, 1, 101, 1, size - 1),
    ]


def test_an_order_moved_away_and_back_has_lost_its_place():
    book = book_of(
        ask(1, 100, 5),
        ask(2, 100, 5),
        replace(order_id=1, price=101, size=5),
        replace(order_id=1, price=100, size=5),
    )

    assert told(book.apply(market(9, BUY, 1)))[1] == ("Traded", 9, 2, 100, 1, 4)


def test_a_replace_across_the_spread_trades_at_the_makers_prices_and_rests():
    book = book_of(ask(1, 100, 3), ask(2, 102, 3), bid(3, 95, 4))

    assert told(book.apply(replace(order_id=3, price=105, size=10))) == [
        ("Replaced", 3, 105, 10),
        ("Traded", 3, 1, 100, 3, 0),
        ("Traded", 3, 2, 102, 3, 0),
        ("Rested", 3, 4),
    ]
    assert book.depth(5) == ([(105, 4)], [])


def test_a_replace_that_trades_whole_has_no_closing_event():
    book = book_of(bid(1, 100, 3), ask(2, 110, 3))

    assert told(book.apply(replace(order_id=2, price=90, size=2))) == [
        ("Replaced", 2, 90, 2),
        ("Traded", 2, 1, 100, 2, 1),
    ]
    assert resting(book) == [(1, 100, 1)]


def test_a_post_only_replace_that_would_trade_leaves_the_order_where_it_was():
    book = book_of(ask(1, 100, 3), bid(2, 95, 4))
    before = book.digest()

    command = replace(order_id=2, price=100, size=4, kind=Kind.LIMIT_MAKER)
    assert told(book.apply(command)) == [("Rejected", 2, "WOULD_CROSS")]
    assert book.digest() == before
    command = replace(order_id=2, price=99, size=4, kind=Kind.LIMIT_MAKER)
    assert told(book.apply(command)) == [("Replaced", 2, 99, 4), ("Rested", 2, 4)]


def test_a_replace_that_changes_nothing_is_refused_and_costs_no_place():
    book = book_of(ask(1, 100, 5), ask(2, 100, 5))

    assert told(book.apply(replace(order_id=1, price=100, size=5))) == [
        ("Rejected", 1, "UNCHANGED")
    ]
    assert told(book.apply(market(9, BUY, 1)))[1] == ("Traded", 9, 1, 100, 1, 4)


# Priority numbers.


def test_priority_is_given_on_resting_and_anew_on_a_replace_but_not_on_a_reduce_or_fill():
    book = book_of(ask(1, 100, 5), ask(2, 100, 5), bid(3, 90, 5))
    assert [order.priority for order in book.orders.values()] == [1, 2, 3]

    book.apply(reduce(order_id=1, size=4))
    book.apply(market(8, BUY, 1))
    assert book.orders[1].priority == 1

    (_, rested) = book.apply(replace(order_id=1, price=101, size=4))
    assert (rested.order_id, rested.remaining, rested.priority) == (1, 4, 4)
    assert book.orders[1].priority == book.priority == 4
    assert list(book.orders) == [2, 3, 1]


# Commands that can't be carried out.

REFUSED = [
    (bid(1, 100, 1), "DUPLICATE_ORDER"),
    (market(1, SELL, 1), "DUPLICATE_ORDER"),
    (spend(1, 100), "DUPLICATE_ORDER"),
    (bid(9, 100, 0), "BAD_SIZE"),
    (bid(9, 100, -5), "BAD_SIZE"),
    (bid(9, 100, LARGEST + 1), "BAD_SIZE"),
    (bid(9, 0, 5), "BAD_PRICE"),
    (ask(9, -1, 5), "BAD_PRICE"),
    (ask(9, LARGEST + 1, 5), "BAD_PRICE"),
    (place(order_id=9, side=BUY, kind=Kind.IOC, size=1), "BAD_PRICE"),
    (place(order_id=9, side=BUY, kind=Kind.FOK, size=1), "BAD_PRICE"),
    (market(9, SELL, 0), "BAD_SIZE"),
    (market(9, BUY, -1), "BAD_SIZE"),
    (spend(9, 0), "BAD_BUDGET"),
    (spend(9, -1), "BAD_BUDGET"),
    (spend(9, LARGEST * LARGEST + 1), "BAD_BUDGET"),
    (place(order_id=9, side=SELL, kind=Kind.MARKET, budget=500), "BAD_SIZE"),
    (place(order_id=9, side=2, price=1, size=1), "BAD_SIDE"),
    (place(order_id=9, side=-1, price=1, size=1), "BAD_SIDE"),
    (place(order_id=9, side=BUY, kind=5, price=1, size=1), "BAD_KIND"),
    (place(order_id=9, side=BUY, kind=-1, price=1, size=1), "BAD_KIND"),
    (place(order_id=9, side=BUY, price=1, size=1, stp=4), "BAD_STP"),
    (place(order_id=9, side=BUY, price=1, size=1, stp=-1), "BAD_STP"),
    (cancel(order_id=9), "UNKNOWN_ORDER"),
    (reduce(order_id=9, size=1), "UNKNOWN_ORDER"),
    (replace(order_id=9, price=1, size=1), "UNKNOWN_ORDER"),
    (replace(order_id=1, price=0, size=1), "BAD_PRICE"),
    (replace(order_id=1, price=LARGEST + 1, size=1), "BAD_PRICE"),
    (replace(order_id=1, price=99, size=0), "BAD_SIZE"),
    (replace(order_id=1, price=99, size=LARGEST + 1), "BAD_SIZE"),
    (replace(order_id=1, price=99, size=1, kind=Kind.IOC), "BAD_KIND"),
    (replace(order_id=1, price=99, size=1, stp=9), "BAD_STP"),
    (Command(Op.CANCEL_ALL, owner=7, side=2), "BAD_SIDE"),
    (Command(Op.CANCEL_ALL, owner=7, side=-2), "BAD_SIDE"),
    (Command(0, order_id=1), "BAD_OP"),
    (Command(99, order_id=1), "BAD_OP"),
]


@pytest.mark.parametrize(("command", "reason"), REFUSED)
def test_a_command_that_cannot_be_carried_out_says_why_and_changes_nothing(command, reason):
    book = book_of(bid(1, 100, 5, owner=7), ask(2, 110, 5, owner=7))
    before = book.snapshot()

    assert told(book.apply(command)) == [("Rejected", command.order_id, reason)]
    assert book.snapshot() == before


def test_the_largest_price_and_size_are_traded_like_any_other():
    book = Book()
    book.apply(ask(1, LARGEST, LARGEST))

    assert told(book.apply(market(2, BUY, LARGEST, stp=Stp.CANCEL_BOTH)))[1] == (
        ("Traded", 2, 1, LARGEST, LARGEST, 0)
    )
