"""Draft a campaign, open it, stop it, let it go on, close it.

A draft may change; what is open was promised, and keeps its terms. Opening asks that the whole
budget is in the programme, where two people put it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from exchange.assets.models import Asset
from exchange.audit.record import record
from exchange.core import clock, locks
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict, Invalid, NotFound
from exchange.core.money import parse, plain
from launchpad.programmes import open as programmes
from launchpad.programmes import queries as programme_queries
from launchpad.programmes.models import Programme
from launchpad.rewards import terms as figures
from launchpad.rewards.errors import BudgetSpent, NotRunning
from launchpad.rewards.models import Campaign, RecipientFile, Reward

Kind, State = Campaign.Kind, Campaign.State
ITSELF = system("rewards.campaigns")
MANAGE = "launchpad.manage_campaign"
# An entry is dated when its transaction begins: so long after a moment all of it is in.
SETTLED = timedelta(minutes=5)
PROGRAMMES = {
    Kind.AIRDROP: Programme.Kind.AIRDROP,
    Kind.DEPOSIT_BONUS: Programme.Kind.PROMOTION,
    Kind.COMPETITION: Programme.Kind.COMPETITION,
    Kind.REFERRAL: Programme.Kind.REFERRAL,
    Kind.LESSONS: Programme.Kind.TASKS,
}
MOVES: dict[str, set[str]] = {
    State.DRAFT: {State.OPEN, State.CLOSED},
    State.OPEN: {State.STOPPED, State.CLOSED},
    State.STOPPED: {State.OPEN, State.CLOSED},
    State.CLOSED: set(),
}


def draft(
    *,
    kind: str,
    title: str,
    summary: str,
    asset_id: int,
    budget: Decimal,
    terms: Mapping[str, Any],
    starts_at: datetime,
    ends_at: datetime,
    actor: Actor,
) -> Campaign:
    """A new campaign with a programme of its own, which has nothing yet. Nobody sees it.

    Raises PermissionRefused, Invalid naming the figure, NotFound (asset).
    """
    actor.require(MANAGE)
    asset = Asset.objects.filter(pk=asset_id).first()
    if asset is None:
        raise NotFound(field="asset")
    made = _checked(kind, title, summary, asset, budget, terms, starts_at, ends_at)
    with transaction.atomic():
        # Asked for this room's permission; a programme without money is no more than a name.
        programme = programmes.create_programme(
            kind=PROGRAMMES[Kind(kind)],
            name=f"{title.strip()[:80]} ({clock.now():%Y-%m-%d %H:%M:%S.%f})",
            asset_id=asset.pk,
            actor=ITSELF,
        )
        campaign = Campaign.objects.create(
            kind=kind,
            programme=programme,
            created_by=actor.label,
            created_at=clock.now(),
            **made,
        )
        record(actor=actor, verb="rewards.draft_campaign", target=campaign, after=_shown(made))
    return campaign


def edit(
    *,
    campaign_id: int,
    title: str,
    summary: str,
    budget: Decimal,
    terms: Mapping[str, Any],
    starts_at: datetime,
    ends_at: datetime,
    actor: Actor,
) -> Campaign:
    """Change a draft. Raises PermissionRefused, NotFound, Invalid, Conflict once it was opened."""
    actor.require(MANAGE)
    with transaction.atomic():
        campaign = locked(campaign_id)
        if campaign.state != State.DRAFT:
            raise Conflict("What was promised does not change.", limit=campaign.state)
        made = _checked(
            campaign.kind,
            title,
            summary,
            campaign.programme.asset,
            budget,
            terms,
            starts_at,
            ends_at,
        )
        before = {name: getattr(campaign, name) for name in made}
        for name, value in made.items():
            setattr(campaign, name, value)
        campaign.save()
        record(
            actor=actor,
            verb="rewards.edit_campaign",
            target=campaign,
            before=_shown(before),
            after=_shown(made),
        )
    return campaign


def open_campaign(*, campaign_id: int, actor: Actor, reason: str) -> Campaign:
    """Show a draft to customers and let it give rewards. Twice is once.

    Raises PermissionRefused, NotFound, Invalid without a reason, Conflict while the programme has
    less than the budget (`limit` is what is missing), or while another of its kind is open where
    there may be one only.
    """
    actor.require(MANAGE)
    _say_why(reason)
    with transaction.atomic():
        campaign = locked(campaign_id)
        if campaign.state == State.OPEN:
            return campaign
        available, _held = programme_queries.house_balances_of(campaign.programme)
        missing = campaign.left - available
        if missing > 0:
            raise Conflict(
                f"The programme lacks {plain(missing)} {campaign.programme.asset.code}:"
                " have it funded first.",
                field="budget",
                limit=plain(missing),
            )
        _refuse_second(campaign)
        if campaign.programme.state == Programme.State.DRAFT:
            programmes.open_programme(programme_id=campaign.programme_id, actor=ITSELF)
        move(campaign, State.OPEN, actor=actor, verb="rewards.open_campaign", reason=reason)
    return campaign


def stop(*, campaign_id: int, actor: Actor, reason: str) -> Campaign:
    """No reward is given any more; what was given is paid. Raises PermissionRefused, NotFound,
    Invalid without a reason, Conflict."""
    actor.require(MANAGE)
    _say_why(reason)
    with transaction.atomic():
        campaign = locked(campaign_id)
        if campaign.state != State.STOPPED:
            move(campaign, State.STOPPED, actor=actor, verb="rewards.stop_campaign", reason=reason)
    return campaign


def close(*, campaign_id: int, actor: Actor, reason: str) -> Campaign:
    """Over for good. What is left stays in the programme, from where treasury returns it.

    Raises PermissionRefused, NotFound, Invalid without a reason, Conflict while rewards wait to be
    checked or paid, a recipient file waits for a second person, or what was earned until its end is
    not given yet.
    """
    actor.require(MANAGE)
    _say_why(reason)
    with transaction.atomic():
        campaign = locked(campaign_id)
        if campaign.state == State.CLOSED:
            return campaign
        waiting = Reward.objects.filter(
            campaign=campaign,
            state__in=(Reward.State.HELD, Reward.State.DUE, Reward.State.PAYING),
        ).count()
        if waiting:
            raise Conflict(f"{waiting} rewards are not paid yet.", limit=waiting)
        if campaign.files.filter(state=RecipientFile.State.PROPOSED).exists():
            raise Conflict("Its recipients wait for a second person.")
        _refuse_unsettled(campaign)
        move(campaign, State.CLOSED, actor=actor, verb="rewards.close_campaign", reason=reason)
    return campaign


def locked(campaign_id: int) -> Campaign:
    """The campaign, nobody else's until the transaction ends. Raises NotFound."""
    locks.hold(locks.Lock.CAMPAIGN, campaign_id)
    found = Campaign.objects.select_related("programme__asset").filter(pk=campaign_id).first()
    if found is None:
        raise NotFound(f"There is no campaign {campaign_id}.", field="campaign_id")
    return found


def running(kind: str) -> Campaign | None:
    """The one campaign of a kind of which there is one only, while it runs."""
    now = clock.now()
    return (
        Campaign.objects.select_related("programme__asset")
        .filter(kind=kind, state=State.OPEN, starts_at__lte=now, ends_at__gt=now)
        .order_by("pk")
        .first()
    )


def refuse_unless_running(campaign: Campaign, *, at: datetime | None = None) -> None:
    """Raise NotRunning before, after and while it is not open. What was earned in time (`at`, the
    last moment included) is given later too."""
    then = at or clock.now()
    begun = campaign.starts_at <= then
    over = then > campaign.ends_at if at else then >= campaign.ends_at
    if campaign.state != State.OPEN or not begun or over:
        raise NotRunning(field="campaign_id", limit=campaign.state)


def commit_budget(campaign: Campaign, amount: Decimal) -> None:
    """Set a part of a locked campaign's budget aside; less than nothing gives it back.

    Raises BudgetSpent, and then nothing has changed.
    """
    if amount > campaign.left:
        raise BudgetSpent(limit=plain(campaign.left))
    campaign.committed += amount
    campaign.save(update_fields=["committed"])


def move(campaign: Campaign, to: str, *, actor: Actor, verb: str, reason: str) -> None:
    before = campaign.state
    if to not in MOVES[before]:
        raise Conflict(f"This campaign is {before}.", limit=before)
    campaign.state = to
    campaign.save(update_fields=["state"])
    record(
        actor=actor,
        verb=verb,
        target=campaign,
        reason=reason,
        before={"state": before},
        after={"state": to},
    )


def _refuse_unsettled(campaign: Campaign) -> None:
    """A bonus that was earned on the last day is given some minutes after the end: closing before
    would take it away. Whoever closes before the end says why, and nobody has earned the rest."""
    if campaign.kind != Kind.DEPOSIT_BONUS or campaign.state != State.OPEN:
        return
    over = clock.now() >= campaign.ends_at
    looked = campaign.scored_at is not None and campaign.scored_at >= campaign.ends_at + SETTLED
    if over and not looked and campaign.participations.exists():
        raise Conflict("What was earned until the end is not given yet: some minutes more.")


def _refuse_second(campaign: Campaign) -> None:
    if campaign.kind not in (Kind.REFERRAL, Kind.LESSONS):
        return
    other = Campaign.objects.filter(
        kind=campaign.kind, state=State.OPEN, ends_at__gt=clock.now()
    ).exclude(pk=campaign.pk)
    if other.exists():
        raise Conflict("Another one of this kind is open: close it first.", field="kind")


def _checked(
    kind: str,
    title: str,
    summary: str,
    asset: Asset,
    budget: Decimal,
    terms: Mapping[str, Any],
    starts_at: datetime,
    ends_at: datetime,
) -> dict[str, Any]:
    if not title.strip() or len(title) > 90:
        raise Invalid("A title of at most 90 letters.", field="title", limit=90)
    if len(summary) > 300:
        raise Invalid("At most 300 letters.", field="summary", limit=300)
    if ends_at <= starts_at:
        raise Invalid("It ends after it starts.", field="ends_at")
    if kind == Kind.COMPETITION and any(
        (each.hour, each.minute, each.second, each.microsecond) != (0, 0, 0, 0)
        for each in (starts_at, ends_at)
    ):
        raise Invalid("A competition runs from midnight to midnight (UTC).", field="starts_at")
    checked = figures.checked(kind, terms, precision=asset.precision)
    amount = parse(budget, field="budget", precision=asset.precision)
    if kind == Kind.COMPETITION and sum(map(Decimal, checked["prizes"])) > amount:
        raise Invalid("The prizes are more than the budget.", field="prizes", limit=plain(amount))
    if kind == Kind.DEPOSIT_BONUS and timedelta(days=int(checked["days"])) > ends_at - starts_at:
        raise Invalid("Nobody could earn it: it ends before these days do.", field="days")
    if kind == Kind.AIRDROP and Decimal(checked["total"]) > amount:
        raise Invalid("The total is more than the budget.", field="total", limit=plain(amount))
    return {
        "title": title.strip(),
        "summary": summary.strip(),
        "budget": amount,
        "terms": checked,
        "starts_at": starts_at,
        "ends_at": ends_at,
    }


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: plain(v) if isinstance(v, Decimal) else v for k, v in values.items()}


def _say_why(reason: str) -> None:
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
