"""Review what was handed in: publish it with its moments, return it, decline it, withdraw it.

A proposer reads the reason by its code and a sentence. Nobody publishes what they wrote themselves.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.audit.record import record
from exchange.core import clock, locks, outbox
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid
from launchpad.governance import parameters
from launchpad.governance.models import VoteProposal
from launchpad.governance.propose import Timeline, locked, move, moved_on, schedule
from launchpad.governance.states import ReviewCode, State


def publish(*, proposal_id: int, timeline: Timeline, actor: Actor, note: str = "") -> VoteProposal:
    """Publish what was handed in, with its moments. Nobody publishes their own.

    Raises PermissionRefused, Conflict when it is not being reviewed, Invalid.
    """
    actor.require("launchpad.review_voteproposal")
    with transaction.atomic():
        proposal = locked(proposal_id)
        _refuse_own(proposal, actor)
        if proposal.state != State.REVIEW:
            raise moved_on(proposal)
        if proposal.parameter:
            parameters.refuse_change(
                proposal.parameter, proposal.parameter_target, proposal.parameter_value
            )
        proposal.reviewed_by, proposal.reviewed_at = actor.label, clock.now()
        proposal.review_code, proposal.review_note = "", note
        schedule(proposal, timeline, actor)
    return proposal


def send_back(
    *, proposal_id: int, code: str, note: str, actor: Actor, for_good: bool = False
) -> VoteProposal:
    """Return a proposal to whoever handed it in, to be written anew, or decline it for good.

    They read `code` and `note`. Raises PermissionRefused, Conflict, Invalid.
    """
    actor.require("launchpad.review_voteproposal")
    if code not in ReviewCode.values:
        raise Invalid(_("Choose a reason."), field="code", limit=ReviewCode.values)
    if not note.strip():
        raise Invalid(_("Say in a sentence what is wrong: the proposer reads it."), field="note")
    with transaction.atomic():
        proposal = locked(proposal_id)
        move(proposal, State.DECLINED if for_good else State.DRAFT)
        proposal.reviewed_by, proposal.reviewed_at = actor.label, clock.now()
        proposal.review_code, proposal.review_note = code, note.strip()[:1000]
        proposal.save()
        record(
            actor=actor,
            verb="governance.decline" if for_good else "governance.return",
            target=proposal,
            reason=note,
            after={"state": proposal.state, "code": code},
        )
    return proposal


def withdraw(*, proposal_id: int, actor: Actor, reason: str) -> VoteProposal:
    """Take a proposal back before it is counted; everybody reads why.

    Whoever handed it in may while it is not published; staff until it closes. Raises NotFound,
    PermissionRefused, Conflict once its end has come.
    """
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    with transaction.atomic():
        locks.hold(locks.Lock.PROPOSAL_VOTE, proposal_id)
        proposal = locked(proposal_id)
        own = actor.customer_id is not None and actor.customer_id == proposal.proposer_id
        if not (own and proposal.state in (State.DRAFT, State.REVIEW)):
            actor.require("launchpad.review_voteproposal")
        if proposal.state == State.OPEN and clock.now() >= _closes(proposal):
            raise moved_on(proposal)
        before = proposal.state
        move(proposal, State.WITHDRAWN)
        proposal.withdrawn_because = reason.strip()[:500]
        proposal.save()
        record(
            actor=actor,
            verb="governance.withdraw",
            target=proposal,
            reason=reason,
            before={"state": before},
            after={"state": proposal.state},
        )
        outbox.announce(
            "governance.withdrawn",
            proposal_id=proposal.pk,
            kind=proposal.kind,
            subject=proposal.subject,
        )
    return proposal


def _closes(proposal: VoteProposal) -> datetime:
    assert proposal.closes_at is not None, "a published vote has its moments"
    return proposal.closes_at


def _refuse_own(proposal: VoteProposal, actor: Actor) -> None:
    if proposal.proposed_by == actor.label:
        raise Conflict(_("You wrote this yourself: somebody else has to publish it."))
