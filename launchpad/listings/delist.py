"""Delisting: announced with notice, by two people. Then tasks end trading, cancel what rests, leave
a window for withdrawals, and close the door.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from exchange.assets.models import Asset
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict, Invalid, Refused
from exchange.markets import lifecycle
from exchange.markets.models import Market
from exchange.trading import cancel
from exchange.trading.models import SpotOrder
from launchpad.listings import holders, interests, road, venue
from launchpad.listings.models import Listing
from launchpad.listings.states import RUNNING, Reason, Stage
from launchpad.listings.words import APPROVE, WORK

log = logging.getLogger(__name__)
ACTOR = system("listings")
KIND = "listings.delist"
NOTICE = timedelta(days=7)
URGENT_NOTICE = timedelta(hours=1)
URGENT = (Reason.SECURITY, Reason.SANCTIONS, Reason.CHAIN)
WINDOW = venue.WINDOW
FARTHEST = timedelta(days=365)
LAST_DAYS = timedelta(days=7)
AT_ONCE = 1_000  # orders cancelled in one transaction
MOST_PARTS = 20  # of one run; the next goes on


def propose(
    *,
    listing_id: int,
    trading_closes_at: datetime,
    withdrawals_close_at: datetime,
    reason_code: str,
    words: str,
    actor: Actor,
) -> Proposal:
    """Ask a colleague to announce it. `words` is what holders read.

    Raises PermissionRefused, NotDeclared, Conflicted, Invalid for too short a notice or window,
    Conflict unless it is listed.
    """
    actor.require(WORK)
    if reason_code not in Reason.values:
        raise Invalid(_("Choose a reason."), field="reason_code", limit=Reason.values)
    if not words.strip():
        raise Invalid(_("Say why: holders read it."), field="words")
    with transaction.atomic():
        listing = road.locked(listing_id)
        interests.refuse_unless_free(listing, actor)
        _refuse_unless_running(listing)
        refuse_dates(trading_closes_at, withdrawals_close_at, reason_code, now=clock.now())
        return proposals.propose(
            kind=KIND,
            payload={
                "listing_id": listing.pk,
                "trading_closes_at": trading_closes_at.isoformat(),
                "withdrawals_close_at": withdrawals_close_at.isoformat(),
                "reason_code": reason_code,
                "words": words.strip()[:1000],
            },
            summary=f"Delist {listing.code}: trading ends {trading_closes_at:%Y-%m-%d %H:%M} UTC",
            reason=words,
            actor=actor,
            target=listing,
        )


@proposals.proposal_kind(KIND, permission_to_propose=WORK, permission_to_approve=APPROVE)
def _announce(*, payload: dict[str, Any], actor: Actor) -> str:
    listing = road.locked(payload["listing_id"])
    interests.refuse_unless_free(listing, actor)
    _refuse_unless_running(listing)
    ends = datetime.fromisoformat(payload["trading_closes_at"])
    last = datetime.fromisoformat(payload["withdrawals_close_at"])
    # Holders get the whole notice from the moment it is public, however late it was approved.
    least = URGENT_NOTICE if payload["reason_code"] in URGENT else NOTICE
    moved = max(clock.now() + least - ends, timedelta(0))
    ends, last = ends + moved, last + moved
    assert listing.market is not None
    words = (
        f"{listing.code} will be delisted: {payload['words']} Trading ends on "
        f"{ends:%Y-%m-%d %H:%M} UTC. Withdraw by {last:%Y-%m-%d %H:%M} UTC."
    )
    road.move(
        listing,
        Stage.DELISTING,
        actor=actor,
        reason=payload["words"],
        words=words,
        public=True,
        trading_closes_at=ends,
        withdrawals_close_at=last,
        reason_code=payload["reason_code"],
        reason_words=payload["words"],
    )
    lifecycle.mark(
        market_id=listing.market.pk,
        tag=Market.Tag.DELISTING,
        says=f"Trading ends {ends:%Y-%m-%d %H:%M} UTC. Withdraw by {last:%Y-%m-%d %H:%M} UTC.",
        actor=ACTOR,
        reason=payload["words"],
    )
    holders.tell(listing, notice="delisting")
    return words[:500]


def call_off(*, listing_id: int, words: str, actor: Actor) -> Listing:
    """Keep it after all, while it still trades: nothing closes. Needs the approver's permission,
    who did not ask for the delisting alone either. Raises StageConflict."""
    actor.require(APPROVE)
    if not words.strip():
        raise Invalid(_("Say why: holders read it."), field="words")
    with transaction.atomic():
        listing = road.locked(listing_id)
        interests.refuse_unless_free(listing, actor)
        assert listing.market_id is not None
        road.move(
            listing,
            Stage.LISTED if listing.withdrawals_opened_at else Stage.TRADING,
            actor=actor,
            reason=words,
            words=f"{listing.code} stays: {words.strip()}",
            public=True,
            trading_closes_at=None,
            withdrawals_close_at=None,
            reason_code="",
            reason_words="",
        )
        lifecycle.mark(market_id=listing.market_id, tag="", says="", actor=ACTOR, reason=words)
    return listing


def close_due(*, limit: int = 50) -> int:
    """Take every step that is due. Returns how many. Safe to run twice and alongside itself."""
    now, taken = clock.now(), 0
    due = (
        Q(stage=Stage.DELISTING, trading_closes_at__lte=now)
        | Q(stage=Stage.CLOSED)
        | Q(stage=Stage.WINDOW, withdrawals_close_at__lte=now + LAST_DAYS)
    )
    for listing_id in (
        Listing.objects.filter(due).order_by("pk").values_list("pk", flat=True)[:limit]
    ):
        try:
            taken += close_one(listing_id)
        except Refused as refused:
            log.error("listing %s can't be closed: %s", listing_id, refused)
    return taken


def close_one(listing_id: int) -> int:
    """The next step of one listing, if it is due. 1 when it was taken."""
    with transaction.atomic():
        listing = road.locked(listing_id)
        now = clock.now()
        if listing.stage == Stage.DELISTING and _passed(listing.trading_closes_at, now):
            _end_trading(listing)
        elif listing.stage == Stage.CLOSED:
            pass  # below: orders are cancelled in transactions of their own
        elif listing.stage == Stage.WINDOW:
            return _end_withdrawals(listing, now)
        else:
            return 0
    return _empty_book(listing_id)


def _end_trading(listing: Listing) -> None:
    assert listing.market is not None
    told = f"Delisted. Withdraw by {listing.withdrawals_close_at:%Y-%m-%d %H:%M} UTC."
    lifecycle.delist(
        market_id=listing.market.pk, actor=ACTOR, reason=listing.reason_words, told=told
    )
    # Withdrawals that never opened wait for the signer: `opening` opens them, and the window with
    # them.
    venue.switch(
        listing,
        actor=ACTOR,
        deposit_enabled=False,
        withdraw_enabled=listing.withdrawals_opened_at is not None,
    )
    road.move(
        listing,
        Stage.CLOSED,
        actor=ACTOR,
        words=f"Trading of {listing.code} has ended. {told}",
        public=True,
    )
    holders.tell(listing, notice="closed")


def _empty_book(listing_id: int) -> int:
    """Cancel what rests, by trading's own verb. Once nothing is open only withdrawals are left."""
    market_id = venue.market_of(road.found(listing_id))
    for _part in range(MOST_PARTS):
        rows = list(
            SpotOrder.objects.filter(market_id=market_id, state__in=SpotOrder.OPEN_STATES)
            .order_by("id")
            .values_list("customer_id", "pk")[:AT_ONCE]
        )
        if not rows:
            break
        cancel.cancel_many(requests=rows, actor=ACTOR, wait_seconds=2.0)
    with transaction.atomic():
        listing = road.locked(listing_id)
        open_orders = SpotOrder.objects.filter(
            market_id=market_id, state__in=SpotOrder.OPEN_STATES
        ).exists()
        if listing.stage != Stage.CLOSED or open_orders:
            return 0  # the matcher has not answered yet; the next run sees
        road.move(
            listing,
            Stage.WINDOW,
            actor=ACTOR,
            words=f"All orders of {listing.code} are cancelled. Only withdrawals are open.",
        )
    return 1


def _end_withdrawals(listing: Listing, now: datetime) -> int:
    if listing.withdrawals_opened_at is None:
        return 0  # a door that never opened is not closed
    if not _passed(listing.withdrawals_close_at, now):
        if listing.notices.filter(notice__startswith="last_days").exists():
            return 0
        if listing.events.filter(kind="last_days").exists():
            return 0
        road.say(
            listing,
            kind="last_days",
            words=f"Last days to withdraw {listing.code}.",
            actor=ACTOR,
            public=True,
        )
        holders.tell(listing, notice="last_days")
        return 1
    venue.switch(listing, actor=ACTOR, deposit_enabled=False, withdraw_enabled=False)
    asset = Asset.objects.select_for_update().get(code=listing.code)
    asset.status = Asset.Status.DELISTED
    asset.save(update_fields=["status"])
    record(actor=ACTOR, verb="listings.delist_asset", target=asset, after={"status": asset.status})
    road.move(
        listing,
        Stage.DELISTED,
        actor=ACTOR,
        words=f"{listing.code} is delisted. What is left is kept; write to support to get it.",
        public=True,
    )
    return 1


def refuse_dates(
    trading_closes_at: datetime, withdrawals_close_at: datetime, reason_code: str, *, now: datetime
) -> None:
    """Raise Invalid for a notice or a window that is too short, or too far away."""
    least = URGENT_NOTICE if reason_code in URGENT else NOTICE
    if trading_closes_at < now + least:
        raise Invalid(
            _("Holders get at least %(n)s hours of notice.")
            % {"n": int(least.total_seconds() // 3600)},
            field="trading_closes_at",
            limit=least,
        )
    if withdrawals_close_at < trading_closes_at + WINDOW:
        raise Invalid(
            _("Withdrawals stay open for %(n)s days at least.") % {"n": WINDOW.days},
            field="withdrawals_close_at",
            limit=WINDOW,
        )
    if withdrawals_close_at > now + FARTHEST:
        raise Invalid(_("At most a year ahead."), field="withdrawals_close_at", limit=FARTHEST)


def _refuse_unless_running(listing: Listing) -> None:
    if listing.stage not in RUNNING or listing.stage == Stage.DELISTING:
        raise Conflict(_("Only what is listed can be delisted."), limit=listing.stage)


def _passed(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now
