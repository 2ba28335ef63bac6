"""Propose: rooms above open votes by themselves; what people draft is reviewed first (review.py).

What a proposal says is fixed when it is published, together with the moment of its snapshot. That
moment lies ahead: what somebody has then is what they vote with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.audit.record import record
from exchange.core import clock, locks, outbox
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound
from exchange.core.money import parse, plain
from launchpad.governance import parameters, policy
from launchpad.governance.models import VoteOption, VoteProposal
from launchpad.governance.states import MOVES, Kind, Method, Role, State, Tally
from launchpad.snapshots.plan import plan

KEY = re.compile(r"^[a-z0-9][a-z0-9_-]{0,19}$")
WAITING = [State.DRAFT, State.REVIEW, State.PUBLISHED, State.OPEN, State.COUNTING]


class OptionText(NamedTuple):
    """One of the answers. `key` is what the published file calls it."""

    key: str
    title: str
    text: str = ""
    role: str = Role.FOR


class ParameterChange(NamedTuple):
    """What a parameter is to become (parameters.py)."""

    parameter: str  # "market.taker_rate"
    target: str  # "BTC_USDT"
    value: str


def yes_or_no() -> list[OptionText]:
    return [
        OptionText("yes", "Yes", role=Role.FOR),
        OptionText("no", "No", role=Role.AGAINST),
        OptionText("abstain", "Abstain", role=Role.ABSTAIN),
    ]


class Timeline(NamedTuple):
    """The moments of a vote. Each must be known before it comes."""

    snapshot_at: datetime
    opens_at: datetime
    closes_at: datetime


def open_proposal(
    *,
    kind: str,
    title: str,
    text: str,
    actor: Actor,
    options: Sequence[OptionText] | None = None,
    subject: str = "",
    method: str = "",
    timeline: Timeline | None = None,
    quorum_bps: int | None = None,
    threshold_bps: int | None = None,
    tally: str = "",
    grant: Decimal | str | None = None,
) -> VoteProposal:
    """Publish a vote that a room above asks for: it opens and closes by itself.

    Without `options` it asks yes or no; what else is left out follows policy.TERMS. A vote about
    the same `subject` that is not over is returned instead of a second one. The room hears of the
    end by `governance.closed`. Raises PermissionRefused, Invalid.
    """
    actor.require("launchpad.open_voteproposal")
    with transaction.atomic():
        if subject:
            locks.hold(locks.Lock.PROPOSAL_VOTE, locks.key_of(subject))
            standing = VoteProposal.objects.filter(subject=subject, state__in=WAITING).first()
            if standing is not None:
                return standing
        proposal = write(
            kind=kind,
            title=title,
            text=text,
            actor=actor,
            options=options,
            subject=subject,
            method=method,
            quorum_bps=quorum_bps,
            threshold_bps=threshold_bps,
            tally=tally,
            grant=grant,
        )
        move(proposal, State.REVIEW)
        schedule(proposal, timeline or usual_timeline(kind), actor)
    return proposal


def usual_timeline(kind: str) -> Timeline:
    """The moments that policy gives a kind, on whole minutes, counted from now."""
    terms = policy.TERMS[kind]
    first = clock.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    snapshot_at = first + terms.notice
    opens_at = snapshot_at + timedelta(hours=1)
    return Timeline(snapshot_at, opens_at, opens_at + terms.length)


def write(
    *,
    kind: str,
    title: str,
    text: str,
    actor: Actor,
    options: Sequence[OptionText] | None = None,
    subject: str = "",
    method: str = "",
    quorum_bps: int | None = None,
    threshold_bps: int | None = None,
    tally: str = "",
    proposer_id: int | None = None,
    change: ParameterChange | None = None,
    grant: Decimal | str | None = None,
) -> VoteProposal:
    """Write a draft. Who may is for the verbs that call it. Raises Invalid naming the field."""
    method, answers = checked(
        kind=kind, title=title, text=text, options=options, method=method, change=change
    )
    terms = policy.TERMS[kind]
    _refuse_shares(quorum_bps, threshold_bps)
    if tally and tally not in Tally.values:
        raise Invalid(_("A tally is shown or hidden."), field="tally", limit=Tally.values)
    proposal = VoteProposal.objects.create(
        kind=kind,
        method=method,
        tally=tally or terms.tally,
        title=title.strip(),
        text=text.strip(),
        subject=subject,
        proposer_id=proposer_id,
        proposed_by=actor.label,
        created_at=clock.now(),
        quorum_bps=terms.quorum_bps if quorum_bps is None else quorum_bps,
        threshold_bps=terms.threshold_bps if threshold_bps is None else threshold_bps,
        grant_amount=checked_grant(kind, grant),
        parameter=change.parameter if change else "",
        parameter_target=change.target if change else "",
        parameter_value=change.value if change else "",
    )
    write_options(proposal, answers)
    record(
        actor=actor,
        verb="governance.draft",
        target=proposal,
        after={"kind": kind, "title": proposal.title, "subject": subject},
    )
    return proposal


def checked(
    *,
    kind: str,
    title: str,
    text: str,
    options: Sequence[OptionText] | None,
    method: str = "",
    change: ParameterChange | None = None,
) -> tuple[str, list[OptionText]]:
    """The way to vote and the answers of what can be voted on. Raises Invalid, NotFound."""
    if kind not in Kind.values:
        raise Invalid(_("There is no such kind of proposal."), field="kind", limit=Kind.values)
    answers = list(options) if options else yes_or_no()
    method = method or (Method.SINGLE if not options else policy.TERMS[kind].method)
    _refuse_words(title, text)
    _refuse_options(method, answers)
    if (kind == Kind.PARAMETER) != (change is not None):
        raise Invalid(_("Say which parameter is to change."), field="parameter")
    if change is not None:
        parameters.refuse_change(change.parameter, change.target, change.value)
    return method, answers


def checked_grant(kind: str, amount: Decimal | str | None) -> Decimal | None:
    """What a grant asks for at most; none for other kinds. Raises Invalid (grant_amount)."""
    if kind != Kind.GRANT:
        if amount is not None:
            raise Invalid(_("Only a grant has an amount."), field="grant_amount")
        return None
    if amount is None:
        return None
    asked = parse(amount, field="grant_amount", precision=policy.asset().precision)
    if asked > policy.GRANT_MOST:
        raise Invalid(
            _("A grant is at most %(most)s BMX.") % {"most": plain(policy.GRANT_MOST)},
            field="grant_amount",
            limit=plain(policy.GRANT_MOST),
        )
    return asked


def write_options(proposal: VoteProposal, answers: Sequence[OptionText]) -> None:
    VoteOption.objects.bulk_create(
        VoteOption(
            proposal=proposal,
            position=position,
            key=answer.key,
            title=answer.title.strip(),
            text=answer.text.strip(),
            role=answer.role,
        )
        for position, answer in enumerate(answers)
    )


def schedule(proposal: VoteProposal, timeline: Timeline, actor: Actor) -> None:
    """Publish it with these moments and plan the snapshot. The caller locked it and asked who."""
    now = clock.now()
    _refuse_timeline(timeline, now)
    move(proposal, State.PUBLISHED)
    proposal.published_at = now
    proposal.snapshot_at, proposal.opens_at, proposal.closes_at = timeline
    proposal.snapshot = plan(
        asset_id=policy.asset().pk,
        at=timeline.snapshot_at,
        why=f"vote {proposal.pk}: {proposal.title}",
        actor=actor,
    )
    proposal.save()
    record(
        actor=actor,
        verb="governance.publish",
        target=proposal,
        after={
            "state": proposal.state,
            **timeline._asdict(),
            "quorum_bps": proposal.quorum_bps,
            "threshold_bps": proposal.threshold_bps,
        },
    )
    outbox.announce("governance.published", proposal_id=proposal.pk, kind=proposal.kind)


def move(proposal: VoteProposal, state: str) -> None:
    """Raises Conflict for a move that the proposal's state does not allow. Does not save."""
    if state not in MOVES[proposal.state]:
        raise moved_on(proposal)
    proposal.state = state


def locked(proposal_id: int) -> VoteProposal:
    """The row, locked until the transaction ends. Raises NotFound."""
    found = VoteProposal.objects.select_for_update().filter(pk=proposal_id).first()
    if found is None:
        raise NotFound(_("There is no such proposal."), field="proposal")
    return found


def moved_on(proposal: VoteProposal) -> Conflict:
    return Conflict(
        _("This proposal is %(state)s.") % {"state": proposal.get_state_display()},
        limit=proposal.state,
    )


def _refuse_words(title: str, text: str) -> None:
    if not 5 <= len(title.strip()) <= 120:
        raise Invalid(_("A title has 5 to 120 letters."), field="title", limit=120)
    if not 20 <= len(text.strip()) <= 10_000:
        raise Invalid(
            _("Describe the proposal in 20 to 10,000 letters."), field="text", limit=10_000
        )


def _refuse_options(method: str, answers: Sequence[OptionText]) -> None:
    if method not in Method.values:
        raise Invalid(_("There is no such way to vote."), field="method", limit=Method.values)
    if not policy.OPTIONS_LEAST <= len(answers) <= policy.OPTIONS_MOST:
        raise Invalid(_("A vote has 2 to 12 options."), field="options", limit=policy.OPTIONS_MOST)
    keys = [answer.key for answer in answers]
    titles = [answer.title.strip() for answer in answers]
    if len(set(keys)) < len(keys) or len(set(titles)) < len(titles):
        raise Invalid(_("Two options are the same."), field="options")
    for answer in answers:
        if not KEY.match(answer.key) or answer.role not in Role.values:
            raise Invalid(_("This option can't be written down."), field="options")
        if not 1 <= len(answer.title.strip()) <= 120 or len(answer.text.strip()) > 1000:
            raise Invalid(_("An option has a title of 1 to 120 letters."), field="options")
    if all(answer.role != Role.FOR for answer in answers):
        raise Invalid(_("One option at least must carry the proposal."), field="options")


def _refuse_shares(*shares: int | None) -> None:
    for share in shares:
        if share is not None and not 0 <= share <= policy.WHOLE_BPS:
            raise Invalid(
                _("A share lies between 0 and 100 %."), field="quorum_bps", limit=policy.WHOLE_BPS
            )


def _refuse_timeline(timeline: Timeline, now: datetime) -> None:
    if timeline.snapshot_at < now + policy.LEAST_NOTICE:
        raise Invalid(
            _("The snapshot needs more notice: people must know of it before."),
            field="snapshot_at",
            limit=(now + policy.LEAST_NOTICE).isoformat(),
        )
    if timeline.opens_at < timeline.snapshot_at + policy.GAP:
        raise Invalid(
            _("The vote opens a minute after its snapshot or later."),
            field="opens_at",
            limit=(timeline.snapshot_at + policy.GAP).isoformat(),
        )
    if timeline.closes_at < timeline.opens_at + policy.LEAST_LENGTH:
        raise Invalid(
            _("The vote has to stay open longer."),
            field="closes_at",
            limit=(timeline.opens_at + policy.LEAST_LENGTH).isoformat(),
        )
    if timeline.closes_at > now + policy.LONGEST:
        raise Invalid(
            _("A vote is over within 60 days."),
            field="closes_at",
            limit=(now + policy.LONGEST).isoformat(),
        )
