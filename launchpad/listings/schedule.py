"""The dates: proposed by one, approved by another, kept by tasks, and moved only in the open.

Approving a schedule gives the venue what it needs (asset, network, a market nobody can trade on
yet) and publishes the dates; the tasks of `opening.py` do the rest at their time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from exchange.assets.models import Asset, AssetNetwork
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict, Invalid
from exchange.core.money import SCALE
from exchange.markets import lifecycle
from exchange.markets.models import Market
from launchpad.listings import announce, apply, insiders, interests, road, stages, terms
from launchpad.listings.models import Listing, Schedule
from launchpad.listings.states import COMING, AssetClass, Stage
from launchpad.listings.words import APPROVE, WORK

KIND, MOVE_KIND = "listings.schedule", "listings.move_schedule"
SYSTEM = system("listings")  # what two people approved, the venue is told by the house
QUOTES = ("USDT", "USDC", "BTC")
LEAST_AHEAD = timedelta(minutes=1)
FARTHEST = timedelta(days=180)
MOST_INSIDER_HOURS = 14 * 24
DATES = ("deposits_at", "trading_at", "withdrawals_at")
# What a second person approves is this and nothing that was written over it since.
APPROVED_AS = ("contract", "code", "name", "decimals")


def propose(
    *,
    listing_id: int,
    deposits_at: datetime,
    trading_at: datetime,
    withdrawals_at: datetime,
    market_terms: terms.Terms,
    quote: str,
    reason: str,
    actor: Actor,
    insiders_hours: int = 72,
) -> Proposal:
    """Ask a colleague to approve dates and terms. Nothing is public yet.

    Raises PermissionRefused, NotDeclared, Conflicted, Invalid, Conflict unless it was approved.
    """
    actor.require(WORK)
    with transaction.atomic():
        listing = road.locked(listing_id)
        interests.refuse_unless_free(listing, actor)
        if listing.stage != Stage.APPROVED:
            raise Conflict(_("The committee has to approve it first."), limit=listing.stage)
        payload = checked(
            listing,
            dates=(deposits_at, trading_at, withdrawals_at),
            market_terms=market_terms,
            quote=quote,
            insiders_hours=insiders_hours,
        )
        return proposals.propose(
            kind=KIND,
            payload=payload,
            summary=summary(listing, payload),
            reason=reason,
            actor=actor,
            target=listing,
        )


def checked(
    listing: Listing,
    *,
    dates: tuple[datetime, datetime, datetime],
    market_terms: terms.Terms,
    quote: str,
    insiders_hours: int,
) -> dict[str, Any]:
    """The payload of a proposal, once everything in it can be. Raises Invalid, CodeTaken."""
    refuse_dates(*dates, now=clock.now())
    if not 0 <= insiders_hours <= MOST_INSIDER_HOURS:
        raise Invalid(
            _("Between 0 and %(n)s hours.") % {"n": MOST_INSIDER_HOURS},
            field="insiders_hours",
            limit=MOST_INSIDER_HOURS,
        )
    asset = Asset.objects.filter(code=quote).first() if quote in QUOTES else None
    if asset is None:
        raise Invalid(_("Choose what it is quoted in."), field="quote", limit=list(QUOTES))
    if listing.decimals is None:
        raise Invalid(_("Nobody knows its decimals yet: have the contract read."), field="decimals")
    if listing.network is None or not listing.code or not listing.name:
        raise Invalid(_("Its name, code and network have to be known."), field="code")
    if listing.decimals > SCALE:
        raise Invalid(
            _("Amounts with more than %(n)s digits after the point can't be booked exactly.")
            % {"n": SCALE},
            field="decimals",
            limit=SCALE,
        )
    terms.refuse_unsound(market_terms, decimals=listing.decimals, quote=asset)
    apply.refuse_taken(listing)
    return {
        "listing_id": listing.pk,
        **{name: getattr(listing, name) for name in APPROVED_AS},
        "quote": quote,
        "insiders_hours": insiders_hours,
        "terms": market_terms.as_json(),
        **{name: at.isoformat() for name, at in zip(DATES, dates, strict=True)},
    }


def summary(listing: Listing, payload: dict[str, Any]) -> str:
    trading = datetime.fromisoformat(payload["trading_at"])
    return f"List {listing.code} ({listing.name}): trading from {trading:%Y-%m-%d %H:%M} UTC"[:300]


@proposals.proposal_kind(KIND, permission_to_propose=WORK, permission_to_approve=APPROVE)
def _publish(*, payload: dict[str, Any], actor: Actor) -> str:
    listing = road.locked(payload["listing_id"])
    interests.refuse_unless_free(listing, actor)
    if listing.stage != Stage.APPROVED:
        raise Conflict(_("It is not approved any more."), limit=listing.stage)
    return publish(listing, payload, actor)


def publish(listing: Listing, payload: dict[str, Any], actor: Actor) -> str:
    """Carry an approved schedule out. Inside the approval's transaction, the listing locked."""
    for name in APPROVED_AS:
        if payload.get(name) != getattr(listing, name):
            raise Conflict(_("It changed since this was proposed: propose it anew."), field=name)
    stages.refuse_unless_checked(listing)
    apply.refuse_taken(listing)
    dates = [datetime.fromisoformat(payload[name]) for name in DATES]
    # Approved late: what has passed opens at once, and the calendar says so.
    refuse_dates(*dates, now=clock.now(), late=True)
    chosen = terms.from_json(payload["terms"])
    quote = Asset.objects.get(code=payload["quote"])
    asset, market = _provide(listing, chosen, quote, actor)
    plan = Schedule.objects.create(
        listing=listing,
        quote=quote,
        insiders_hours=payload["insiders_hours"],
        published_at=clock.now(),
        **dict(zip(DATES, dates, strict=True)),
        **{name: getattr(chosen, name) for name in chosen.__dataclass_fields__},
    )
    road.move(
        listing,
        Stage.SCHEDULED,
        actor=actor,
        words="Its dates are approved.",
        told=False,
        asset=asset,
        market=market,
    )
    _guard(listing, plan, actor)
    announce.announce(
        listing,
        kind="scheduled",
        words=f"{listing.name} ({listing.code}) will be listed. {_said(plan)}",
        actor=actor,
    )
    return f"{market.symbol} is in the calendar: {_said(plan)}"


def move(
    *,
    listing_id: int,
    deposits_at: datetime,
    trading_at: datetime,
    withdrawals_at: datetime,
    reason: str,
    actor: Actor,
) -> Proposal:
    """Ask a colleague to move dates that are public. Those that have come stay as they are.

    `reason` is published beside the new dates. Raises as `propose` does.
    """
    actor.require(WORK)
    if not reason.strip():
        raise Invalid(_("Say why: it is published."), field="reason")
    with transaction.atomic():
        listing = road.locked(listing_id)
        interests.refuse_unless_free(listing, actor)
        plan = _open_plan(listing)
        dates = _kept(plan, listing.stage, (deposits_at, trading_at, withdrawals_at))
        refuse_dates(*dates, now=clock.now(), late=True)
        for name, at in zip(DATES, dates, strict=True):
            if at != getattr(plan, name) and at < clock.now() + LEAST_AHEAD:
                raise Invalid(_("A minute from now at the earliest."), field=name)
        return proposals.propose(
            kind=MOVE_KIND,
            payload={
                "listing_id": listing.pk,
                "version": plan.version,
                "reason": reason.strip()[:300],
                **{name: at.isoformat() for name, at in zip(DATES, dates, strict=True)},
            },
            summary=f"Move {listing.code}: trading from {dates[1]:%Y-%m-%d %H:%M} UTC",
            reason=reason,
            actor=actor,
            target=listing,
        )


@proposals.proposal_kind(MOVE_KIND, permission_to_propose=WORK, permission_to_approve=APPROVE)
def _move(*, payload: dict[str, Any], actor: Actor) -> str:
    listing = road.locked(payload["listing_id"])
    interests.refuse_unless_free(listing, actor)
    plan = _open_plan(listing)
    if plan.version != payload["version"]:
        raise Conflict(_("The dates were moved meanwhile."), limit=plan.version)
    asked = tuple(datetime.fromisoformat(payload[name]) for name in DATES)
    dates = _kept(plan, listing.stage, asked)  # type: ignore[arg-type]
    refuse_dates(*dates, now=clock.now(), late=True)
    before = {name: getattr(plan, name) for name in DATES}
    for name, at in zip(DATES, dates, strict=True):
        setattr(plan, name, at)
    plan.version += 1
    plan.save()
    record(
        actor=actor,
        verb="listings.move_schedule",
        target=listing,
        reason=payload["reason"],
        before=before,
        after={name: getattr(plan, name) for name in DATES},
    )
    _guard(listing, plan, actor)
    road.say(
        listing,
        kind="moved",
        words=f"The dates of {listing.code} were moved: {payload['reason']} {_said(plan)} "
        f"Before: trading from {before['trading_at']:%Y-%m-%d %H:%M} UTC.",
        actor=actor,
        public=True,
        told=True,
    )
    return f"moved: {_said(plan)}"


def refuse_dates(
    deposits_at: datetime,
    trading_at: datetime,
    withdrawals_at: datetime,
    *,
    now: datetime,
    late: bool = False,
) -> None:
    """Raise Invalid unless the three come in order, ahead of now and not too far. `late` lets
    through what was ahead when it was proposed."""
    if not deposits_at < trading_at:
        raise Invalid(_("Deposits open before trading does."), field="trading_at")
    if withdrawals_at < trading_at:
        raise Invalid(_("Withdrawals open with trading or after."), field="withdrawals_at")
    if not late and deposits_at < now + LEAST_AHEAD:
        raise Invalid(_("Deposits open a minute from now at the earliest."), field="deposits_at")
    if withdrawals_at > now + FARTHEST:
        raise Invalid(
            _("At most %(n)s days ahead.") % {"n": FARTHEST.days},
            field="withdrawals_at",
            limit=FARTHEST.days,
        )


def _kept(
    plan: Schedule, stage: str, asked: tuple[datetime, datetime, datetime]
) -> tuple[datetime, datetime, datetime]:
    """The asked dates, but those that have come as they were."""
    come = {Stage.SCHEDULED: 0, Stage.DEPOSITS: 1, Stage.TRADING: 2}[Stage(stage)]
    was = [getattr(plan, name) for name in DATES]
    kept = [*was[:come], *asked[come:]]
    return kept[0], kept[1], kept[2]


def _open_plan(listing: Listing) -> Schedule:
    if listing.stage not in (*COMING, Stage.TRADING):
        raise Conflict(_("There are no dates ahead to move."), limit=listing.stage)
    return Schedule.objects.select_for_update().get(listing=listing)


def _provide(
    listing: Listing, chosen: terms.Terms, quote: Asset, actor: Actor
) -> tuple[Asset, Market]:
    """What the venue needs. The contract on the list is what deposits are recognised by from the
    next block on; nothing is credited before they open."""
    assert listing.network is not None
    assert listing.decimals is not None
    kind = terms.KINDS.get(AssetClass(listing.asset_class), Asset.Kind.TOKEN)
    try:
        with transaction.atomic():
            asset = Asset.objects.create(
                code=listing.code, name=listing.name, precision=chosen.precision, kind=kind
            )
    except IntegrityError as error:  # two of one code were approved at the same moment
        raise apply.CodeTaken(
            _("The code %(code)s is taken here. Choose another.") % {"code": listing.code},
            field="code",
        ) from error
    AssetNetwork.objects.create(
        asset=asset,
        network=listing.network,
        contract=listing.contract,
        decimals=listing.decimals,
        deposit_min=chosen.deposit_min,
        withdraw_min=chosen.withdraw_min,
        withdraw_fee=chosen.withdraw_fee,
    )
    market = lifecycle.create(
        actor=SYSTEM,
        symbol=f"{asset.code}_{quote.code}",
        base=asset,
        quote=quote,
        price_precision=chosen.price_precision,
        size_precision=chosen.size_precision,
        quote_precision=quote.precision,
        min_size=chosen.min_size,
        max_size=chosen.max_size,
        min_notional=chosen.min_notional,
        maker_rate=chosen.maker_rate,
        taker_rate=chosen.taker_rate,
        fee_class=terms.FEE_CLASS,
        reference_price=chosen.reference_price,
        status_reason="Trading opens at the published time.",
    )
    record(
        actor=actor,
        verb="listings.provide",
        target=listing,
        after={"asset": asset.code, "contract": listing.contract, "market": market.symbol},
    )
    return asset, market


def _guard(listing: Listing, plan: Schedule, actor: Actor) -> None:
    """Keep those who knew out for the first hours."""
    until = insiders.hours_after(plan.trading_at, plan.insiders_hours)
    assert listing.market_id is not None
    lifecycle.guard(market_id=listing.market_id, until=until, actor=SYSTEM)
    insiders.keep_out_until(listing, until)


def _said(plan: Schedule) -> str:
    return (
        f"Deposits open on {plan.deposits_at:%Y-%m-%d %H:%M} UTC, trading on "
        f"{plan.trading_at:%Y-%m-%d %H:%M} UTC, withdrawals on "
        f"{plan.withdrawals_at:%Y-%m-%d %H:%M} UTC."
    )
