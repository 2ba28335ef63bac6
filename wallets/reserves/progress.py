"""Move snapshots on: keep the moment, build tree after tree, compute the root.

Each step is a transaction of its own and is skipped where it is done or somebody else does it, so
several workers may help with one snapshot, and any of them may die.
"""

from __future__ import annotations

from exchange.core import dispatch
from wallets.reserves import build, ownership
from wallets.reserves.models import Snapshot
from wallets.reserves.snapshot import UNDER_WAY, keep_moment


def advance(*, snapshot_id: int) -> int:
    """Everything that is left to do for one snapshot. Returns how many trees were built here."""
    keep_moment(snapshot_id=snapshot_id)
    built = 0
    while build.build_next(snapshot_id=snapshot_id):
        built += 1
    if build.finish(snapshot_id=snapshot_id):
        dispatch.send("reserves.prove", queue="reports", snapshot_id=snapshot_id)
    return built


def sweep(*, limit: int = 5) -> int:
    """Advance what is under way, and ask the signer for what it did not answer yet.

    Safe to run alongside itself.
    """
    waiting = Snapshot.objects.filter(state__in=UNDER_WAY).order_by("pk")
    ready = Snapshot.objects.filter(state=Snapshot.State.READY).order_by("-pk")
    for snapshot_id in list(ready.values_list("pk", flat=True)[:limit]):
        ownership.prove_by_signer(snapshot_id=snapshot_id)
    return sum(
        advance(snapshot_id=snapshot_id)
        for snapshot_id in list(waiting.values_list("pk", flat=True)[:limit])
    )
