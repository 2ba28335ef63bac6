"""Check a counted vote from postings, answers and delegations."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from launchpad.governance.check import recheck


class Command(BaseCommand):
    help = "Compare a counted vote with postings, answers, its file and its root."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("proposal_id", type=int)

    def handle(self, *args: Any, proposal_id: int, **options: Any) -> None:
        if wrong := recheck(proposal_id=proposal_id):
            raise CommandError("\n".join(wrong))
        self.stdout.write(f"vote {proposal_id}: as answered, as posted, as published")
