"""What snapshots say. Who may use it (staff, restricted) is for the room that asks."""

from __future__ import annotations

from django.db.models import QuerySet

from exchange.core.money import ZERO
from launchpad.snapshots.models import Snapshot, SnapshotLine
from launchpad.snapshots.take import Line


def line(snapshot_id: int, customer_id: int) -> Line:
    """What a customer had; zeros for whom nothing was there, and for sub-accounts, which count for
    their main account. One indexed read."""
    row = (
        SnapshotLine.objects.filter(snapshot_id=snapshot_id, customer_id=customer_id)
        .values_list("customer_id", "held", "staked", "power")
        .first()
    )
    return Line(*row) if row else Line(customer_id, ZERO, ZERO, ZERO)


def lines(snapshot_id: int) -> QuerySet[SnapshotLine]:
    """Every line in order of customers. Read it with `.iterator()`: there may be very many."""
    return SnapshotLine.objects.filter(snapshot_id=snapshot_id).order_by("customer_id")


def is_taken(snapshot_id: int) -> bool:
    return Snapshot.objects.filter(pk=snapshot_id, state=Snapshot.State.TAKEN).exists()
