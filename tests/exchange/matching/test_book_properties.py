"""What holds for every sequence of commands: the naive book agrees, nothing is lost or crosses.

Prices, sizes, ids and owners are drawn from few values, so that orders meet all the time.
"""

import json
from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.matching.book import Book
from exchange.matching.commands import (
    BOTH_SIDES,
    Kind,
    Op,
    Side,
    Stp,
    cancel,
    cancel_all,
    pack,
    place,
    reduce,
    replace,
    unpack,
)
from exchange.matching.events import Accepted, Cancelled, Reduced, Replaced, Rested, Traded
from exchange.matching.journal import GENESIS, chained, replay
from tests.exchange.matching.naive_book import NaiveBook
from tests.exchange.matching.telling import told

ids = st.integers(1, 40)
owners = st.integers(0, 3)
sides = st.sampled_from(list(Side))
prices = st.integers(0, 12)
sizes = st.integers(-1, 12)
stps = st.sampled_from(list(Stp))

places = st.builds(
    place,
    order_id=ids,
    owner=owners,
    side=sides,
    kind=st.sampled_from([Kind.LIMIT] * 6 + list(Kind)),
    price=prices,
    size=sizes,
    budget=st.integers(-1, 150),
    stp=stps,
)
replacing = st.sampled_from([Kind.LIMIT, Kind.LIMIT, Kind.LIMIT_MAKER, Kind.FOK])
changes = st.one_of(
    st.builds(cancel, order_id=ids),
    st.builds(cancel_all, owner=owners, side=st.sampled_from([BOTH_SIDES, *Side])),
    st.builds(reduce, order_id=ids, size=sizes),
    st.builds(replace, order_id=ids, kind=replacing, price=prices, size=sizes, stp=stps),
)
commands = st.one_of(places, places, places, changes)
streams = st.lists(commands, max_size=80)
long_streams = st.lists(commands, min_size=30, max_size=90)

many = settings(max_examples=100, deadline=None)


def rows(book: Book) -> list[tuple[int, ...]]:
    return [
        (order.order_id, order.owner, order.side, order.price, order.remaining)
        for order in book.orders.values()
    ]


@many
@given(long_streams)
def test_the_book_answers_as_the_naive_book_does(stream):
    book, naive = Book(), NaiveBook()

    for command in stream:
        assert told(book.apply(command)) == naive.apply(command), command

    assert rows(book) == [
        (order.order_id, order.owner, order.side, order.price, order.size)
        for order in naive.waiting
    ]
    assert book.depth(99) == naive.depth()


@pytest.mark.parametrize("seed", range(12))
def test_the_book_answers_as_the_naive_book_does_over_a_long_day(seed):
    """Hypothesis likes short lists and plain values; here books fill up and every kind meets."""
    random = Random(seed)
    book, naive = Book(), NaiveBook()
    told_of: Counter[tuple] = Counter()
    for order_id in range(1, 601):
        side = random.choice([Side.BUY, Side.SELL])
        command = place(
            order_id=order_id,
            owner=random.randrange(6),
            side=side,
            kind=random.choice([Kind.LIMIT, Kind.LIMIT, *Kind]),
            price=random.randint(1, 9) + 4 * side,
            size=random.randint(0, 12),
            budget=random.randint(1, 200),
            stp=random.randrange(4),
        )
        open_ids = list(book.orders) or [order_id]
        some_order = random.choice(open_ids) if random.random() < 0.9 else order_id
        price, size = random.randint(1, 12), random.randint(1, 12)
        choice = random.random()
        if choice < 0.08:
            command = cancel(order_id=some_order)
        elif choice < 0.16:
            command = reduce(order_id=some_order, size=size)
        elif choice < 0.26:
            kind, stp = random.choice([Kind.LIMIT, Kind.LIMIT_MAKER]), random.randrange(4)
            command = replace(order_id=some_order, price=price, size=size, kind=kind, stp=stp)
        elif choice < 0.27:
            command = cancel_all(owner=random.randrange(6), side=random.choice([-1, 0, 1]))

        events = told(book.apply(command))
        assert events == naive.apply(command), command
        told_of.update(
            (event[0], event[-1] if isinstance(event[-1], str) else "") for event in events
        )

    assert rows(book) == [
        (order.order_id, order.owner, order.side, order.price, order.size)
        for order in naive.waiting
    ]
    assert not {
        ("Traded", ""),
        ("Rested", ""),
        ("Reduced", ""),
        ("Replaced", ""),
        ("Cancelled", "FOK"),
        ("Cancelled", "IOC"),
        ("Cancelled", "POST_ONLY"),
        ("Cancelled", "STP"),
        ("Cancelled", "USER"),
        ("Rejected", "NOT_SMALLER"),
        ("Rejected", "WOULD_CROSS"),
    } - set(told_of)
    assert_indexes_agree(book)


@many
@given(long_streams)
def test_the_book_is_never_crossed_and_its_views_agree(stream):
    book = Book()
    for command in stream:
        book.apply(command)
        bids, asks = book.depth(99)
        bid, ask = book.best_bid, book.best_ask
        assert bid is None or ask is None or bid < ask
        assert (bid, ask) == (bids[0][0] if bids else None, asks[0][0] if asks else None)
        for side, levels in ((Side.BUY, bids), (Side.SELL, asks)):
            sizes_at: Counter[int] = Counter()
            for order in book.orders.values():
                assert order.remaining > 0
                if order.side == side:
                    sizes_at[order.price] += order.remaining
            assert levels == sorted(sizes_at.items(), reverse=side == Side.BUY)
        priorities = [order.priority for order in book.orders.values()]
        assert priorities == sorted(set(priorities))
        assert not priorities or priorities[-1] <= book.priority
        assert_indexes_agree(book)


def assert_indexes_agree(book: Book) -> None:
    """Heaps, levels, queues and the owners' index hold the open orders and nothing else."""
    queued = []
    for ladder in book._ladders:
        assert sorted(ladder.keys) == sorted(ladder.levels)
        assert all(
            ladder.keys[(at - 1) // 2] <= ladder.keys[at] for at in range(1, len(ladder.keys))
        )
        assert ladder.hollow == sum(level.first is None for level in ladder.levels.values())
        for level in ladder.levels.values():
            queue = list(level.orders())
            assert level.size == sum(order.remaining for order in queue)
            assert [order.priority for order in queue] == sorted(order.priority for order in queue)
            assert all(order.level is level and order.price == level.price for order in queue)
            queued += queue
    assert {order.order_id: order for order in queued} == dict(book.orders)
    assert len(queued) == len(book.orders)
    assert all(book._owned.values())
    owned = [order for orders in book._owned.values() for order in orders.values()]
    assert sorted(order.order_id for order in owned) == sorted(
        order.order_id for order in queued if order.owner
    )


@many
@given(streams)
def test_every_lot_that_enters_is_traded_cancelled_or_open(stream):
    book = Book()
    entered = traded = gone = 0
    for command in stream:
        before = {order.order_id: order.remaining for order in book.orders.values()}
        by_budget = command.op == Op.PLACE and command.kind == Kind.MARKET and command.size == 0
        for event in book.apply(command):
            if isinstance(event, Accepted) and not by_budget:
                entered += command.size
            elif isinstance(event, Replaced):
                entered += event.size - before[event.order_id]
            elif isinstance(event, Reduced):
                gone += before[event.order_id] - event.remaining
            elif isinstance(event, Traded):
                # Both sides give up the lots; a budget brings in what it buys.
                traded += 2 * event.size
                entered += event.size if by_budget else 0
            elif isinstance(event, Cancelled) and not (
                by_budget and event.order_id == command.order_id
            ):
                gone += event.remaining

    assert entered == traded + gone + sum(order.remaining for order in book.orders.values())


@many
@given(streams)
def test_a_budget_is_spent_or_given_back_to_the_last_tick(stream):
    book = Book()
    for command in stream:
        events = book.apply(command)
        if (command.op, command.kind, command.side, command.size) == (1, Kind.MARKET, 0, 0):
            if not isinstance(events[0], Accepted):
                continue
            paid = sum(event.price * event.size for event in events if isinstance(event, Traded))
            back = sum(
                event.remaining
                for event in events
                if isinstance(event, Cancelled) and event.order_id == command.order_id
            )
            assert paid + back == command.budget


@many
@given(streams, streams)
def test_a_restored_book_goes_on_exactly_where_the_other_stood(first, then):
    book = Book()
    for command in first:
        book.apply(command)

    restored = Book.restore(json.loads(json.dumps(book.snapshot())))

    assert restored.snapshot() == book.snapshot()
    for command in then:
        assert restored.apply(command) == book.apply(command)
    assert restored.snapshot() == book.snapshot()
    assert_indexes_agree(restored)


@many
@given(streams, streams)
def test_a_book_rebuilt_from_its_open_orders_trades_as_the_other_does(first, then):
    book = Book()
    for command in first:
        book.apply(command)

    rebuilt = Book.from_orders(rows(book))

    assert rebuilt.digest() == book.digest()
    for command in then:
        assert told(rebuilt.apply(command)) == told(book.apply(command))
    assert rebuilt.digest() == book.digest()


@many
@given(st.lists(streams, max_size=4))
def test_replaying_the_packed_commands_gives_the_same_chain_and_the_same_book(batches):
    book, digest, digests = Book(), GENESIS, []
    for batch in batches:
        events = [event for command in batch for event in book.apply(command)]
        digest = chained(digest, pack(batch), events)
        digests.append(digest)

    again = Book()
    assert list(replay(again, [pack(batch) for batch in batches])) == digests
    assert again.snapshot() == book.snapshot()


@many
@given(streams)
def test_packed_commands_come_back_as_they_were(stream):
    assert unpack(pack(stream)) == stream


@many
@given(streams, streams)
def test_a_chain_goes_on_over_a_rebuilt_book(first, then):
    book, digest = Book(), GENESIS
    events = [event for command in first for event in book.apply(command)]
    digest = chained(digest, pack(first), events)
    rebuilt = Book.from_orders(rows(book))

    (after,) = replay(rebuilt, [pack(then)], previous=digest)

    assert list(replay(Book(), [pack(first), pack(then)])) == [digest, after]


@many
@given(streams)
def test_every_accepted_order_has_one_end_or_is_open(stream):
    book = Book()
    for command in stream:
        events = book.apply(command)
        closing = [
            event
            for event in events
            if isinstance(event, Rested | Cancelled) and event.order_id == command.order_id
        ]
        if command.op == Op.PLACE and isinstance(events[0], Accepted):
            assert len(closing) <= 1
            assert not closing or closing[0] is events[-1]
            assert (command.order_id in book.orders) == (
                bool(closing) and isinstance(closing[0], Rested)
            )
