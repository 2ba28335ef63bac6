"""A full re-screen of 100,000 customers against a real list, with a worker killed in the middle.

    python -m exchange.launcher with-servers -- \
        python -m benchmarks.rescreen --list FOLDER [--customers 100000]

Seeds a scratch database by COPY, imports the list as staff would, starts a pass, and lets the real
task run in real workers. When half is done a worker is killed with -9, mid-batch, and another goes
on. Prints how far the pass is every ten seconds, and at the end one JSON line: how long it took,
and how many customers were compared twice (none) or never (none).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time

from benchmarks.scratch import database

QUEUE = "reports"
LISTED = 0.0005  # of the customers bear a listed name, slightly altered
EVERY = 10.0


def names(count: int, listed: list[str], rng: random.Random) -> list[tuple[int, str, str]]:
    """Given and family name of each: common ones, rare ones, and a few of the list."""
    from benchmarks.screening import word
    from compliance.screening.alter import FAMILY, GIVEN, altered

    rows = []
    for n in range(count):
        if rng.random() < LISTED:
            given, _, family = altered(rng.choice(listed), rng)[1].rpartition(" ")
        elif rng.random() < 0.5:
            given, family = rng.choice(GIVEN), rng.choice(FAMILY)
        else:
            given, family = rng.choice(GIVEN), word(rng)
        rows.append((n, given.title()[:60] or "A", family.title()[:60]))
    return rows


def seed(count: int, listed: list[str]) -> None:
    """Customers with identities, copied from one of each."""
    from django.db import connection

    from compliance.identity.models import Identity
    from exchange.accounts.models import Customer, User

    user = User.objects.create(email="first@example.com")
    customer = Customer.objects.create(user=user)
    identity = Identity.objects.create(
        customer=customer, given_names="First", family_name="Customer", birth_date="1980-01-01"
    )
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE coming (n bigint, given text, family text)")
        with cursor.copy("COPY coming (n, given, family) FROM STDIN") as copy:
            for row in names(count - 1, listed, random.Random(11)):
                copy.write_row(row)
        first = customer.pk + 1_000
        _clone(cursor, User, user.pk, {"id": f"{first} + n", "email": "n || '@example.com'"})
        _clone(
            cursor,
            Customer,
            customer.pk,
            {"id": f"{first} + n", "user_id": f"{first} + n"},
        )
        _clone(
            cursor,
            Identity,
            identity.pk,
            {
                "customer_id": f"{first} + n",
                "given_names": "given",
                "family_name": "family",
                "birth_date": "date '1950-01-01' + mod(n * 37, 18000)::int",
            },
        )
        cursor.execute("ANALYZE")


def _clone(cursor, model, pk: int, changes: dict[str, str]) -> None:
    """A row a line of `coming`, as the one with this key but for what is changed."""
    table = model._meta.db_table
    columns = [each.column for each in model._meta.concrete_fields]
    if model._meta.pk.column not in changes:
        columns.remove(model._meta.pk.column)
    values = ", ".join(changes.get(name, f't."{name}"') for name in columns)
    spelled = ", ".join(f'"{name}"' for name in columns)
    cursor.execute(
        f"INSERT INTO {table} ({spelled}) SELECT {values} FROM coming, {table} t"  # noqa: S608
        f' WHERE t."{model._meta.pk.column}" = %s',
        [pk],
    )


def worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "exchange.celery", "worker", "-Q", QUEUE]
        + ["--concurrency", "1", "--loglevel", "ERROR", "--without-gossip", "--without-mingle"],
        start_new_session=True,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """The whole family at once, as a machine that goes away does."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run(origin: str, customers: int) -> None:
    with database():
        from compliance.screening import rescreen
        from compliance.screening.import_list import import_list
        from compliance.screening.models import Hit, ListEntry, Rescreen, Screened
        from exchange.core import dispatch
        from exchange.core.actors import system

        import_list(origin=origin, actor=system("benchmark"))
        Rescreen.objects.all().delete()  # the delta over the one customer there was none of
        listed = list(ListEntry.objects.filter(kind="person").values_list("name", flat=True)[:2000])
        seed(customers, [each for each in listed if " " in each])
        running = worker()
        started = told = time.monotonic()
        row = rescreen._start(rescreen.Kind.FULL, None, system("benchmark"))
        killed = 0
        try:
            while row.state == "running":
                time.sleep(0.5)
                row.refresh_from_db()
                if time.monotonic() - told > EVERY:
                    told += EVERY
                    _say(row, time.monotonic() - started)
                if not killed and row.done >= customers // 2:
                    kill(running)
                    killed = row.done
                    print(f"killed at {killed:,}", flush=True)
                    running = worker()
                    dispatch.send(rescreen.TASK, queue=QUEUE)  # what the sweep does each minute
        finally:
            kill(running)
        took = time.monotonic() - started
        print(
            json.dumps(
                {
                    "benchmark": "rescreen",
                    "customers": customers,
                    "entries": ListEntry.objects.count(),
                    "minutes": round(took / 60, 2),
                    "customers_per_second": round(customers / took),
                    "killed_at": killed,
                    "screened": Screened.objects.count(),
                    "hits": Hit.objects.count(),
                    "counted": row.done,
                }
            ),
            flush=True,
        )


def _say(row, seconds: float) -> None:
    print(f"{seconds:6.0f} s  {row.done:>9,} of {row.total:,}  {row.hits} hits", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", required=True)
    parser.add_argument("--customers", type=int, default=100_000)
    chosen = parser.parse_args()
    run(chosen.list, chosen.customers)


if __name__ == "__main__":
    main()
