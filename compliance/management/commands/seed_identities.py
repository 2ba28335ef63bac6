"""Say who the demo's people are. Doing it twice is doing it once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from compliance.demo import applicants, filing, identities


class Command(BaseCommand):
    help = "Give the demo's traders an approved identity, and have three people apply for one."

    def handle(self, *args: Any, **options: Any) -> None:
        filing.file_as_invented()
        self.stdout.write(f"      | {identities.verify_known()} identities of the demo's people")
        self.stdout.write(f"      | {applicants.hand_in()} applications wait for a reviewer")
