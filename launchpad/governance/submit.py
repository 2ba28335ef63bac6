"""Hand in a proposal to be reviewed: customers with enough BMX, and staff.

What a reviewer returned is written anew and handed in again; its discussion begins only when it is
published, so nobody reads a draft.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound, Refused
from exchange.core.money import plain
from launchpad.governance import policy, power
from launchpad.governance.cast import lock_account, refuse_others
from launchpad.governance.models import VoteProposal
from launchpad.governance.propose import (
    OptionText,
    ParameterChange,
    checked,
    checked_grant,
    locked,
    move,
    write,
    write_options,
)
from launchpad.governance.states import State


class NotEnoughBmx(Refused):
    """It takes more BMX. `limit` is how much."""

    code = "not_enough_bmx"


class TooManyProposals(Refused):
    """The account's other proposals come first. `limit` is how many."""

    code = "too_many_proposals"


def hand_in(
    *,
    customer_id: int,
    kind: str,
    title: str,
    text: str,
    actor: Actor,
    options: Sequence[OptionText] | None = None,
    change: ParameterChange | None = None,
    grant: Decimal | str | None = None,
) -> VoteProposal:
    """A customer proposes; staff review it. Raises Restricted, NotEnoughBmx, TooManyProposals,
    Invalid."""
    refuse_others(actor, customer_id)
    terms = policy.TERMS.get(kind)
    if terms is None or not terms.by_customers:
        raise Invalid(_("Customers don't propose this kind."), field="kind")
    with transaction.atomic():
        lock_account(customer_id)
        refuse_proposer(customer_id)
        proposal = write(
            kind=kind,
            title=title,
            text=text,
            actor=actor,
            options=options,
            proposer_id=customer_id,
            change=change,
            grant=grant,
        )
        _into_review(proposal, actor)
    return proposal


def hand_in_again(
    *,
    proposal_id: int,
    customer_id: int,
    title: str,
    text: str,
    actor: Actor,
    options: Sequence[OptionText] | None = None,
    change: ParameterChange | None = None,
    grant: Decimal | str | None = None,
) -> VoteProposal:
    """Write anew what was returned. Raises NotFound for what is not theirs, Conflict, Invalid."""
    refuse_others(actor, customer_id)
    with transaction.atomic():
        lock_account(customer_id)
        power.refuse_account(customer_id, at=clock.now())
        old = locked(proposal_id)
        if old.proposer_id != customer_id:
            raise NotFound(_("There is no such proposal."), field="proposal")
        if old.state != State.DRAFT:
            raise Conflict(_("Only what was returned to you can be written anew."))
        # It keeps its number; the words are checked as a new proposal's are.
        old.method, answers = checked(
            kind=old.kind, title=title, text=text, options=options, change=change
        )
        old.grant_amount = checked_grant(old.kind, grant)
        old.title, old.text = title.strip(), text.strip()
        old.parameter, old.parameter_target, old.parameter_value = change or ("", "", "")
        old.options.all().delete()
        write_options(old, answers)
        _into_review(old, actor)
    return old


def draft_by_staff(
    *,
    kind: str,
    title: str,
    text: str,
    actor: Actor,
    options: Sequence[OptionText] | None = None,
    method: str = "",
    quorum_bps: int | None = None,
    threshold_bps: int | None = None,
    tally: str = "",
    change: ParameterChange | None = None,
    grant: Decimal | str | None = None,
) -> VoteProposal:
    """A member of staff proposes; a colleague reviews and publishes it."""
    actor.require("launchpad.open_voteproposal")
    with transaction.atomic():
        proposal = write(
            kind=kind,
            title=title,
            text=text,
            actor=actor,
            options=options,
            method=method,
            quorum_bps=quorum_bps,
            threshold_bps=threshold_bps,
            tally=tally,
            change=change,
            grant=grant,
        )
        _into_review(proposal, actor)
    return proposal


def refuse_proposer(customer_id: int) -> None:
    """Raise unless this account may hand in a proposal now."""
    power.refuse_account(customer_id, at=clock.now())
    if power.bmx_now(customer_id) < policy.PROPOSE_LEAST:
        raise NotEnoughBmx(
            _("To propose something you need %(least)s BMX.")
            % {"least": plain(policy.PROPOSE_LEAST)},
            limit=plain(policy.PROPOSE_LEAST),
        )
    theirs = VoteProposal.objects.filter(proposer_id=customer_id)
    if theirs.filter(state__in=[State.DRAFT, State.REVIEW]).count() >= policy.PROPOSE_WAITING:
        raise TooManyProposals(
            _("Your last proposal is still being worked on."), limit=policy.PROPOSE_WAITING
        )
    recent = theirs.filter(submitted_at__gt=clock.now() - policy.PROPOSE_WITHIN)
    if recent.count() >= policy.PROPOSE_MOST:
        raise TooManyProposals(
            _("You can hand in %(most)s proposals in 30 days.") % {"most": policy.PROPOSE_MOST},
            limit=policy.PROPOSE_MOST,
        )


def _into_review(proposal: VoteProposal, actor: Actor) -> None:
    move(proposal, State.REVIEW)
    proposal.submitted_at = clock.now()
    proposal.save()
    record(
        actor=actor,
        verb="governance.hand_in",
        target=proposal,
        after={"state": proposal.state, "kind": proposal.kind},
    )
