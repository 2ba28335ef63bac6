"""Four eyes: one person proposes an act, another approves it, and only then is it carried out.

A room declares what can be proposed, and how it is done:

    @proposal_kind(
        "accounts.lift_restriction",
        permission_to_propose="exchange.unfreeze_customer",
        permission_to_approve="exchange.unfreeze_customer",
    )
    def _lift(*, payload: dict[str, Any], actor: Actor) -> str: ...

The function runs inside the approval's transaction with the approver as `actor`; what it returns
is shown as the outcome. When it raises, its effects are rolled back and the proposal is FAILED.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import models, transaction

from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock, locks
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused, Refused

log = logging.getLogger(__name__)

Execute = Callable[..., str | None]
LIFETIME = timedelta(days=3)
State = Proposal.State


class OwnProposal(PermissionRefused):
    """Whoever proposed an act can't decide it too."""

    code = "own_proposal"
    message = "You proposed this yourself: somebody else has to decide it."


class ProposalClosed(Conflict):
    """The proposal was decided or has expired. `limit` is its state."""

    code = "proposal_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    name: str
    permission_to_propose: str
    permission_to_approve: str
    execute: Execute


_kinds: dict[str, Kind] = {}


def proposal_kind(
    name: str,
    *,
    permission_to_propose: str,
    permission_to_approve: str = "exchange.decide_proposal",
) -> Callable[[Execute], Execute]:
    """Register the function that carries out proposals of this kind."""

    def register(execute: Execute) -> Execute:
        if name in _kinds:
            raise RuntimeError(f"there are two kinds of proposal called {name}")
        _kinds[name] = Kind(
            name=name,
            permission_to_propose=permission_to_propose,
            permission_to_approve=permission_to_approve,
            execute=execute,
        )
        return execute

    return register


def kind_of(name: str) -> Kind:
    """Raises Invalid when no room declared that kind."""
    if name not in _kinds:
        raise Invalid(f"Nothing of the kind {name} can be proposed.", field="kind")
    return _kinds[name]


def kinds() -> list[Kind]:
    """Every kind that the rooms declared."""
    return list(_kinds.values())


def propose(
    *,
    kind: str,
    payload: dict[str, Any],
    summary: str,
    reason: str,
    actor: Actor,
    target: models.Model | None = None,
    lifetime: timedelta = LIFETIME,
) -> Proposal:
    """Ask for an act that a second person must approve. Nothing happens yet.

    `payload` is plain JSON: ids and amounts as text. Raises PermissionRefused, Invalid without a
    reason, Conflict when the same act on the same target is proposed already.
    """
    actor.require(kind_of(kind).permission_to_propose)
    if actor.user_id is None:
        raise PermissionRefused("Only a person can propose.")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    where = {"target_type": "", "target_id": ""}
    if target is not None:
        where = {"target_type": target._meta.model_name or "", "target_id": str(target.pk)}
    with transaction.atomic():
        locks.hold(locks.Lock.PROPOSING, locks.key_of(f"{kind}:{'.'.join(where.values())}"))
        _refuse_twin(kind, payload, where)
        proposal = Proposal.objects.create(
            kind=kind,
            payload=payload,
            summary=summary,
            reason=reason,
            proposed_by_id=actor.user_id,
            expires_at=clock.now() + lifetime,
            **where,
        )
        record(
            actor=actor,
            verb="audit.propose",
            target=proposal,
            reason=reason,
            after={
                "kind": kind,
                "payload": payload,
                "about": " ".join(filter(None, where.values())),
            },
        )
    return proposal


def approve(*, proposal_id: int, actor: Actor, reason: str = "") -> Proposal:
    """Approve an open proposal and carry it out in the same transaction.

    Returns it EXECUTED, or FAILED when carrying it out was refused or broke (then nothing of it
    was done, and `outcome` says why). Of two approvals at once, one carries it out and the other
    is refused. Raises NotFound, PermissionRefused, OwnProposal, ProposalClosed.
    """
    with transaction.atomic():
        proposal = _locked_open(proposal_id, actor)
        proposal.state, proposal.outcome = _carry_out(proposal, actor)
        _decide(proposal, actor, reason)
        verb = "audit.approve" if proposal.state == State.EXECUTED else "audit.approve_failed"
        _record_decision(proposal, verb, actor, reason)
    return proposal


def reject(*, proposal_id: int, actor: Actor, reason: str) -> Proposal:
    """Decide that it is not carried out. Raises as `approve` does, and Invalid without a reason."""
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        proposal = _locked_open(proposal_id, actor)
        proposal.state = State.REJECTED
        _decide(proposal, actor, reason)
        _record_decision(proposal, "audit.reject", actor, reason)
    return proposal


def expire_stale(*, limit: int = 200) -> int:
    """Close open proposals past their time. Returns how many. Safe to run twice."""
    actor = system("audit.expire_proposals")
    with transaction.atomic():
        stale = list(
            Proposal.objects.select_for_update(skip_locked=True)
            .filter(state=State.OPEN, expires_at__lte=clock.now())
            .order_by("expires_at")[:limit]
        )
        for proposal in stale:
            proposal.state = State.EXPIRED
            proposal.save(update_fields=["state"])
            _record_decision(proposal, "audit.expire_proposal", actor, "")
    return len(stale)


def _refuse_twin(kind: str, payload: dict[str, Any], where: dict[str, str]) -> None:
    twin = Proposal.objects.filter(
        kind=kind, payload=payload, state=State.OPEN, expires_at__gt=clock.now(), **where
    ).first()
    if twin is not None:
        raise Conflict(f"This is proposed already (proposal {twin.pk}).", limit=twin.pk)


def _locked(proposal_id: int) -> Proposal:
    """The row, locked until the transaction ends: what makes one decision of two at once."""
    proposal = Proposal.objects.select_for_update().filter(pk=proposal_id).first()
    if proposal is None:
        raise NotFound(f"There is no proposal {proposal_id}.", field="proposal_id")
    return proposal


def _locked_open(proposal_id: int, actor: Actor) -> Proposal:
    proposal = _locked(proposal_id)
    actor.require(kind_of(proposal.kind).permission_to_approve)
    if actor.user_id is None:
        raise PermissionRefused("Only a person can decide a proposal.")
    if actor.user_id == proposal.proposed_by_id:
        raise OwnProposal
    if proposal.state != State.OPEN:
        raise ProposalClosed(f"This proposal is {proposal.state} already.", limit=proposal.state)
    if proposal.expires_at <= clock.now():
        raise ProposalClosed("This proposal has expired.", limit=State.EXPIRED)
    return proposal


def _carry_out(proposal: Proposal, actor: Actor) -> tuple[Proposal.State, str]:
    try:
        with transaction.atomic():
            outcome = kind_of(proposal.kind).execute(payload=proposal.payload, actor=actor)
    except Refused as refusal:
        return State.FAILED, str(refusal)[:1000]
    except Exception as error:
        log.exception("proposal %s could not be carried out", proposal.pk)
        return State.FAILED, f"{type(error).__name__}: {error}"[:1000]
    return State.EXECUTED, (outcome or "")[:1000]


def _decide(proposal: Proposal, actor: Actor, reason: str) -> None:
    proposal.decided_by_id = actor.user_id
    proposal.decided_at = clock.now()
    proposal.decision_reason = reason
    proposal.save()


def _record_decision(proposal: Proposal, verb: str, actor: Actor, reason: str) -> None:
    record(
        actor=actor,
        verb=verb,
        target=proposal,
        reason=reason,
        before={"state": State.OPEN},
        after={"state": proposal.state, "kind": proposal.kind, "outcome": proposal.outcome},
    )
