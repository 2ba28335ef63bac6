"""Work and memory follow the open orders, not how long a book has run or how wide its gaps are."""

import time

from exchange.matching.book import Book
from exchange.matching.commands import Kind, cancel, place
from exchange.matching.ladder import HOLLOW_ALLOWED
from tests.exchange.matching.telling import BUY, SELL, ask, bid, market, told


def levels_kept(book: Book) -> int:
    return sum(len(ladder.keys) for ladder in book._ladders)


def test_orders_that_come_and_go_at_one_far_price_leave_one_level_behind():
    book = Book()
    book.apply(bid(1, 100, 1))
    for order_id in range(2, 2_000):
        book.apply(bid(order_id, 50, 1))
        book.apply(cancel(order_id=order_id))

    assert levels_kept(book) == 2
    assert book.depth(5) == ([(100, 1)], [])


def test_orders_that_come_and_go_at_ever_new_prices_leave_a_bounded_number_of_levels():
    book = Book()
    book.apply(ask(1, 100, 1))
    for order_id in range(2, 5_000):
        book.apply(ask(order_id, 100 + order_id, 1))
        book.apply(cancel(order_id=order_id))
        assert levels_kept(book) <= 2 * HOLLOW_ALLOWED + 2

    assert book.depth(5) == ([], [(100, 1)])
    assert told(book.apply(market(9_999, BUY, 2)))[1:] == [
        ("Traded", 9_999, 1, 100, 1, 0),
        ("Cancelled", 9_999, 1, "MARKET_EXHAUSTED"),
    ]


def test_levels_swept_away_come_back_when_an_order_does():
    book = Book()
    for order_id in range(1, 301):
        book.apply(bid(order_id, order_id, 1))
    for order_id in range(1, 300):
        book.apply(cancel(order_id=order_id))
    for order_id in (10, 150, 20):
        book.apply(bid(order_id, order_id, 2))

    assert book.depth(9) == ([(300, 1), (150, 2), (20, 2), (10, 2)], [])


def test_a_sweep_of_empty_levels_keeps_the_others_in_rank():
    book, kept = Book(), (250, 10, 130, 20, 290)
    for order_id in (*kept, *(price for price in range(1, 301) if price not in kept)):
        book.apply(ask(order_id, order_id, 1))
    for order_id in range(300, 0, -1):
        if order_id not in kept:
            book.apply(cancel(order_id=order_id))

    assert levels_kept(book) < 300
    assert [event.price for event in book.apply(market(999, BUY, 5))[1:]] == sorted(kept)


def seconds(work) -> float:
    """Processor time, the best of three runs: a busy machine must not fail a test."""
    return min(work() for _ in range(3))


def test_a_trade_costs_the_same_at_the_head_of_a_long_queue():
    """Taken one by one, 20,000 orders at one price cost about ten times what 2,000 cost."""

    def drain(orders: int) -> float:
        book = Book()
        for order_id in range(1, orders + 1):
            book.apply(ask(order_id, 100, 1))
        started = time.process_time()
        for taker_id in range(orders + 1, 2 * orders + 1):
            book.apply(place(order_id=taker_id, side=BUY, kind=Kind.IOC, price=100, size=1))
        assert not book.orders
        return time.process_time() - started

    assert seconds(lambda: drain(20_000)) < 40 * seconds(lambda: drain(2_000))


def test_a_trade_costs_the_same_across_a_wide_gap():
    """Prices a billion ticks apart are as near as neighbours."""

    def run(gap: int) -> float:
        book = Book()
        started = time.process_time()
        for step in range(1, 2_001):
            book.apply(bid(2 * step, step * gap, 1))
        for step in range(2_000, 0, -1):
            book.apply(place(order_id=2 * step + 1, side=SELL, kind=Kind.IOC, price=1, size=1))
        assert not book.orders
        return time.process_time() - started

    assert seconds(lambda: run(10**9)) < 4 * seconds(lambda: run(1))
