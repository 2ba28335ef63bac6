"""Make the demo: catalogue, people, funds, a day of trading. Doing it twice is doing it once.

All of it is one transaction: a seed that is killed half-way leaves nothing, and the next one makes
the whole demo.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection, transaction

from exchange.assets.load import load_assets
from exchange.core import clock, locks
from exchange.demo import history, people
from exchange.markets.load import load_markets
from exchange.trading.models import Trade


@contextmanager
def not_waiting_for_the_disk() -> Iterator[None]:
    """Some thousand commits of which a failing machine may lose the last: the next seed makes them.
    The commit at the end waits until all of them are on the disk."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")
            cursor.execute("SELECT pg_current_xact_id()")  # something to commit


class Command(BaseCommand):
    help = "Seed the demo and write var/demo.json."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            locks.hold(locks.Lock.SEED)
            self.say(f"{load_assets():,} assets, {load_markets():,} markets")
            staff, traders = people.staff(), people.traders()
            maker, taker = people.bots()
            self.say(f"{len(staff)} staff, {len(traders)} traders")
        # Step by step, each committed: in one transaction the bots' accounts would gather
        # thousands of dead versions that nothing may clean up. Broken off, it goes on later.
        with not_waiting_for_the_disk():
            self.trade_a_day(maker.pk, taker.pk)
        self.write_demo(staff, traders)

    def trade_a_day(self, maker_id: int, taker_id: int) -> None:
        until = clock.now().replace(second=0, microsecond=0)
        for done in history.tell(maker_id=maker_id, taker_id=taker_id, until=until):
            if sys.stdout.isatty():
                bar = "█" * int(done * 30)
                print(f"\r    a day of trading   {bar:<30} {done:4.0%}", end="", flush=True)
        if sys.stdout.isatty():
            print()
        self.say(f"{Trade.objects.count():,} trades of the last day")

    def write_demo(self, staff: list[dict[str, str]], traders: list[dict[str, str]]) -> None:
        """For newcomers and scripts: where to go and how to log in. Readable by its owner only."""
        settings.VAR.mkdir(parents=True, exist_ok=True)
        path = settings.VAR / "demo.json"
        draft = path.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            json.dump(
                {
                    "base_url": settings.BASE_URL,
                    "ws_public": settings.WS_PUBLIC_URL,
                    "ws_private": settings.WS_PRIVATE_URL,
                    "staff": staff,
                    "traders": traders,
                },
                file,
                indent=1,
            )
        draft.replace(path)

    def say(self, text: str) -> None:
        self.stdout.write(f"    {text}")
