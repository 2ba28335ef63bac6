"""COPY rows into a table: the quickest durable way in, and triggers still fire once a statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection

_DRAW = """
SELECT min(id), max(id), CASE WHEN max(id) - min(id) >= count(id) THEN array_agg(id ORDER BY id) END
  FROM (SELECT nextval(%s::regclass) AS id FROM generate_series(1, %s)) drawn
"""


def copy_lines(table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    r"""COPY text-format lines (tab between columns, \N for null, no line end).

    For values the caller made itself (integers, decimals, fixed words); anything a person wrote
    goes through `copy_rows`, which escapes it. Table and column names come from code, never input.
    """
    body = "\n".join(lines)
    if not body:
        return
    with connection.cursor() as cursor, connection.wrap_database_errors:
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            copy.write(body + "\n")


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """COPY Python values, escaped by the driver."""
    with connection.cursor() as cursor, connection.wrap_database_errors:
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def array(values: Iterable[object]) -> str:
    """Whole numbers, or words of our own, as PostgreSQL writes an array: for `%s::bigint[]`.

    Several times quicker than having the driver adapt a list of a thousand."""
    return "{" + ",".join(map(str, values)) + "}"


def next_ids(sequence: str, count: int) -> Sequence[int]:
    """Draw `count` ids from a table's sequence in one round trip, ascending.

    Drawn at once they are nearly always in a row, and then two numbers say it all.
    """
    if count == 0:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_DRAW, [sequence, count])
        first, last, all_of_them = cursor.fetchone()
    return all_of_them or range(first, last + 1)
