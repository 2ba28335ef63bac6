"""Cancel a sale: everybody gets everything back. Two people decide, at any time before tokens are
distributed; afterwards customers own them, and nothing is taken back."""

from __future__ import annotations

from typing import Any

from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.core import clock, dispatch
from exchange.core.actors import Actor
from exchange.core.errors import Invalid
from exchange.ledger.accounts import locked_available
from exchange.ledger.post import transfer
from launchpad.sales import fund, moves
from launchpad.sales.approve import APPROVES
from launchpad.sales.draft import DRAFTS
from launchpad.sales.errors import NotReady
from launchpad.sales.models import Sale
from launchpad.sales.states import MOVES, State

KIND = "sales.cancel_sale"


def propose(*, sale_id: int, told: str, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to cancel. `told` is what customers read. Raises NotReady, Invalid."""
    actor.require(DRAFTS)
    sale = moves.get(sale_id)
    if State.CANCELLED not in MOVES[sale.state]:
        raise NotReady(f"It is {sale.get_state_display()}: it can't be cancelled any more.")
    if not told.strip():
        raise Invalid("Say what customers are told.", field="told")
    return proposals.propose(
        kind=KIND,
        payload={"sale_id": sale_id, "told": told.strip()[:500]},
        summary=f"Cancel the sale {sale} and refund everybody",
        reason=reason,
        actor=actor,
        target=sale,
    )


@proposals.proposal_kind(KIND, permission_to_propose=DRAFTS, permission_to_approve=APPROVES)
def _cancel(*, payload: dict[str, Any], actor: Actor) -> str:
    sale = moves.locked(payload["sale_id"])
    moves.move(
        sale,
        State.CANCELLED,
        actor=actor,
        reason=payload["told"],
        cancelled_at=clock.now(),
        cancelled_because=payload["told"],
    )
    return_tokens(sale)
    dispatch.after_commit("sales.refund", queue="payouts", sale_id=sale.pk)
    return f"the sale {sale} is cancelled; refunds begin at once"


def return_tokens(sale: Sale) -> None:
    """What stands in the sale's account of tokens and is nobody's goes back to where it came from.

    Called under the sale's lock, when no token is owed to customers, or with all of them given.
    """
    if not sale.funded_from:
        return
    tokens = fund.tokens_account(sale)
    left = locked_available([tokens])[tokens]
    owed = (sale.allocated or 0) if sale.state != State.CANCELLED else 0
    unsold = sale.offered - owed if owed else left
    if unsold > 0:
        transfer(
            kind="sale_unsold",
            reference=f"{sale.purpose}:unsold",
            source=tokens,
            destination=fund.source_account(sale),
            amount=unsold,
        )


def refunding(sale: Sale) -> bool:
    """Is money of a cancelled sale still to be given back?"""
    return sale.state == State.CANCELLED and (
        sale.subscriptions.filter(settled_at=None, committed__gt=0).exists()
    )
