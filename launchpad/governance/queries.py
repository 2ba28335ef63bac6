"""What pages and integrators read of votes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from launchpad.governance import count, verify_vote
from launchpad.governance.models import (
    CountedVote,
    Delegate,
    Delegation,
    ProposalComment,
    Vote,
    VoteExclusion,
    VoteProposal,
)
from launchpad.governance.states import COUNTED, PUBLIC, State, Tally

# A shown tally is computed anew this often at most.
FRESH_SECONDS = 10
COMMENTS_SHOWN = 200


class Receipt(NamedTuple):
    """What a voter needs to find their vote in the published file."""

    account: int
    salt: str
    voter: str  # what the file calls them
    choices: list[str]
    changed_at: Any
    serial: int
    units: int | None  # counted; None before the count or when it was left out
    via: str
    line: str  # as it stands in the file
    excluded: str


def public(*, states: Sequence[str] = PUBLIC) -> QuerySet[VoteProposal]:
    """What everybody may read; withdrawn votes that had been published too."""
    wanted = Q(state__in=states)
    if State.WITHDRAWN in states:
        wanted &= ~Q(state=State.WITHDRAWN) | Q(published_at__isnull=False)
    return VoteProposal.objects.filter(wanted)


def of_page(number: int) -> VoteProposal | None:
    """A proposal that has a public page."""
    return (
        public(states=[*PUBLIC, State.WITHDRAWN])
        .select_related("snapshot")
        .prefetch_related("options")
        .filter(pk=number)
        .first()
    )


def open_votes() -> list[VoteProposal]:
    return list(public(states=[State.OPEN, State.COUNTING]).order_by("closes_at")[:50])


def coming_votes() -> list[VoteProposal]:
    return list(public(states=[State.PUBLISHED]).order_by("opens_at")[:50])


def past_votes(*, before: int | None = None, limit: int = 20) -> list[VoteProposal]:
    """Newest first; `before` is the number of the last one that was shown."""
    rows = public(states=[*COUNTED, State.WITHDRAWN]).order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows[:limit])


def answered_by(customer_id: int, proposals: Sequence[VoteProposal]) -> set[int]:
    """Of these votes, those that an account answered itself."""
    rows = Vote.objects.filter(customer_id=customer_id, proposal__in=[p.pk for p in proposals])
    return set(rows.values_list("proposal_id", flat=True))


def result_of(proposal: VoteProposal) -> dict[str, Any] | None:
    """The result, or the tally so far where it is shown; None where nobody may know yet."""
    if proposal.state in COUNTED:
        return proposal.result
    if proposal.state != State.OPEN or proposal.tally != Tally.SHOWN:
        return None
    key = f"governance:tally:{proposal.pk}"
    found = cache.get(key)
    if found is None:
        found = count.so_far(proposal)
        cache.set(key, found, FRESH_SECONDS)
    return found


def receipt_of(proposal: VoteProposal, customer_id: int) -> Receipt | None:
    """An account's own receipt: of its vote, or of its delegate's once that is counted."""
    vote = Vote.objects.filter(proposal=proposal, customer_id=customer_id).first()
    line = (
        CountedVote.objects.filter(proposal=proposal, customer_id=customer_id).first()
        if proposal.state in COUNTED
        else None
    )
    if vote is None and line is None:
        return None
    if line is not None:
        salt, choices, units, via = line.salt, line.choices, int(line.units), line.via
    else:
        assert vote is not None
        salt, choices, units, via = vote.salt, vote.choices, None, ""
    voter = verify_vote.voter_of(salt, proposal.pk, customer_id)
    left_out = VoteExclusion.objects.filter(proposal=proposal, customer_id=customer_id).first()
    return Receipt(
        account=customer_id,
        salt=salt,
        voter=voter,
        choices=list(choices),
        changed_at=vote.changed_at if vote else proposal.closed_at,
        serial=vote.serial if vote else 0,
        units=units,
        via=via,
        line="" if units is None else count.line_of(voter, units, list(choices), via),
        excluded=left_out.rule if left_out else "",
    )


def comments_of(proposal: VoteProposal) -> list[tuple[ProposalComment, list[ProposalComment]]]:
    """Comments with their answers, oldest first. Bounded: the newest COMMENTS_SHOWN."""
    rows = list(proposal.comments.order_by("-pk")[:COMMENTS_SHOWN])[::-1]
    below: dict[int, list[ProposalComment]] = {}
    for row in rows:
        if row.parent_id is not None:
            below.setdefault(row.parent_id, []).append(row)
    return [(row, below.get(row.pk, [])) for row in rows if row.parent_id is None]


def delegates(*, limit: int = 100) -> list[Delegate]:
    """Who offers to vote for others and can be chosen, those with most givers first."""
    gone_on = Delegation.objects.filter(until=None, customer_id=OuterRef("customer_id"))
    return list(
        Delegate.objects.filter(~Exists(gone_on), accepts=True)
        .annotate(givers=Count("delegations", filter=Q(delegations__until=None)))
        .order_by("-givers", "name")[:limit]
    )


def proposals_of(customer_id: int, *, limit: int = 20) -> list[VoteProposal]:
    """What an account handed in, newest first."""
    return list(VoteProposal.objects.filter(proposer_id=customer_id).order_by("-pk")[:limit])
