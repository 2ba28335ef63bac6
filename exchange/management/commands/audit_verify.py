"""Check the audit log's hash chain and name the first broken row."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.audit.chain import Head
from exchange.audit.verify import verify

BAR = 40


class Command(BaseCommand):
    help = "Recompute the audit log's hash chain. Exit code 1 names the first broken row."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--noted",
            metavar="POSITION:DIGEST",
            type=_head,
            help="a head noted earlier (from the worker's log): also catches a log cut off "
            "at its end or rewritten as a whole",
        )

    def handle(self, *args: Any, noted: Head | None = None, **options: Any) -> None:
        report = verify(noted=noted, progress=_progress)
        if report.broken is not None:
            raise CommandError(f"BROKEN: {report.broken} ({report.checked} events before it hold)")
        self.stdout.write(f"The chain holds: {report.checked} events, head {report.head}")


def _head(text: str) -> Head:
    position, _, digest = text.partition(":")
    return Head(int(position), bytes.fromhex(digest))


def _progress(done: int, total: int) -> None:
    """A bar on a terminal; nothing in a log file."""
    if not sys.stderr.isatty():
        return
    filled = BAR * done // total if total else BAR
    end = "\n" if done >= total else ""
    bar = "#" * filled + "." * (BAR - filled)
    print(f"\r[{bar}] {done:,} of {total:,}", end=end, file=sys.stderr, flush=True)
