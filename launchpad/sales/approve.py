"""Two people approve a sale's terms; from then on they stand."""

from __future__ import annotations

from typing import Any

from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.core.actors import Actor
from exchange.core.money import plain
from launchpad.sales import checks, moves
from launchpad.sales.draft import DRAFTS, FIELDS
from launchpad.sales.draw import digest
from launchpad.sales.errors import NotReady
from launchpad.sales.models import Sale
from launchpad.sales.states import State

APPROVES = "launchpad.approve_sale"
KIND = "sales.approve_sale"


def propose(*, sale_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to approve a draft. Raises NotReady, Invalid for grave problems, Conflict."""
    actor.require(DRAFTS)
    sale = moves.get(sale_id)
    if sale.state != State.DRAFT:
        raise NotReady(f"It is {sale.get_state_display()}.", limit=sale.state)
    checks.refuse_grave(sale, list(sale.tiers.all()))
    return proposals.propose(
        kind=KIND,
        payload={"sale_id": sale_id, "terms": fingerprint(sale)},
        summary=f"Approve the sale {sale}: {plain(sale.offered)} {sale.asset} at"
        f" {plain(sale.price)} {sale.quote}, {sale.get_mode_display()}",
        reason=reason,
        actor=actor,
        target=sale,
    )


@proposals.proposal_kind(KIND, permission_to_propose=DRAFTS, permission_to_approve=APPROVES)
def carry_out(*, payload: dict[str, Any], actor: Actor) -> str:
    sale = moves.locked(payload["sale_id"])
    if payload["terms"] != fingerprint(sale):
        raise NotReady("The draft was changed after it was proposed.")
    checks.refuse_grave(sale, list(sale.tiers.all()))
    moves.move(sale, State.APPROVED, actor=actor, reason="approved by a second person", told=False)
    return f"the sale {sale} is approved; its tokens are to be moved next"


def fingerprint(sale: Sale) -> str:
    """What the terms are, in one line: an approval is of these and no others."""
    fresh = Sale.objects.get(pk=sale.pk)
    said = [f"{name}={fresh.serializable_value(name)}" for name in FIELDS]
    said += [f"{t.name}:{plain(t.least_held)}:{plain(t.most)}" for t in sale.tiers.all()]
    return digest("\n".join(said).encode())
