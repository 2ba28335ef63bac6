"""Give up a payout of which nobody was paid.

What customers earned by what they lent, staked or quoted is owed to them: to keep it from them
takes two people. What the house promises of its own free will one person may take back before it
is paid; whoever prepared it then prepares it anew.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid
from exchange.core.money import plain
from launchpad.programmes.models import Payout, Programme
from launchpad.programmes.pay import locked

State, Kind = Payout.State, Programme.Kind
CANCELS = "launchpad.cancel_payout"
KIND = "programmes.cancel_payout"
OWED = (Kind.INTEREST, Kind.STAKING, Kind.MINING, Kind.VAULT)


class TakesTwo(Conflict):
    """Customers earned what this pays: it is proposed, and somebody else approves."""

    code = "takes_two"
    message = "Customers earned what this pays: cancelling it takes a second person."


def is_owed(payout: Payout) -> bool:
    """Did customers earn what it pays?"""
    return payout.programme.kind in OWED


def cancel(*, payout_id: int, actor: Actor, reason: str) -> Payout:
    """Give up a payout of which nobody was paid. Twice is once.

    Raises PermissionRefused, NotFound, Invalid without a reason, Conflict once it has begun,
    TakesTwo when it is owed.
    """
    actor.require(CANCELS)
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        payout = locked(payout_id)
        if is_owed(payout):
            raise TakesTwo(field="payout_id")
        return _give_up(payout, actor, reason)


def propose(*, payout_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to cancel a payout that is owed. Raises PermissionRefused, NotFound, Invalid
    without a reason, Conflict once it has begun or when the same is proposed."""
    actor.require(CANCELS)
    with transaction.atomic():
        payout = locked(payout_id)
        _refuse_begun(payout)
        return proposals.propose(
            kind=KIND,
            payload={"payout_id": payout_id},
            summary=f"Do not pay “{payout.key}”: {payout.lines} people do not get"
            f" {plain(payout.total)} {payout.programme.asset.code}",
            reason=reason,
            actor=actor,
            target=payout,
        )


@proposals.proposal_kind(KIND, permission_to_propose=CANCELS, permission_to_approve=CANCELS)
def _cancel(*, payload: dict[str, Any], actor: Actor) -> str:
    payout = _give_up(locked(int(payload["payout_id"])), actor, "approved by a second person")
    return f"“{payout.key}” is cancelled"


def _give_up(payout: Payout, actor: Actor, reason: str) -> Payout:
    if payout.state == State.CANCELLED:
        return payout
    _refuse_begun(payout)
    before, payout.state = payout.state, State.CANCELLED
    payout.finished_at = clock.now()
    payout.save(update_fields=["state", "finished_at"])
    record(
        actor=actor,
        verb="programmes.cancel_payout",
        target=payout,
        reason=reason,
        before={"state": before},
        after={"state": payout.state},
    )
    return payout


def _refuse_begun(payout: Payout) -> None:
    if payout.state not in (State.PREPARING, State.READY, State.SHORT):
        raise Conflict(f"This payout is {payout.state} already.", limit=payout.state)
