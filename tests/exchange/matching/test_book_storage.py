"""A book written down, rebuilt and hashed; and what is refused on the way back."""

import hashlib

import pytest

from benchmarks.stream import commands
from exchange.matching.book import Book
from exchange.matching.commands import Command, Op, cancel, pack, place, unpack
from exchange.matching.events import (
    Accepted,
    Cancelled,
    Reason,
    Reduced,
    Refusal,
    Rejected,
    Replaced,
    Rested,
    Traded,
    pack_events,
)
from exchange.matching.journal import GENESIS, chained, replay
from exchange.matching.snapshots import BrokenBook
from tests.exchange.matching.telling import BUY, ask, bid, book_of, market, told

# Changes only when the stream, the packing or what the book does changes: say which in the commit.
STREAM_DIGEST = "2227c0eefbca68025781bdd7d5eedd112378c740ed40bfd84852bc50744a3c4b"
BOOK_DIGEST = "ffbcec11cf223f1f23fedc584cbbad6d97d0cd57d86bb10b4bc2d32dd32d721d"
CHAIN_DIGEST = "db7aa3db0aa390d98805749079c4b6eeee415de63a9a2e1b8faaf99d6c7be4d9"


def test_twenty_thousand_seeded_commands_give_the_digests_written_here():
    stream = commands(20_000)
    batches = [pack(stream[start : start + 1_000]) for start in range(0, 20_000, 1_000)]
    book = Book()
    (*_, last) = replay(book, batches)

    assert hashlib.sha256(b"".join(batches)).hexdigest() == STREAM_DIGEST
    assert book.digest().hex() == BOOK_DIGEST
    assert last.hex() == CHAIN_DIGEST


def test_the_seeded_stream_has_the_mix_it_promises():
    stream = commands(20_000)
    count = {
        name: sum((command.op, command.kind) == key for command in stream)
        for name, key in {
            "limit": (1, 0),
            "market": (1, 1),
            "ioc": (1, 3),
            "cancel": (2, 0),
        }.items()
    }

    assert count == {"limit": 12003, "market": 948, "ioc": 950, "cancel": 6099}
    assert commands(20_000, seed=2) != stream
    assert commands(500) == stream[:500]


def test_a_restored_book_keeps_the_queue_and_the_next_priority():
    book = book_of(ask(1, 100, 1), ask(2, 100, 1), ask(3, 100, 1), cancel(order_id=3))

    restored = Book.restore(book.snapshot())

    assert told(restored.apply(market(9, BUY, 1)))[1] == ("Traded", 9, 1, 100, 1, 0)
    (_, rested) = restored.apply(ask(4, 100, 1))
    assert rested == Rested(4, 1, priority=4)


def test_rows_with_priorities_keep_them():
    book = Book.from_orders([(1, 7, 1, 100, 5, 12), (2, 0, 0, 90, 6, 30)])

    assert [(order.order_id, order.priority) for order in book.orders.values()] == [
        (1, 12),
        (2, 30),
    ]
    (_, rested) = book.apply(ask(3, 100, 1))
    assert rested.priority == 31


def test_rows_without_priorities_are_numbered_as_they_come():
    book = Book.from_orders([(5, 7, 1, 100, 5), (2, 0, 1, 100, 6)])

    assert told(book.apply(market(9, BUY, 6)))[1:] == [
        ("Traded", 9, 5, 100, 5, 0),
        ("Traded", 9, 2, 100, 1, 5),
    ]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([(1, 0, 0, 100, 5), (1, 0, 0, 99, 5)], "order 1 is given twice"),
        ([(1, 0, 0, 100, 5), (2, 0, 1, 100, 5)], "crossed: bid 100, ask 100"),
        ([(1, 0, 2, 100, 5)], "impossible"),
        ([(1, 0, 0, 0, 5)], "impossible"),
        ([(1, 0, 0, 100, 0)], "impossible"),
        ([(1, 0, 0, 100, -5)], "impossible"),
        ([(1, 0, 0, 100, 5, 3), (2, 0, 0, 100, 5, 3)], "not above 3"),
        ([(1, 0, 0, 100)], "5 or 6 fields"),
    ],
)
def test_stored_orders_that_no_book_can_have_are_refused(rows, fault):
    with pytest.raises(BrokenBook, match=fault):
        Book.from_orders(rows)


def test_a_snapshot_of_another_format_or_with_a_priority_from_the_past_is_refused():
    snapshot = book_of(bid(1, 100, 5), bid(2, 100, 5)).snapshot()

    with pytest.raises(BrokenBook, match="unknown snapshot format 9"):
        Book.restore({**snapshot, "format": 9})
    with pytest.raises(BrokenBook, match="priority 1"):
        Book.restore({**snapshot, "priority": 1})


@pytest.mark.parametrize(
    "other",
    [
        book_of(bid(1, 100, 5, owner=1), bid(2, 100, 6, owner=2)),
        book_of(bid(2, 100, 5, owner=2), bid(1, 100, 5, owner=1)),
        book_of(bid(1, 100, 5, owner=1), bid(2, 99, 5, owner=2)),
        book_of(bid(1, 100, 5, owner=1), bid(2, 100, 5, owner=1)),
        book_of(bid(1, 100, 5, owner=1), ask(2, 101, 5, owner=2)),
        book_of(bid(1, 100, 5, owner=1)),
        Book(),
    ],
)
def test_books_that_differ_in_any_order_or_in_the_queue_have_different_digests(other):
    book = book_of(bid(1, 100, 5, owner=1), bid(2, 100, 5, owner=2))

    assert other.digest() != book.digest()


def test_the_digest_forgets_how_the_book_came_about():
    short = book_of(bid(1, 100, 5), bid(2, 100, 5))
    long = book_of(bid(1, 100, 5), ask(7, 100, 1), ask(3, 101, 1), bid(1, 100, 9))
    long.apply(cancel(order_id=1))
    long.apply(cancel(order_id=3))
    long.apply(bid(1, 100, 5))
    long.apply(bid(2, 100, 5))

    assert long.digest() == short.digest()


# Packing.


def test_a_packed_command_takes_52_bytes_and_keeps_numbers_of_any_allowed_size():
    largest = Command(Op.PLACE, 2**63 - 1, 2**63 - 1, 1, 4, 2**63 - 1, 2**63 - 1, 2**126, 3)
    refused = Command(9, -1, -1, -1, -1, -1, -1, -1, -1)

    packed = pack([largest, refused])

    assert len(packed) == 5 + 2 * 52
    assert unpack(packed) == [largest, refused]
    assert unpack(pack([])) == []


@pytest.mark.parametrize(
    "command", [Command(256), Command(1, order_id=2**63), Command(1, side=200, price=1)]
)
def test_a_command_that_does_not_fit_the_log_is_refused_at_packing(command):
    with pytest.raises(ValueError, match="does not fit the log"):
        pack([command])


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda packed: packed[:-1], "bytes of records"),
        (lambda packed: packed + b"\0", "bytes of records"),
        (lambda packed: packed[:3], "shorter than its header"),
        (lambda packed: b"\7" + packed[1:], "unknown log format 7"),
    ],
)
def test_a_damaged_log_is_refused(spoil, fault):
    packed = pack([place(order_id=1, side=0, price=1, size=1), cancel(order_id=1)])

    with pytest.raises(ValueError, match=fault):
        unpack(spoil(packed))


def test_different_events_never_pack_alike():
    events = [
        Accepted(1),
        Rested(1, 2, 0),
        Reduced(1, 2),
        Cancelled(1, 2, Reason.USER),
        Cancelled(1, 2, Reason.STP),
        Cancelled(1, 2**64 + 2, Reason.USER),
        Replaced(1, 2, 3),
        Rejected(1, Refusal.UNKNOWN_ORDER),
        Rejected(1, Refusal.BAD_OP),
        Traded(1, 2, 3, 4, 5),
        Traded(1, 2, 3, 4, 0),
    ]

    assert len({pack_events([event]) for event in events}) == len(events)
    assert pack_events(events) == b"".join(pack_events([event]) for event in events)


def test_a_priority_number_is_not_part_of_the_packed_event():
    assert pack_events([Rested(1, 2, 3)]) == pack_events([Rested(1, 2, 4)])


# The chain.


def test_a_link_is_the_hash_of_the_previous_one_the_commands_and_the_events():
    packed, events = pack([bid(1, 100, 5)]), [Accepted(1), Rested(1, 5, 1)]

    assert chained(GENESIS, packed, events) == (
        hashlib.sha256(bytes(32) + packed + pack_events(events)).digest()
    )


def test_a_changed_missing_or_moved_command_breaks_the_chain_from_its_batch_on():
    batches = [pack([bid(1, 100, 5)]), pack([bid(2, 100, 5)]), pack([ask(3, 100, 7)])]
    honest = list(replay(Book(), batches))

    changed = list(replay(Book(), [batches[0], pack([bid(2, 100, 6)]), batches[2]]))
    missing = list(replay(Book(), [batches[0], batches[2]]))
    moved = list(replay(Book(), [batches[1], batches[0], batches[2]]))

    assert [a == b for a, b in zip(honest, changed, strict=True)] == [True, False, False]
    assert missing[-1] != honest[-1]
    assert moved[0] != honest[0]
    assert moved[-1] != honest[-1]


def test_a_link_needs_a_whole_digest_to_hang_on():
    with pytest.raises(ValueError, match="32 bytes, not 31"):
        chained(bytes(31), b"", [])
