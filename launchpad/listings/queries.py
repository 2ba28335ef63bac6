"""What the public, the project and staff read of listings."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db.models import CharField, Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Cast

from exchange.audit.models import Proposal
from exchange.core import clock
from exchange.core.actors import Actor
from launchpad.listings import signing
from launchpad.listings.models import (
    CommitteeVote,
    Insider,
    InterestDeclaration,
    Listing,
    ListingDocument,
    ListingEvent,
    Measurement,
)
from launchpad.listings.states import COMING, GOING, PUBLIC, RUNNING, Stage
from launchpad.listings.words import APPROVE, VOTE, WORK

MOST = 200
NEWS = 50
BOARD = (
    Stage.SUBMITTED,
    Stage.CHECKS,
    Stage.DILIGENCE,
    Stage.VOTE,
    Stage.COMMITTEE,
    Stage.APPROVED,
    Stage.SCHEDULED,
    Stage.DEPOSITS,
    Stage.TRADING,
    Stage.WITHDRAWALS,
    Stage.WARNED,
    Stage.DELISTING,
    Stage.CLOSED,
    Stage.WINDOW,
)
A_COLUMN = 50
# Stages at which a listing manager is to do something.
WORKED = (Stage.SUBMITTED, Stage.CHECKS, Stage.DILIGENCE, Stage.APPROVED)


def coming(*, limit: int = MOST) -> list[Listing]:
    """What opens next, the nearest first."""
    return list(_public(COMING).order_by("schedule__trading_at", "pk")[:limit])


def listed(*, limit: int = MOST) -> list[Listing]:
    """What was listed by this road and trades, the newest first."""
    stages = [stage for stage in RUNNING if stage != Stage.DELISTING]
    return list(_public(stages).order_by("-schedule__trading_at", "pk")[:limit])


def going(*, limit: int = MOST) -> list[Listing]:
    """What is being delisted, the nearest end first."""
    return list(_public(GOING).order_by("trading_closes_at", "pk")[:limit])


def gone(*, limit: int = MOST) -> list[Listing]:
    return list(_public((Stage.DELISTED,)).order_by("-since")[:limit])


def one(code: str) -> Listing | None:
    """The newest public listing of a code."""
    return _public(PUBLIC).filter(code=code.upper()).order_by("-pk").first()


def news(listing: Listing | None = None, *, limit: int = NEWS) -> list[ListingEvent]:
    """Announcements, the newest first."""
    rows = ListingEvent.objects.filter(public=True).select_related("listing")
    if listing is not None:
        rows = rows.filter(listing=listing)
    return list(rows.order_by("-at", "-pk")[:limit])


def of_customer(customer_id: int) -> list[Listing]:
    return list(
        Listing.objects.filter(customer_id=customer_id)
        .select_related("network")
        .order_by("-pk")[:50]
    )


def told(listing: Listing) -> list[ListingEvent]:
    """What the project reads of its own road."""
    return list(listing.events.filter(told=True).order_by("-at", "-pk")[:100])


def kept(listing: Listing) -> list[ListingDocument]:
    return list(
        listing.documents.filter(state=ListingDocument.State.KEPT).order_by("kind", "pk")[:100]
    )


def board() -> list[tuple[Stage, list[Listing], int]]:
    """The pipeline: every stage that somebody has to act on, with its listings, the longest waiting
    first, and how many there are. Two queries."""
    counts = dict(
        Listing.objects.filter(stage__in=BOARD)
        .values_list("stage")
        .annotate(n=Count("pk"))
        .order_by()
    )
    rows: dict[str, list[Listing]] = {stage: [] for stage in BOARD}
    listings = (
        Listing.objects.filter(stage__in=BOARD)
        .select_related("network", "schedule", "customer__user")
        .prefetch_related(
            Prefetch(
                "measurements",
                queryset=Measurement.objects.filter(
                    day__gte=clock.now().date() - timedelta(days=1)
                ).order_by("-day"),
                to_attr="newest_measurements",
            )
        )
        .order_by("since", "pk")
    )
    for row in listings[: A_COLUMN * 4]:
        if len(rows[row.stage]) < A_COLUMN:
            rows[row.stage].append(row)
    return [(stage, rows[stage], counts.get(stage, 0)) for stage in BOARD]


def waiting_for(actor: Actor) -> QuerySet[Listing]:
    """Listings that this member of staff can take on: new or half judged ones, a vote of their own
    that is missing, a colleague's proposal, withdrawals that the signer holds up."""
    wanted = Q(pk__in=())
    if actor.may(WORK):
        wanted |= Q(stage__in=WORKED) & Q(~Exists(_open_proposals()))
        wanted |= signing.due()
    if actor.may(VOTE):
        mine = CommitteeVote.objects.filter(listing=OuterRef("pk"), user_id=actor.user_id or 0)
        wanted |= Q(stage=Stage.COMMITTEE) & Q(~Exists(mine))
    if actor.may(APPROVE):
        wanted |= Q(Exists(_open_proposals().exclude(proposed_by_id=actor.user_id or 0)))
    return Listing.objects.filter(stage__in=BOARD).filter(wanted)


def proposed() -> set[int]:
    """Listings about which something waits for a second person. One query."""
    rows = Proposal.objects.filter(target_type="listing", state=Proposal.State.OPEN)
    return {int(target) for target in rows.values_list("target_id", flat=True)[:MOST]}


def _open_proposals() -> QuerySet[Proposal]:
    return Proposal.objects.filter(
        target_type="listing",
        target_id=Cast(OuterRef("pk"), CharField()),
        state=Proposal.State.OPEN,
    )


def declared(listing: Listing) -> list[InterestDeclaration]:
    """The newest word of everybody who said something."""
    return list(
        listing.interests.select_related("user").order_by("user_id", "-id").distinct("user_id")
    )


def who_knows(listing: Listing) -> QuerySet[Insider]:
    return listing.insiders.select_related("user", "customer").order_by("since", "id")


def measured(listing: Listing, *, days: int = 60) -> list[Measurement]:
    """The newest days, the oldest of them first."""
    return list(reversed(listing.measurements.order_by("-day")[:days]))


def _public(stages: Collection[str]) -> QuerySet[Listing]:
    return Listing.objects.filter(stage__in=stages).select_related(
        "network", "schedule__quote", "market__ticker", "asset"
    )
