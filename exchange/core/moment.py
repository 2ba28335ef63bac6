"""Read many tables as they were at one moment, while others go on writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def one_moment() -> Iterator[None]:
    """A transaction whose queries all see the same commits, and may take as long as they need.

    Raises RuntimeError inside another transaction, which has its own view already.
    """
    if connection.in_atomic_block:
        raise RuntimeError("a moment must be a transaction of its own")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SET LOCAL statement_timeout = 0")
        yield
