"""A database of its own for a benchmark, migrated, and gone afterwards."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

NAME = "holdfast_bench"


@contextmanager
def database() -> Iterator[None]:
    """Create and migrate it, and point Django at it. Call before Django is set up."""
    import psycopg

    owner = os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
    url = urlunsplit(urlsplit(owner)._replace(path=f"/{NAME}"))
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME}")
    os.environ["DATABASE_URL"] = url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings.dev")
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    call_command("migrate", verbosity=0)
    try:
        yield
    finally:
        connections.close_all()
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


def report(name: str, value: float, unit: str, baseline: float | None = None) -> None:
    """One figure on one line."""
    line: dict[str, object] = {"name": name, "value": round(value, 2), "unit": unit}
    line["baseline"] = None if baseline is None else round(baseline, 2)
    line["ratio"] = None if not baseline else round(value / baseline, 1)
    print(json.dumps(line), flush=True)
