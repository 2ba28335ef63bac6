"""Import a sanctions list, or a folder of addresses, from a path or an https address."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.screening.import_list import import_list
from exchange.core.actors import system
from exchange.core.errors import Refused


class Command(BaseCommand):
    help = "Import a list of OFAC, the UN or the EU, or addresses; everyone is screened again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("origin", nargs="+", help="file, folder, .zip or https address")
        parser.add_argument("--source", default="", help="the list's name, unless by its format")
        parser.add_argument(
            "--may-shrink", action="store_true", help="take a list that lost a fifth or more"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for origin in options["origin"]:
            try:
                version = import_list(
                    origin=origin,
                    source=options["source"],
                    may_shrink=options["may_shrink"],
                    actor=system("import_list"),
                )
            except Refused as refused:
                raise CommandError(f"{origin}: {refused}") from refused
            if version is None:
                self.stdout.write(f"{origin}: nothing has changed")
                continue
            self.stdout.write(
                f"{version}: {version.added:,} added, {version.changed:,} changed, "
                f"{version.removed:,} removed; {version.entries:,} entries, "
                f"{version.addresses:,} addresses; sha256 {version.sha256}"
            )
