"""Run every scenario over a history in files: what would have been alerted, and when."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.monitoring import evaluation, replay
from compliance.monitoring.engine import Finding, defaults
from exchange.core.errors import Refused

WIDTH = 30


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # it needs files, and neither pages nor a database
    help = "Replay events and accounts (CSV, CSV.gz or Parquet) through the scenarios."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--events", type=Path, required=True)
        parser.add_argument("--accounts", type=Path, required=True)
        parser.add_argument("--out", type=Path, required=True, help="alerts as CSV or CSV.gz")
        parser.add_argument("--truth", type=Path, help="labelled instances to judge against")

    def handle(self, *args: Any, **options: Any) -> None:
        active = defaults()
        done = 0

        def told(name: str) -> None:
            nonlocal done
            done += 1
            self._draw(done, len(active), name)

        self._draw(0, len(active), "reading")
        try:
            findings = replay.replay(options["events"], options["accounts"], active, told=told)
            written = replay.write_alerts(options["out"], findings)
        except (Refused, OSError) as error:
            raise CommandError(str(error)) from error
        self._draw(len(active), len(active), "done")
        if sys.stderr.isatty():
            self.stderr.write("")
        self._say(findings, written, options["out"])
        if options["truth"]:
            judged = evaluation.judge_files(
                findings, options["truth"], options["accounts"], options["events"]
            )
            self.stdout.write(judged.as_text())

    def _say(self, findings: list[Finding], written: int, out: Path) -> None:
        for name, count in Counter(finding.scenario for finding in findings).most_common():
            self.stdout.write(f"{count:>7}  {name}")
        self.stdout.write(f"{written:>7}  alerts in {out}")

    def _draw(self, done: int, of: int, name: str) -> None:
        """A bar where somebody is looking, nothing in a log."""
        if not sys.stderr.isatty():
            return
        filled = WIDTH * done // of
        bar = "#" * filled + "." * (WIDTH - filled)
        sys.stderr.write(f"\r[{bar}] {done}/{of} {name[:30]:<30}")
        sys.stderr.flush()
