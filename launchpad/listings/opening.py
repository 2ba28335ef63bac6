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
from launchpad.listings import road, venue
from launchpad.listings.models import Listing, Schedule
from launchpad.listings.states import Stage

log = logging.getLogger(__name__)
ACTOR = system("listings")
NEXT = {
    Stage.SCHEDULED: ("deposits_at", Stage.DEPOSITS),
    Stage.DEPOSITS: ("trading_at", Stage.TRADING),
    Stage.TRADING: ("withdrawals_at", Stage.WITHDRAWALS),
}


def open_due(*, limit: int = 100) -> int:
    """Take every step that is due. Returns how many. Safe to run twice and alongside itself."""
    taken = 0
    for _round in range(len(NEXT) + 1):  # one that is late by several steps takes them in order
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
        says="New here: prices of a new market move more than others.",
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


def _withdrawals(listing: Listing, plan: Schedule) -> None:
    venue.switch(listing, actor=ACTOR, withdraw_enabled=True)
    road.move(
        listing,
        Stage.WITHDRAWALS,
        actor=ACTOR,
        words=f"Withdrawals of {listing.code} are open.",
        public=True,
    )


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
    Stage.WITHDRAWALS: _withdrawals,
}
