"""Judge a file for FinCEN (XML) or FINTRAC (JSON): says what is wrong, and exits with 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from compliance.reporting import files
from compliance.reporting.fincen.read import Unreadable


class Command(BaseCommand):
    help = "Validate report files (FinCEN SAR or CTR batches, FINTRAC STR, LVCTR or EFTR)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = sum(not self._judge(Path(name)) for name in options["files"])
        if wrong:
            raise SystemExit(1)

    def _judge(self, path: Path) -> bool:
        try:
            problems = files.problems_of(path.read_bytes())
        except Unreadable as refused:
            self.stdout.write(f"{path}: refused\n  file [{refused.code}] {refused}")
            return False
        except OSError as error:
            self.stdout.write(f"{path}: can't be read: {error.strerror}")
            return False
        self.stdout.write(f"{path}: {'refused' if problems else 'valid'}")
        for each in problems:
            self.stdout.write(f"  {each.where or '/'} [{each.code}] {each.says}")
        return not problems
