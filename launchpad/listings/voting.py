"""The BMX vote: opened by staff, closed by governance; a passed one moves the listing on."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.core import outbox
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict
from launchpad.governance import propose, review
from launchpad.governance.models import VoteProposal
from launchpad.governance.propose import WAITING
from launchpad.governance.states import Kind
from launchpad.listings import announce, insiders, interests, road, stages
from launchpad.listings.models import Listing
from launchpad.listings.states import ENDS, AssetClass, Reason, Stage
from launchpad.listings.words import WORK

ACTOR = system("listings")
MOST_TEXT = 8_000
CLOSED, TAKEN_BACK = "governance.closed", "governance.withdrawn"
WITHDRAWN = "withdrawn"
PASSED, NO_QUORUM = "passed", "no_quorum"


def open_vote(
    *, listing_id: int, actor: Actor, timeline: propose.Timeline | None = None
) -> Listing:
    """Ask BMX holders. From here on the project's name is public, and insiders stay bound.

    Raises PermissionRefused, NotDeclared, Conflicted, NotReady, StageConflict.
    """
    actor.require(WORK)
    with transaction.atomic():
        listing = road.locked(listing_id)
        interests.refuse_unless_free(listing, actor)
        stages.refuse_unless_checked(listing)
        vote = propose.open_proposal(
            kind=Kind.LISTING,
            title=f"List {listing.name} ({listing.code})?",
            text=_text(listing),
            subject=f"listing:{listing.pk}",
            actor=ACTOR,
            timeline=timeline,
        )
        announce.tell_monitoring(listing, kind="vote")
        road.move(
            listing,
            Stage.VOTE,
            actor=actor,
            words="BMX holders are asked. The vote and its dates are published.",
            vote_id=vote.pk,
            vote_outcome="",
        )
    return listing


def skip_vote(*, listing_id: int, reason: str, actor: Actor) -> Listing:
    """Straight to the committee, for coins and stablecoins, which holders do not vote about."""
    actor.require(WORK)
    with transaction.atomic():
        listing = road.locked(listing_id)
        interests.refuse_unless_free(listing, actor)
        if listing.asset_class not in (AssetClass.COIN, AssetClass.STABLECOIN):
            raise stages.NotReady(_("BMX holders are asked about a project's token first."))
        stages.refuse_unless_checked(listing)
        road.move(
            listing,
            Stage.COMMITTEE,
            actor=actor,
            reason=reason,
            words="It is before the listings committee.",
        )
    return listing


@outbox.consumes(CLOSED)
def take_outcome(payload: dict[str, Any]) -> None:
    """A vote ended. Passed goes to the committee; without a quorum too, which decides alone then;
    voted down is refused."""
    listing_id = _listing_of(payload)
    if listing_id is None:
        return
    with transaction.atomic():
        listing = road.locked(listing_id)
        if listing.stage != Stage.VOTE or listing.vote_id != payload["proposal_id"]:
            return  # told twice, or withdrawn meanwhile
        outcome = str(payload["outcome"])
        if outcome in (PASSED, NO_QUORUM):
            words = {
                PASSED: "BMX holders voted for it. It is before the listings committee.",
                NO_QUORUM: "Too few voted for the vote to count. The listings committee decides.",
            }[outcome]
            road.move(listing, Stage.COMMITTEE, actor=ACTOR, words=words, vote_outcome=outcome)
            return
        road.move(
            listing,
            Stage.REFUSED,
            actor=ACTOR,
            words="BMX holders voted against it.",
            vote_outcome=outcome,
            reason_code=Reason.VOTE,
            reason_words="BMX holders voted against it.",
        )
        insiders.release(listing)


@outbox.consumes(TAKEN_BACK)
def take_back(payload: dict[str, Any]) -> None:
    """A vote was withdrawn before it was counted: due diligence again, from where it can be asked
    for anew, given back to the project or refused. The reason is the one that voters read."""
    listing_id = _listing_of(payload)
    if listing_id is None:
        return
    vote = VoteProposal.objects.filter(pk=payload["proposal_id"]).first()
    why = vote.withdrawn_because if vote is not None else ""
    with transaction.atomic():
        listing = road.locked(listing_id)
        if listing.stage != Stage.VOTE or listing.vote_id != payload["proposal_id"]:
            return  # told twice, or ended meanwhile
        road.move(
            listing,
            Stage.DILIGENCE,
            actor=ACTOR,
            reason=why,
            words=f"The vote was withdrawn before its end and counts for nothing: {why}",
            vote_outcome=WITHDRAWN,
        )


@outbox.consumes(road.MOVED)
def end_vote(payload: dict[str, Any]) -> None:
    """A listing that ends while BMX holders vote about it takes its vote along: nobody is asked
    about what is over."""
    if payload["before"] != Stage.VOTE or payload["after"] not in ENDS:
        return
    listing = road.found(payload["listing_id"])
    vote = VoteProposal.objects.filter(pk=listing.vote_id or 0, state__in=WAITING).first()
    if vote is None:
        return
    try:
        review.withdraw(
            proposal_id=vote.pk,
            actor=ACTOR,
            reason=f"The listing of {listing.code} has ended: {listing.get_reason_code_display()}.",
        )
    except Conflict:
        return  # its end has come: it is counted, and nothing follows from it


def _listing_of(payload: dict[str, Any]) -> int | None:
    """The listing that a vote was about, if it was about one."""
    kind, _colon, number = str(payload.get("subject", "")).partition(":")
    return int(number) if kind == "listing" and number.isascii() and number.isdigit() else None


def _text(listing: Listing) -> str:
    """What voters read: the project's own words, and what we found on the chain."""
    parts = [listing.about, f"Risks, in the project's own words: {listing.risks}"]
    run = listing.chain_checks.filter(state="done").order_by("-id").first()
    if run is not None:
        found = run.findings.filter(verdict__in=("bad", "note")).order_by("id")
        parts.append(
            f"What we read from its contract at block {run.height}: "
            + (" ".join(each.says for each in found) or "nothing that speaks against it.")
        )
    return "\n\n".join(filter(None, parts))[:MOST_TEXT]
