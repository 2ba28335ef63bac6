"""Seed the demo's customers, their months of history and their books. Doing it twice is once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from compliance.demo import seed


class Command(BaseCommand):
    help = "Give the demo some thousand customers with a history, and ask for a look-back over it."

    def handle(self, *args: Any, **options: Any) -> None:
        told = seed.seed()
        said = f"{told:,} facts of {seed.PEOPLE:,} customers" if told else "were here before"
        self.stdout.write(f"      | {said}")
