"""Several commands in one process: to load the project takes longer than most of them do."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Run commands one after the other; --tell says to a file descriptor when each is done."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("commands", nargs="+")
        parser.add_argument("--tell", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        for name in options["commands"]:
            call_command(name)
            self.stdout.flush()
            if options["tell"] is not None:
                os.write(options["tell"], f"{name}\n".encode())
