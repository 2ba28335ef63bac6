"""How many commands a second one book takes, in memory, on one core.

    python -m benchmarks.book

Prints one JSON line. `value` is the seeded stream of `stream.py` through the real book, every event
produced; `baseline` is the same stream through `decimal_book.py`. Both are medians of runs taken in
turn, so that a slow moment of the machine hits both. The trades, the open orders and the digest
are compared before anything is printed.

`worst` is the slowest of the shapes below, which are known to bring fast-looking books down: a
scan for the next price, a queue held in an array, a level rebuilt on every visit.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable
from functools import partial
from random import Random
from statistics import median

from benchmarks.decimal_book import (
    LOT,
    TICK,
    DecimalBook,
    DecimalFields,
    DecimalOrder,
    decimal_commands,
)
from benchmarks.stream import commands
from exchange.matching.book import Book
from exchange.matching.commands import Command, Kind, Side, cancel, place
from exchange.matching.events import Traded

COUNT = 100_000
SHAPE_COUNT = 30_000
ROUNDS = 5


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of one run, with the garbage of earlier ones out of the way."""
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def run(stream: list[Command]) -> Book:
    """Every command through a new book; the events are made and dropped."""
    book = Book()
    apply = book.apply
    for command in stream:
        apply(command)
    return book


def run_decimal(stream: list[int | DecimalFields]) -> DecimalBook:
    book = DecimalBook()
    for command in stream:
        if isinstance(command, tuple):
            book.place(DecimalOrder(*command))
        else:
            book.cancel(command)
    return book


def checked_equal(stream: list[Command], decimal_stream: list[int | DecimalFields]) -> int:
    """Run both books once and compare all they did. Returns the number of trades."""
    book, expected = Book(), run_decimal(decimal_stream)
    events = [event for command in stream for event in book.apply(command)]
    trades = [
        (event.taker_id, event.maker_id, event.price * TICK, event.size * LOT)
        for event in events
        if isinstance(event, Traded)
    ]
    if trades != [(t.taker_id, t.maker_id, t.price, t.size) for t in expected.trades]:
        raise SystemExit("the books disagree on the trades")
    left = [(o.order_id, o.price * TICK, o.remaining * LOT) for o in book.orders.values()]
    if left != [(o.order_id, o.price, o.size) for o in expected.orders.values()]:
        raise SystemExit("the books disagree on the open orders")
    if run(stream).digest() != book.digest():
        raise SystemExit("the same commands gave two digests")
    return len(trades)


# Shapes. Each is a stream of about `count` commands and begins with an empty book.


def sparse(count: int, random: Random) -> list[Command]:
    """Thousands of levels about a million ticks apart; the best go by trades and by cancels."""
    stream: list[Command] = []
    order_id = 0
    while len(stream) < count:
        order_id += 1
        side = random.randrange(2)
        away = random.randrange(1, 2**20) * 2**20
        price = 2**41 - away if side == Side.BUY else 2**41 + away
        stream.append(place(order_id=order_id, side=side, price=price, size=1))
        if order_id % 2:
            stream.append(cancel(order_id=random.randrange(1, order_id + 1)))
        if order_id % 4 == 0:
            taker_side = random.randrange(2)
            taker_id = count + order_id
            stream.append(place(order_id=taker_id, side=taker_side, kind=Kind.MARKET, size=1))
    return stream


def one_deep_level(count: int, random: Random) -> list[Command]:
    """A third of the commands queue at one price; the rest leave from anywhere or trade one lot."""
    queued = count // 3
    stream = [place(order_id=n, side=Side.SELL, price=100, size=2) for n in range(1, queued + 1)]
    for taker_id in range(queued + 1, 2 * queued + 1):
        stream.append(cancel(order_id=random.randrange(1, queued + 1)))
        stream.append(place(order_id=taker_id, side=Side.BUY, kind=Kind.IOC, price=100, size=1))
    return stream


def flash_crash(count: int, random: Random) -> list[Command]:
    """Bids on thousands of levels, and a market order that takes them all; ten times over."""
    stream: list[Command] = []
    order_id = 0
    for _ in range(10):
        for _ in range(count // 10 - 1):
            order_id += 1
            price = random.randrange(1, 10_000)
            stream.append(place(order_id=order_id, side=Side.BUY, price=price, size=1))
        order_id += 1
        stream.append(place(order_id=order_id, side=Side.SELL, kind=Kind.MARKET, size=count))
    return stream


def flicker(count: int, random: Random) -> list[Command]:
    """Orders that come and go at ever new prices behind a standing best one."""
    stream = [place(order_id=1, side=Side.SELL, price=1, size=1)]
    for order_id in range(2, count // 2 + 1):
        price = random.randrange(2, 2**40)
        stream.append(place(order_id=order_id, side=Side.SELL, price=price, size=1))
        stream.append(cancel(order_id=order_id))
    return stream


SHAPES = (sparse, one_deep_level, flash_crash, flicker)


def main() -> None:
    stream = commands(COUNT)
    decimal_stream = decimal_commands(stream)
    trades = checked_equal(stream, decimal_stream)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(seconds(partial(run, stream)))
        theirs.append(seconds(partial(run_decimal, decimal_stream)))
    shapes = {}
    for shape in SHAPES:
        shaped = shape(SHAPE_COUNT, Random(20260101))
        took = median(seconds(partial(run, shaped)) for _ in range(3))
        shapes[shape.__name__] = round(len(shaped) / took)
    worst = min(shapes, key=lambda name: shapes[name])
    value, baseline = COUNT / median(ours), COUNT / median(theirs)
    print(
        json.dumps(
            {
                "name": "pure book commands",
                "value": round(value),
                "unit": "commands/s",
                "baseline": round(baseline),
                "ratio": round(value / baseline, 2),
                "commands": COUNT,
                "trades": trades,
                "rounds": ROUNDS,
                "worst": shapes[worst],
                "worst_shape": worst,
                "shapes": shapes,
            }
        )
    )


if __name__ == "__main__":
    main()
