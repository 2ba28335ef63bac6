"""The committee: members vote with the checklist before them; one writes the minutes and closes."""

from __future__ import annotations

from collections import Counter

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from launchpad.listings import checklist, insiders, interests, road, stages
from launchpad.listings.models import CommitteeDecision, CommitteeVote, Listing
from launchpad.listings.states import Reason, Stage
from launchpad.listings.words import VOTE, WORK

QUORUM = 3  # members who voted, abstentions included
Choice = CommitteeVote.Choice


class NoQuorum(Conflict):
    """Too few members have voted. `limit` is how many have to."""

    code = "no_quorum"


def vote(*, listing_id: int, choice: str, actor: Actor, words: str = "") -> CommitteeVote:
    """A member's vote; may be changed until the decision. Whoever votes against says why.

    Raises PermissionRefused, NotDeclared, Conflicted, Invalid, Conflict outside the committee.
    """
    actor.require(VOTE)
    if actor.user_id is None:
        raise PermissionRefused(_("Only a person can vote."))
    if choice not in Choice.values:
        raise Invalid(_("For, against or abstain."), field="choice", limit=Choice.values)
    if choice == Choice.AGAINST and not words.strip():
        raise Invalid(_("Say why you are against it."), field="words")
    with transaction.atomic():
        listing = road.locked(listing_id)
        interests.refuse_unless_free(listing, actor)
        if listing.stage != Stage.COMMITTEE:
            raise Conflict(_("It is not before the committee."), limit=listing.stage)
        row, _made = CommitteeVote.objects.update_or_create(
            listing=listing,
            user_id=actor.user_id,
            defaults={"choice": choice, "words": words.strip()[:500], "at": clock.now()},
        )
        record(
            actor=actor,
            verb="listings.committee_vote",
            target=listing,
            after={"choice": choice, "words": row.words},
        )
    return row


def close(*, listing_id: int, minutes: str, actor: Actor) -> CommitteeDecision:
    """Count, write the minutes down, and move the listing on. More for than against approves; a
    blocker on the checklist forbids that whatever the votes. Two people at least were for it, so
    nobody approves alone.

    Raises PermissionRefused, NotDeclared, Conflicted, NoQuorum, NotReady, Invalid.
    """
    actor.require(WORK)
    if len(minutes.strip()) < 20:
        raise Invalid(
            _("The minutes say who said what, and why it was decided so."), field="minutes"
        )
    with transaction.atomic():
        listing = road.locked(listing_id)
        interests.refuse_unless_free(listing, actor)
        if listing.stage != Stage.COMMITTEE:
            raise Conflict(_("It is not before the committee."), limit=listing.stage)
        # Who has found an interest since they voted has not voted.
        votes = list(
            listing.committee_votes.exclude(user_id__in=interests.conflicted(listing))
            .select_related("user")
            .order_by("at")
        )
        counted = Counter(each.choice for each in votes)
        if len(votes) < QUORUM:
            raise NoQuorum(
                _("%(n)s of at least %(least)s members have voted.")
                % {"n": len(votes), "least": QUORUM},
                limit=QUORUM,
            )
        result = checklist.result(listing)
        approved = counted[Choice.FOR] > counted[Choice.AGAINST] and counted[Choice.FOR] >= 2
        if approved:
            _refuse_unless_sound(listing, result)
        decision = CommitteeDecision.objects.create(
            listing=listing,
            approved=approved,
            votes_for=counted[Choice.FOR],
            votes_against=counted[Choice.AGAINST],
            abstained=counted[Choice.ABSTAIN],
            quorum=QUORUM,
            total=result.so_far,
            minutes=minutes.strip()[:10_000],
            votes=[{"by": str(v.user), "choice": v.choice, "words": v.words} for v in votes],
            by=actor.label,
            at=clock.now(),
        )
        _move(listing, decision, actor)
    return decision


def _refuse_unless_sound(listing: Listing, result: checklist.Result) -> None:
    if result.blockers:
        raise stages.NotReady(
            _("These stand against it: %(what)s.") % {"what": ", ".join(result.blockers)},
            limit=len(result.blockers),
        )
    if not result.ready:
        raise stages.NotReady(
            _("The checklist is at %(total)s %%, %(open)s items are open; it takes %(least)s %%.")
            % {"total": result.so_far, "open": result.open, "least": checklist.LEAST_TOTAL},
            limit=checklist.LEAST_TOTAL,
        )
    stages.refuse_unless_checked(listing)


def _move(listing: Listing, decision: CommitteeDecision, actor: Actor) -> None:
    if decision.approved:
        road.move(
            listing,
            Stage.APPROVED,
            actor=actor,
            words="The listings committee approved it. Dates come next.",
        )
        return
    road.move(
        listing,
        Stage.REFUSED,
        actor=actor,
        words="The listings committee voted against it.",
        reason_code=Reason.COMMITTEE,
        reason_words="The listings committee voted against it.",
    )
    insiders.release(listing)
