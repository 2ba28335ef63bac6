"""What only the database's superuser can do: change rows behind the guards' back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def guards_off() -> Iterator[None]:
    """Triggers do not fire for this session, as on a replica."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = DEFAULT")


def tamper(statement: str, *params: object) -> None:
    """Run one statement with the guards off. It must change something."""
    with guards_off(), connection.cursor() as cursor:
        cursor.execute(statement, params)
        assert cursor.rowcount > 0, f"nothing was tampered with by: {statement}"
