"""The order book: pure Python on integers, deterministic, without Django and without I/O.

A market's book takes one command at a time and answers with events, in the order in which things
happened. Nothing here reads a clock, draws a random number or rounds: the same commands always
give the same events, the same book and the same hash.

    commands.py   what can be asked of a book, and how commands are packed for the applied log
    events.py     what a book answers, and how events are packed for the hash
    ladder.py     one side of a book: price levels, each a queue of orders
    open_orders.py  the orders that wait: by id, by owner, by price and time
    book.py       the book itself: price-time priority, order kinds, self-trade prevention
    snapshots.py  a book's state written down, restored and hashed
    journal.py    the chain of hashes over applied batches, and replay

Units everywhere: a price is in ticks, a size is in lots, a budget is in ticks times lots.
"""
