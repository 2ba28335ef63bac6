"""Load sanctioned addresses from a folder of lists, one file a coin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.core.actors import system
from exchange.core.errors import Refused
from wallets.deposits import sanctions


class Command(BaseCommand):
    help = "Replace a source's sanctioned addresses by those of sanctioned_addresses_<coin>.txt."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--source", default="OFAC")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = sanctions.load(
                folder=options["folder"],
                source=options["source"],
                actor=system("load_sanctions"),
            )
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{count:,} addresses of {options['source']}")
