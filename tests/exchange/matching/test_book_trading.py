"""How orders trade: price, then time; at the maker's price; each kind on its terms."""

import pytest

from exchange.matching.book import Book
from exchange.matching.commands import Kind, cancel, place
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


def test_an_order_that_meets_nobody_rests_in_the_book():
    book = Book()

    assert told(book.apply(bid(1, 100, 5))) == [("Accepted", 1), ("Rested", 1, 5)]
    assert told(book.apply(ask(2, 101, 7))) == [("Accepted", 2), ("Rested", 2, 7)]
    assert book.depth(10) == ([(100, 5)], [(101, 7)])
    assert (book.best_bid, book.best_ask) == (100, 101)


def test_two_orders_of_one_size_and_price_finish_each_other():
    book = book_of(ask(1, 100, 5))

    assert told(book.apply(bid(2, 100, 5))) == [("Accepted", 2), ("Traded", 2, 1, 100, 5, 0)]
    assert resting(book) == []
    assert book.depth(10) == ([], [])
    assert (book.best_bid, book.best_ask) == (None, None)


def test_a_buyer_who_offers_more_than_asked_pays_what_was_asked():
    book = book_of(ask(1, 100, 5))

    assert told(book.apply(bid(2, 120, 5)))[1] == ("Traded", 2, 1, 100, 5, 0)


def test_a_seller_who_asks_less_than_bid_gets_what_was_bid():
    book = book_of(bid(1, 100, 5))

    assert told(book.apply(ask(2, 80, 5)))[1] == ("Traded", 2, 1, 100, 5, 0)


def test_a_large_maker_keeps_what_a_small_taker_leaves():
    book = book_of(ask(1, 100, 10))

    assert told(book.apply(bid(2, 100, 4))) == [("Accepted", 2), ("Traded", 2, 1, 100, 4, 6)]
    assert resting(book) == [(1, 100, 6)]
    assert book.depth(1) == ([], [(100, 6)])


def test_a_large_taker_rests_with_what_a_small_maker_could_not_give():
    book = book_of(ask(1, 100, 4))

    assert told(book.apply(bid(2, 101, 10))) == [
        ("Accepted", 2),
        ("Traded", 2, 1, 100, 4, 0),
        ("Rested", 2, 6),
    ]
    assert resting(book) == [(2, 101, 6)]
    assert book.best_bid == 101


def test_the_better_price_trades_first_whoever_came_first():
    book = book_of(ask(1, 102, 1), ask(2, 100, 1), ask(3, 101, 1))

    assert told(book.apply(market(9, BUY, 3)))[1:] == [
        ("Traded", 9, 2, 100, 1, 0),
        ("Traded", 9, 3, 101, 1, 0),
        ("Traded", 9, 1, 102, 1, 0),
    ]


def test_bids_trade_from_the_highest_down():
    book = book_of(bid(1, 98, 1), bid(2, 100, 1), bid(3, 99, 1))

    assert told(book.apply(ask(9, 99, 3))) == [
        ("Accepted", 9),
        ("Traded", 9, 2, 100, 1, 0),
        ("Traded", 9, 3, 99, 1, 0),
        ("Rested", 9, 1),
    ]
    assert book.depth(5) == ([(98, 1)], [(99, 1)])


def test_at_one_price_the_first_to_come_is_the_first_to_trade():
    book = book_of(ask(1, 100, 2), ask(2, 100, 2), ask(3, 100, 2))

    assert told(book.apply(bid(9, 100, 5)))[1:] == [
        ("Traded", 9, 1, 100, 2, 0),
        ("Traded", 9, 2, 100, 2, 0),
        ("Traded", 9, 3, 100, 1, 1),
    ]


def test_a_partly_filled_order_keeps_its_place():
    book = book_of(ask(1, 100, 5), ask(2, 100, 5), bid(8, 100, 2))

    assert told(book.apply(bid(9, 100, 4)))[1:] == [
        ("Traded", 9, 1, 100, 3, 0),
        ("Traded", 9, 2, 100, 1, 4),
    ]


def test_an_order_that_came_back_after_a_cancel_waits_behind_the_others():
    book = book_of(ask(1, 100, 1), ask(2, 100, 1), cancel(order_id=1), ask(1, 100, 1))

    assert told(book.apply(bid(9, 100, 1)))[1] == ("Traded", 9, 2, 100, 1, 0)


def test_a_limit_order_never_trades_beyond_its_price():
    book = book_of(ask(1, 100, 1), ask(2, 101, 1), ask(3, 102, 1))

    assert told(book.apply(bid(9, 101, 3))) == [
        ("Accepted", 9),
        ("Traded", 9, 1, 100, 1, 0),
        ("Traded", 9, 2, 101, 1, 0),
        ("Rested", 9, 1),
    ]
    assert (book.best_bid, book.best_ask) == (101, 102)


def test_a_price_level_that_emptied_takes_orders_again():
    book = book_of(ask(1, 100, 1), ask(2, 105, 1), cancel(order_id=2), ask(3, 105, 4))

    assert book.depth(5) == ([], [(100, 1), (105, 4)])
    assert told(book.apply(market(9, BUY, 5)))[1:] == [
        ("Traded", 9, 1, 100, 1, 0),
        ("Traded", 9, 3, 105, 4, 0),
    ]


def test_depth_adds_up_each_price_and_stops_after_the_levels_asked_for():
    book = book_of(bid(1, 99, 1), bid(2, 98, 2), bid(3, 99, 4), bid(4, 97, 8), ask(5, 101, 3))

    assert book.depth(2) == ([(99, 5), (98, 2)], [(101, 3)])
    assert book.depth(0) == ([], [])


# Market orders.


@pytest.mark.parametrize("side", [BUY, SELL])
def test_a_market_order_finds_nothing_in_an_empty_book_and_never_rests(side):
    book = Book()

    assert told(book.apply(market(1, side, 5))) == [
        ("Accepted", 1),
        ("Cancelled", 1, 5, "MARKET_EXHAUSTED"),
    ]
    assert resting(book) == []


def test_a_market_order_sweeps_every_level_and_loses_the_remainder():
    book = book_of(bid(1, 100, 1), bid(2, 50, 2), bid(3, 1, 3), ask(4, 200, 9))

    assert told(book.apply(market(9, SELL, 10))) == [
        ("Accepted", 9),
        ("Traded", 9, 1, 100, 1, 0),
        ("Traded", 9, 2, 50, 2, 0),
        ("Traded", 9, 3, 1, 3, 0),
        ("Cancelled", 9, 4, "MARKET_EXHAUSTED"),
    ]
    assert resting(book) == [(4, 200, 9)]


def test_a_market_order_that_fills_has_no_closing_event():
    book = book_of(ask(1, 100, 5))

    assert told(book.apply(market(9, BUY, 5))) == [("Accepted", 9), ("Traded", 9, 1, 100, 5, 0)]


def test_a_budget_buys_whole_lots_up_the_book():
    book = book_of(ask(1, 100, 3), ask(2, 110, 10))

    # 300 for the first three lots; 250 is left, which pays for two lots at 110 and not a third.
    assert told(book.apply(spend(9, 550))) == [
        ("Accepted", 9),
        ("Traded", 9, 1, 100, 3, 0),
        ("Traded", 9, 2, 110, 2, 8),
        ("Cancelled", 9, 30, "BUDGET_SPENT"),
    ]


def test_a_budget_spent_to_the_last_tick_has_no_closing_event():
    book = book_of(ask(1, 100, 3), ask(2, 110, 10))

    assert told(book.apply(spend(9, 520)))[1:] == [
        ("Traded", 9, 1, 100, 3, 0),
        ("Traded", 9, 2, 110, 2, 8),
    ]


def test_a_budget_larger_than_the_book_reports_what_was_not_spent():
    book = book_of(ask(1, 100, 3))

    assert told(book.apply(spend(9, 1_000)))[1:] == [
        ("Traded", 9, 1, 100, 3, 0),
        ("Cancelled", 9, 700, "MARKET_EXHAUSTED"),
    ]


@pytest.mark.parametrize(
    ("book", "reason"), [(book_of(ask(1, 100, 3)), "BUDGET_SPENT"), (Book(), "MARKET_EXHAUSTED")]
)
def test_a_budget_below_one_lot_is_told_apart_from_an_empty_book(book, reason):
    before = book.digest()

    assert told(book.apply(spend(9, 99))) == [("Accepted", 9), ("Cancelled", 9, 99, reason)]
    assert book.digest() == before


def test_a_budget_may_be_larger_than_64_bits():
    price, size = 2**40, 2**40
    book = book_of(ask(1, price, size))

    assert told(book.apply(spend(9, price * size + 7)))[1:] == [
        ("Traded", 9, 1, price, size, 0),
        ("Cancelled", 9, 7, "MARKET_EXHAUSTED"),
    ]


# IOC, post-only, FOK.


def test_an_ioc_takes_what_its_price_reaches_and_cancels_the_rest():
    book = book_of(ask(1, 100, 2), ask(2, 105, 2))

    command = place(order_id=9, side=BUY, kind=Kind.IOC, price=104, size=5)
    assert told(book.apply(command)) == [
        ("Accepted", 9),
        ("Traded", 9, 1, 100, 2, 0),
        ("Cancelled", 9, 3, "IOC"),
    ]
    assert resting(book) == [(2, 105, 2)]


def test_a_post_only_order_rests_next_to_the_other_side():
    book = book_of(ask(1, 100, 2))

    command = place(order_id=9, side=BUY, kind=Kind.LIMIT_MAKER, price=99, size=5)
    assert told(book.apply(command)) == [("Accepted", 9), ("Rested", 9, 5)]


@pytest.mark.parametrize("price", [100, 101])
def test_a_post_only_order_that_would_trade_is_cancelled_untouched(price):
    book = book_of(ask(1, 100, 2))
    before = book.digest()

    command = place(order_id=9, side=BUY, kind=Kind.LIMIT_MAKER, price=price, size=5)
    assert told(book.apply(command)) == [("Accepted", 9), ("Cancelled", 9, 5, "POST_ONLY")]
    assert book.digest() == before


@pytest.mark.parametrize(
    ("price", "size", "fills"),
    [
        (100, 3, True),
        (100, 4, False),
        (101, 5, True),
        (101, 6, False),
        (102, 10, True),
        (103, 10, True),
        (102, 11, False),
        (99, 1, False),
    ],
)
def test_a_fok_trades_exactly_what_its_price_reaches_or_nothing(price, size, fills):
    book = book_of(ask(1, 100, 1), ask(2, 100, 2), ask(3, 101, 2), ask(4, 102, 5))
    before = book.digest()

    events = told(book.apply(place(order_id=9, side=BUY, kind=Kind.FOK, price=price, size=size)))

    if fills:
        assert sum(event[4] for event in events if event[0] == "Traded") == size
        assert {event[0] for event in events} == {"Accepted", "Traded"}
    else:
        assert events == [("Accepted", 9), ("Cancelled", 9, size, "FOK")]
        assert book.digest() == before


def test_a_selling_fok_reaches_down_to_its_price():
    book = book_of(bid(1, 100, 2), bid(2, 99, 2), bid(3, 98, 2))

    assert told(book.apply(place(order_id=8, side=SELL, kind=Kind.FOK, price=99, size=5))) == [
        ("Accepted", 8),
        ("Cancelled", 8, 5, "FOK"),
    ]
    assert told(book.apply(place(order_id=9, side=SELL, kind=Kind.FOK, price=99, size=4))) == [
        ("Accepted", 9),
        ("Traded", 9, 1, 100, 2, 0),
        ("Traded", 9, 2, 99, 2, 0),
    ]
