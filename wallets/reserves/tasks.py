"""Tasks: thin, killable, safe to run twice."""

from __future__ import annotations

from celery import shared_task

from wallets.reserves import (  # noqa: F401  proposals and verifiers
    ownership,
    progress,
    publish,
    wallet_proofs,
)


# As long as there are customers: a tree of ten million balances takes minutes.
@shared_task(name="reserves.advance", acks_late=True, time_limit=4 * 3600)
def advance(snapshot_id: int) -> int:
    """Take a requested snapshot and build its trees. Returns how many trees this call built."""
    return progress.advance(snapshot_id=snapshot_id)


@shared_task(name="reserves.sweep", acks_late=True, time_limit=4 * 3600)
def sweep() -> int:
    """Go on with snapshots whose worker died. Returns how many trees this call built."""
    return progress.sweep()


@shared_task(name="reserves.prove", acks_late=True, time_limit=3600)
def prove(snapshot_id: int) -> int:
    """Have the signer prove its addresses. Returns how many were proved."""
    return ownership.prove_by_signer(snapshot_id=snapshot_id)
