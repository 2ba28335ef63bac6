"""Recompute a snapshot from postings alone and compare it with what is kept."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from launchpad.snapshots.models import Snapshot
from launchpad.snapshots.take import recompute


class Command(BaseCommand):
    help = "Add up every posting until a snapshot's moment and compare each of its lines."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("snapshot_id", type=int)

    def handle(self, *args: Any, snapshot_id: int, **options: Any) -> None:
        if not Snapshot.objects.filter(pk=snapshot_id, state=Snapshot.State.TAKEN).exists():
            raise CommandError(f"There is no snapshot {snapshot_id} that was taken.")
        compared = recompute(snapshot_id=snapshot_id)
        if compared.differences:
            raise CommandError("\n".join(compared.differences))
        self.stdout.write(f"snapshot {snapshot_id}: {compared.lines} lines, all as posted")
