"""Make the demo's part of the wallets. Doing it twice is doing it once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from wallets.demo import seed


class Command(BaseCommand):
    help = "Seed the wallets of the demo and write var/chains/tokens.json."

    def handle(self, *args: Any, **options: Any) -> None:
        for line in seed.seed():
            self.stdout.write(f"      | {line}")
