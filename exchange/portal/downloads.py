"""Tables as CSV files, streamed: a long history costs no memory. Times are UTC."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.dateparse import parse_date


class _Line:
    """What csv.writer writes to: hands each line on instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_download(
    *, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """A download called `name` with a line of column names and one line a row."""

    def lines() -> Iterator[str]:
        writer = csv.writer(_Line())
        yield writer.writerow(columns)
        for row in rows:
            yield writer.writerow(row)

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def asked_day(request: HttpRequest, name: str) -> datetime | None:
    """The start of a day given as ?name=2026-11-23; None when it is absent or no day."""
    try:
        day = parse_date(request.GET.get(name, ""))
    except ValueError:
        return None
    if day is None or not 1970 <= day.year < 9999:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
