"""What follows a vote that passed.

A room above hears `governance.closed` and moves its own thing on (a listing). A passed change of a
parameter takes two people, like every change of terms: one carries it over with a click, which
makes a proposal of audit.proposals with the vote's number, result and root in it; another approves.
That the proposer is a person and not the vote is deliberate: somebody answers for looking at what
the vote really says, and a vote that passed a year ago does not act by itself. They can add
nothing: parameter, target and value are the vote's.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid
from launchpad.governance import parameters
from launchpad.governance.models import VoteProposal
from launchpad.governance.propose import locked, move
from launchpad.governance.states import Kind, Outcome, State

KIND = "governance.change_parameter"


def carry_over(*, proposal_id: int, actor: Actor, reason: str = "") -> Proposal:
    """Propose to colleagues what a vote passed. One at a time; what was rejected or ran out may be
    carried over again. Raises PermissionRefused, Conflict, Invalid when bounds have changed since.
    """
    actor.require("launchpad.carry_over_vote")
    with transaction.atomic():
        proposal = locked(proposal_id)
        if proposal.kind != Kind.PARAMETER or proposal.outcome != Outcome.PASSED:
            raise Conflict(_("Only a change of a parameter that passed is carried over."))
        if proposal.state != State.CLOSED:
            raise Conflict(_("This is carried out already."), limit=proposal.state)
        standing = proposal.carried
        if standing is not None and standing.state == Proposal.State.OPEN:
            if standing.expires_at > clock.now():
                raise Conflict(_("A colleague has it to approve already."), limit=standing.pk)
        parameters.refuse_change(
            proposal.parameter, proposal.parameter_target, proposal.parameter_value
        )
        parameter = parameters.named(proposal.parameter)
        before = parameter.current(proposal.parameter_target)
        result = proposal.result or {}
        made = proposals.propose(
            kind=KIND,
            payload={
                "vote": proposal.pk,
                "parameter": proposal.parameter,
                "target": proposal.parameter_target,
                "before": before,
                "value": proposal.parameter_value,
                "root": proposal.root,
                "winner_power": result.get("winner_power", ""),
                "took_part": result.get("took_part", ""),
            },
            summary=f"{parameter.label}: {proposal.parameter_target} from {before} to"
            f" {proposal.parameter_value} (vote {proposal.pk} passed)"[:300],
            reason=reason.strip() or f"vote {proposal.pk} passed: {proposal.title}",
            actor=actor,
            target=proposal,
        )
        proposal.carried = made
        proposal.save(update_fields=["carried"])
    return made


@proposals.proposal_kind(
    KIND,
    permission_to_propose="launchpad.carry_over_vote",
    permission_to_approve="launchpad.approve_voted_change",
)
def _change(*, payload: dict[str, Any], actor: Actor) -> str:
    proposal = locked(payload["vote"])
    if proposal.state != State.CLOSED or proposal.outcome != Outcome.PASSED:
        raise Conflict(_("This is carried out already."), limit=proposal.state)
    # What the vote says, not what the payload says.
    parameter = parameters.named(proposal.parameter)
    target, value = proposal.parameter_target, proposal.parameter_value
    before = parameter.current(target)
    parameter.change(target, value, actor)
    record(
        actor=actor,
        verb="governance.change_parameter",
        target=proposal,
        before={"parameter": parameter.key, "target": target, "value": before},
        after={"parameter": parameter.key, "target": target, "value": value},
    )
    executed(proposal, f"{target}: {before} -> {value}", actor)
    return f"{parameter.label}: {target} is {value} now"


def mark_executed(*, proposal_id: int, note: str, actor: Actor) -> VoteProposal:
    """Write down what was done about a vote that passed; everybody reads it on its page.

    For rooms above, and for staff when it was about priorities or a grant. Doing it twice is once.
    """
    actor.require("launchpad.carry_over_vote")
    if not note.strip():
        raise Invalid(_("Say what was done."), field="note")
    with transaction.atomic():
        proposal = locked(proposal_id)
        if proposal.state == State.EXECUTED:
            return proposal
        if proposal.outcome != Outcome.PASSED:
            raise Conflict(_("This vote did not pass."), limit=proposal.state)
        if proposal.kind == Kind.PARAMETER:
            raise Conflict(_("A parameter is changed by carrying the vote over."))
        if proposal.grant_amount is not None and not proposal.granted:
            raise Conflict(_("A grant is carried out by paying it."))
        executed(proposal, note.strip(), actor)
    return proposal


def executed(proposal: VoteProposal, note: str, actor: Actor) -> None:
    """Write down, in the caller's transaction, that a locked vote is carried out."""
    move(proposal, State.EXECUTED)
    proposal.executed_at, proposal.executed_by = clock.now(), actor.label
    proposal.execution_note = note[:500]
    proposal.save()
    record(
        actor=actor,
        verb="governance.execute",
        target=proposal,
        reason=note,
        after={"state": proposal.state},
    )
