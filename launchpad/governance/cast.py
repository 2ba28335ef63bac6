"""Vote, and change one's vote until it closes. One vote an account: the newest answer counts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.accounts.models import Customer
from exchange.audit.record import record
from exchange.core import clock, locks
from exchange.core.actors import SYSTEM, Actor
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused, Refused, Restricted
from launchpad.governance import policy, power, verify_vote
from launchpad.governance.models import Vote, VoteProposal
from launchpad.governance.states import State


class NotOpen(Conflict):
    """The vote has not opened, or is over. `limit` is its state."""

    code = "vote_not_open"


class NoPower(Restricted):
    """The account had no BMX at the snapshot's moment, and nobody delegated to it."""

    code = "no_voting_power"


class TooManyAnswers(Refused):
    """The answer was changed too often. `limit` is how often."""

    code = "too_many_answers"


class NotAnAnswer(Invalid):
    """The choices are not an answer to this vote."""

    code = "not_an_answer"


def cast(*, proposal_id: int, customer_id: int, choices: Sequence[str], actor: Actor) -> Vote:
    """Answer a vote, or change the answer. The same answer again changes nothing.

    Raises NotFound, NotOpen, Restricted for accounts that a rule leaves out, NoPower, NotAnAnswer,
    TooManyAnswers.
    """
    refuse_others(actor, customer_id)
    with transaction.atomic():
        # Shared with other voters; whoever closes the vote takes it alone.
        locks.share(locks.Lock.PROPOSAL_VOTE, proposal_id)
        lock_account(customer_id)
        proposal = VoteProposal.objects.filter(pk=proposal_id).first()
        if proposal is None:
            raise NotFound(_("There is no such proposal."), field="proposal")
        # One moment for all of it: what is written down lies before the close, to the microsecond.
        now = clock.now()
        refuse_unless_open(proposal, now)
        power.refuse_account(customer_id, at=now)
        _refuse_without_power(proposal, customer_id)
        answer = _answer(proposal, choices)
        vote = Vote.objects.filter(proposal=proposal, customer_id=customer_id).first()
        if vote is not None and vote.choices == answer:
            return vote
        if vote is not None and vote.serial >= policy.ANSWERS_MOST:
            raise TooManyAnswers(
                _("You changed this vote very often. Your last answer counts."),
                limit=policy.ANSWERS_MOST,
            )
        vote = _write(proposal, customer_id, answer, vote, now)
        # Never what they chose: the log is read by many.
        record(
            actor=actor,
            verb="governance.vote",
            target=proposal,
            after={"customer": customer_id, "serial": vote.serial},
        )
    return vote


def refuse_others(actor: Actor, customer_id: int) -> None:
    """Nobody speaks for another customer."""
    if actor.kind != SYSTEM and actor.customer_id != customer_id:
        raise PermissionRefused


def lock_account(*customer_ids: int) -> None:
    """One act of an account at a time; the locks last until the commit."""
    rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=customer_ids)
    found = list(rows.order_by("pk").values_list("pk", flat=True))
    if len(found) != len(set(customer_ids)):
        raise NotFound(_("There is no such customer."), field="customer")


def refuse_unless_open(proposal: VoteProposal, now: datetime) -> None:
    if proposal.state != State.OPEN or proposal.closes_at is None or now >= proposal.closes_at:
        says = (
            _("This vote is over.")
            if proposal.closes_at is not None and now >= proposal.closes_at
            else _("This vote is %(state)s.") % {"state": proposal.get_state_display()}
        )
        raise NotOpen(says, field="proposal", limit=proposal.state)


def _refuse_without_power(proposal: VoteProposal, customer_id: int) -> None:
    has = power.power_of(proposal, customer_id)
    if has.excluded:
        raise Restricted(_("This account is left out of this vote by its published rules."))
    if has.total <= 0:
        raise NoPower(_("You had no BMX at the moment of this vote's snapshot."))


def _answer(proposal: VoteProposal, choices: Sequence[str]) -> list[str]:
    """What is kept of an answer: an order only where the order counts."""
    options = {
        option.key: verify_vote.Option(option.key, option.role) for option in proposal.options.all()
    }
    try:
        verify_vote.refuse_choices(proposal.method, options, tuple(choices))
    except verify_vote.Wrong as wrong:
        raise NotAnAnswer(_says(proposal), field="choices", limit=list(options)) from wrong
    return list(choices) if proposal.method == "ranked" else sorted(choices)


def _says(proposal: VoteProposal) -> str:
    return {
        "single": _("Choose one option."),
        "approval": _("Choose at least one option. Who abstains chooses nothing else."),
        "ranked": _("Rank at least one option, each once. Who abstains ranks nothing else."),
    }[proposal.method]


def _write(
    proposal: VoteProposal, customer_id: int, answer: list[str], vote: Vote | None, now: datetime
) -> Vote:
    if vote is None:
        return Vote.objects.create(
            proposal=proposal,
            customer_id=customer_id,
            choices=answer,
            salt=secrets.token_hex(16),
            cast_at=now,
            changed_at=now,
        )
    vote.choices, vote.changed_at, vote.serial = answer, now, vote.serial + 1
    vote.save(update_fields=["choices", "changed_at", "serial"])
    return vote
