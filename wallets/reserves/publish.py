"""Publish a snapshot: proposed by one person, approved by another, and unchangeable afterwards."""

from __future__ import annotations

from typing import Any

from exchange.audit.models import Proposal
from exchange.audit.proposals import proposal_kind, propose
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, NotFound
from wallets.chains.models import SeenBlock
from wallets.reserves.models import Snapshot
from wallets.reserves.queries import figures
from wallets.reserves.snapshot import State, locked

KIND = "reserves.publish"


class ChangedSince(Conflict):
    """What would be published is not what was proposed."""

    code = "changed_since_proposed"


class BlockGone(Conflict):
    """A block that the proofs name is no longer on its chain: take another snapshot."""

    code = "block_gone"


def propose_publication(*, snapshot_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask for a second person's approval. Raises Conflict unless the snapshot is ready."""
    snapshot = Snapshot.objects.filter(pk=snapshot_id).first()
    if snapshot is None:
        raise NotFound("There is no such snapshot.", field="snapshot")
    _refuse_unless_fit(snapshot)
    return propose(
        kind=KIND,
        payload=_contents(snapshot),
        summary=f"Publish the proof of reserves {snapshot.name}: {_summary(snapshot)}"[:300],
        reason=reason,
        actor=actor,
        target=snapshot,
    )


@proposal_kind(KIND, permission_to_propose="wallets.publish_snapshot")
def _publish(*, payload: dict[str, Any], actor: Actor) -> str:
    snapshot = locked(int(payload["snapshot_id"]))
    _refuse_unless_fit(snapshot)
    if payload != _contents(snapshot):
        raise ChangedSince("Proofs came in since this was proposed: propose it again.")
    snapshot.state, snapshot.published_at = State.PUBLISHED, clock.now()
    snapshot.save(update_fields=["state", "published_at"])
    record(
        actor=actor,
        verb="reserves.publish_snapshot",
        target=snapshot,
        after={"root": payload["root"], "proved_addresses": payload["proved_addresses"]},
    )
    return f"{snapshot.name} is published: {_summary(snapshot)}"


def _refuse_unless_fit(snapshot: Snapshot) -> None:
    if snapshot.state != State.READY:
        raise Conflict(f"Snapshot {snapshot.name} is {snapshot.state}.", limit=snapshot.state)
    blocks = snapshot.addresses.values_list("network_id", "height", "block_hash").distinct()
    for network_id, height, block_hash in blocks:
        seen = SeenBlock.objects.filter(network_id=network_id, height=height).first()
        if seen is not None and seen.hash != block_hash:
            raise BlockGone(f"Block {height} {block_hash} has left its chain.", limit=seen.hash)


def _contents(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "snapshot_id": snapshot.pk,
        "root": bytes(snapshot.root or b"").hex(),
        "proved_addresses": snapshot.addresses.filter(proved_at__isnull=False).count(),
    }


def _summary(snapshot: Snapshot) -> str:
    owed = [each for each in figures(snapshot) if each.owed]
    short = [each.code for each in owed if not each.covered]
    if not short:
        return f"all {len(owed)} assets are covered"
    listed = ", ".join(short[:8]) + (" and others" if len(short) > 8 else "")
    return f"{len(owed) - len(short)} of {len(owed)} assets are covered; not: {listed}"
