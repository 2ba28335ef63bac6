"""Compare the books, and name the first thing that does not agree."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.ledger.reconcile import reconcile


class Command(BaseCommand):
    help = "Compare every balance, hold, order and trade. Exit code 1 names the first that is off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--recent",
            action="store_true",
            help="look only at what is new since the last run, where a check can",
        )

    def handle(self, *args: Any, recent: bool = False, **options: Any) -> None:
        result = reconcile(whole=not recent)
        if result is None:
            raise CommandError("Another reconciliation is running.", returncode=2)
        width = max(len(each["name"]) for each in result.checks)
        for each in result.checks:
            verdict = "ok" if each["ok"] else f"{each['wrong']:,} WRONG"
            self.stdout.write(
                f"{each['name']:<{width}}  {each['looked_at']:>12,} compared"
                f"  {verdict:>12}  {each['took_ms'] / 1000:8.2f} s  {each['says']}"
            )
            for finding in each["findings"] if not each["ok"] else ():
                self.stdout.write(f"{'':<{width}}    {finding}")
        sys.stdout.flush()
        if not result.ok:
            wrong = next(each for each in result.checks if not each["ok"])
            raise CommandError(f"THE BOOKS DO NOT AGREE: {wrong['findings'][0]}")
        self.stdout.write(f"The books agree ({result.took_ms / 1000:.2f} s).")
