"""Follow a fork deeper than is accepted unattended. Two people decide it.

Until they do, the network is paused and nothing of ours is undone. A fork as deep takes back what
customers were credited, so that somebody has to have looked at why.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, NotFound
from wallets.chains import nodes
from wallets.chains.models import NetworkWatch, SeenBlock

PERMISSION = "wallets.accept_fork"


def propose(*, watch_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to let a network walk back to where its node's chain leaves ours.

    Raises PermissionRefused, NotFound, Conflict where there is no such fork, ChainUnavailable.
    """
    actor.require(PERMISSION)
    watch = NetworkWatch.objects.select_related("network").filter(pk=watch_id).first()
    if watch is None:
        raise NotFound(_("This network is not followed."), field="network")
    shared = _last_in_common(watch)
    code = watch.network.code
    return proposals.propose(
        kind="wallets.accept_fork",
        payload={
            "network": code,
            "height": shared.height,
            "hash": shared.hash,
            "depth": watch.height - shared.height,
        },
        summary=f"Undo {watch.height - shared.height} blocks of {code}, down to {shared.height}",
        reason=reason,
        actor=actor,
        target=watch,
    )


@proposals.proposal_kind(
    "wallets.accept_fork",
    permission_to_propose=PERMISSION,
    permission_to_approve=PERMISSION,
)
def _accept(*, payload: dict[str, Any], actor: Actor) -> str:
    watch = NetworkWatch.objects.select_for_update(of=("self",)).get(
        network__code=payload["network"]
    )
    height = int(payload["height"])
    known = SeenBlock.objects.filter(network=watch.network_id, height=height).first()
    if known is None or known.hash != payload["hash"] or watch.height < height:
        raise Conflict(_("The chain has moved on since this was proposed."))
    # How deep a fork may be is measured from here; just so far down, and no further.
    before, watch.highest = watch.highest, height + nodes.node(payload["network"]).deepest_fork
    watch.save(update_fields=["highest"])
    record(
        actor=actor,
        verb="chains.accept_fork",
        target=watch,
        before={"height": watch.height, "highest": before},
        after={"back_to": height, "hash": known.hash},
    )
    return f"{payload['network']} walks back to block {height}"


def _last_in_common(watch: NetworkWatch) -> SeenBlock:
    """The newest block that the node and we both have. Asks the node; in no transaction."""
    adapter = nodes.adapter(watch.network.code)
    if (theirs := adapter.block_id(watch.height)) is not None and theirs.hash == watch.hash:
        raise Conflict(_("The node has the same chain as we: there is no fork."))
    ours = SeenBlock.objects.filter(network=watch.network_id, height__lt=watch.height)
    for seen in ours.order_by("-height"):
        theirs = adapter.block_id(seen.height)
        if theirs is not None and theirs.hash == seen.hash:
            return seen
    raise Conflict(_("The node's chain has no block of ours: it is another chain."))
