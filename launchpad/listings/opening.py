"""Open what is due: deposits, trading, withdrawals; call it listed when its first days are over.

Each step is one transaction over one listing, found by its dates: a kill between two loses nothing,
a task that comes late does at once what should have been done, in its order.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q
from django.db.models.expressions import Func

from exchange.core import clock
from exchange.core.actors import system
from exchange.core.errors import Refused
from exchange.markets import halt, lifecycle
from exchange.markets.models import Market
from launchpad.listings import road, signing, venue
from launchpad.listings.models import Listing, Schedule
from launchpad.listings.states import SignerWord, Stage

log = logging.getLogger(__name__)
ACTOR = system("listings")
NEXT = {
    Stage.SCHEDULED: ("deposits_at", Stage.DEPOSITS),
    Stage.DEPOSITS: ("trading_at", Stage.TRADING),
}
LATE = "late"  # what is said when withdrawals can't open yet


def open_due(*, limit: int = 100) -> int:
    """Take every step that is due. Returns how many. Safe to run twice and alongside itself.

    The signer is asked between the steps, outside their transactions.
    """
    taken = 0
    for _round in range(len(NEXT) + 2):  # one that is late by several steps takes them in order
        signing.refresh()
        ids = _due(limit)
        if not ids:
            return taken
        before = taken
        for listing_id in ids:
            try:
                taken += open_one(listing_id)
            except Refused as refused:
                log.error("listing %s can't be opened: %s", listing_id, refused)
        if taken == before:
            return taken
    return taken


def open_one(listing_id: int) -> int:
    """The next step of one listing, if it is due. 1 when it was taken."""
    with transaction.atomic():
        listing = road.locked(listing_id)
        plan = Schedule.objects.select_related("quote").filter(listing=listing).first()
        if plan is None:
            return 0
        now = clock.now()
        if listing.stage == Stage.WITHDRAWALS:
            if plan.trading_at + timedelta(hours=plan.insiders_hours) > now:
                return 0
            _settle_in(listing)
            return 1
        if listing.stage in signing.OPENS_FROM:
            return _withdrawals(listing, plan)
        if listing.stage not in NEXT:
            return 0
        field, stage = NEXT[Stage(listing.stage)]
        if getattr(plan, field) > now:
            return 0
        _OPEN[stage](listing, plan)
        return 1


def _due(limit: int) -> list[int]:
    now = clock.now()
    due = Q()
    for stage, (field, _next) in NEXT.items():
        due |= Q(stage=stage, **{f"schedule__{field}__lte": now})
    due |= signing.due()
    hours = Func(
        F("schedule__insiders_hours"),
        template="make_interval(hours => %(expressions)s)",
        output_field=DurationField(),
    )
    rows = Listing.objects.filter(schedule__isnull=False)
    ids = list(rows.filter(due).order_by("pk").values_list("pk", flat=True)[:limit])
    settled = (
        rows.filter(stage=Stage.WITHDRAWALS)
        .annotate(
            over=ExpressionWrapper(F("schedule__trading_at") + hours, output_field=DateTimeField())
        )
        .filter(over__lte=now)
        .order_by("pk")
    )
    return ids + list(settled.values_list("pk", flat=True)[:limit])


def _deposits(listing: Listing, plan: Schedule) -> None:
    venue.switch(listing, actor=ACTOR, deposit_enabled=True)
    road.move(
        listing,
        Stage.DEPOSITS,
        actor=ACTOR,
        words=f"Deposits of {listing.code} are open. Trading opens on "
        f"{plan.trading_at:%Y-%m-%d %H:%M} UTC.",
        public=True,
    )


def _trading(listing: Listing, plan: Schedule) -> None:
    assert listing.market is not None
    halt.reopen(market_id=listing.market.pk, actor=ACTOR, reason=f"schedule {plan.version}")
    lifecycle.mark(
        market_id=listing.market.pk,
        tag=Market.Tag.NEW,
        says="Prices of a new market move more than others.",
        actor=ACTOR,
        reason=f"schedule {plan.version}",
    )
    road.move(
        listing,
        Stage.TRADING,
        actor=ACTOR,
        words=f"{listing.market.symbol} trades.",
        public=True,
    )


def _withdrawals(listing: Listing, plan: Schedule) -> int:
    """Open them if they are due and the signer can send them; otherwise say once why not. Trading
    may have been tagged or ended meanwhile: what customers hold can be taken out all the same."""
    over = listing.stage in (Stage.CLOSED, Stage.WINDOW)
    if listing.withdrawals_opened_at is not None or (
        plan.withdrawals_at > clock.now() and not over
    ):
        return 0
    if listing.signer_word != SignerWord.KNOWN:
        return _say_late(listing, plan)
    now = clock.now()
    venue.switch(listing, actor=ACTOR, withdraw_enabled=True)
    words = f"Withdrawals of {listing.code} are open."
    if listing.stage == Stage.TRADING:
        road.move(
            listing,
            Stage.WITHDRAWALS,
            actor=ACTOR,
            words=words,
            public=True,
            withdrawals_opened_at=now,
        )
        return 1
    listing.withdrawals_opened_at = now
    if over and listing.withdrawals_close_at is not None:
        # The window was promised to be open for so long.
        listing.withdrawals_close_at = max(listing.withdrawals_close_at, now + venue.WINDOW)
        words += f" Withdraw by {listing.withdrawals_close_at:%d %B %Y, %H:%M} UTC."
    listing.save(update_fields=["withdrawals_opened_at", "withdrawals_close_at"])
    road.say(listing, kind=Stage.WITHDRAWALS, words=words, actor=ACTOR, public=True, told=True)
    return 1


def _say_late(listing: Listing, plan: Schedule) -> int:
    """Once for each date that passed."""
    if listing.events.filter(kind=LATE, at__gte=plan.withdrawals_at).exists():
        return 0
    road.say(
        listing,
        kind=LATE,
        words=f"Withdrawals of {listing.code} open later than published: our wallets can't send it"
        " yet. What you hold is safe and stays yours; withdrawals open by themselves as soon as"
        " they can be sent.",
        actor=ACTOR,
        public=True,
        told=True,
    )
    return 0


def _settle_in(listing: Listing) -> None:
    assert listing.market_id is not None
    lifecycle.mark(
        market_id=listing.market_id, tag="", says="", actor=ACTOR, reason="its first days are over"
    )
    lifecycle.guard(market_id=listing.market_id, until=None, actor=ACTOR)
    road.move(
        listing,
        Stage.LISTED,
        actor=ACTOR,
        words=f"{listing.code} is listed, and measured against the published criteria from now on.",
    )


_OPEN = {
    Stage.DEPOSITS: _deposits,
    Stage.TRADING: _trading,
}
