"""What rewards say of themselves: to customers, to staff, to the rooms above."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext as _

from compliance.identity.queries import main_account
from exchange.core import clock
from exchange.core.errors import NotFound
from exchange.core.money import ZERO
from launchpad.rewards.models import Campaign, RecipientLine, Reward

PUBLIC_KINDS = (Campaign.Kind.COMPETITION, Campaign.Kind.DEPOSIT_BONUS)
MOST_SHOWN = 50


class Received(NamedTuple):
    """What a customer was given, in all, by asset; with what is on its way."""

    asset: str
    paid: Decimal
    coming: Decimal


class Spent(NamedTuple):
    """How a campaign's budget is used, in its asset."""

    paid: Decimal
    coming: Decimal
    held: Decimal
    left: Decimal
    people: int

    def percent(self, of: Decimal, part: Decimal) -> int:
        return 0 if not of else int(part * 100 / of)


def open_of_kind(kind: str) -> Sequence[int]:
    """Campaigns of a kind that run now."""
    now = clock.now()
    return list(
        Campaign.objects.filter(
            kind=kind, state=Campaign.State.OPEN, starts_at__lte=now, ends_at__gt=now
        )
        .order_by("pk")
        .values_list("pk", flat=True)[:MOST_SHOWN]
    )


def promotions() -> QuerySet[Campaign]:
    """What customers may see of competitions and bonuses: open ones, and those lately over."""
    return (
        Campaign.objects.filter(kind__in=PUBLIC_KINDS)
        .exclude(state=Campaign.State.DRAFT)
        .select_related("programme__asset")
        .order_by("-ends_at", "-pk")[:MOST_SHOWN]
    )


def promotion(campaign_id: int) -> Campaign:
    """One that customers may see. Raises NotFound."""
    found = (
        Campaign.objects.filter(pk=campaign_id, kind__in=PUBLIC_KINDS)
        .exclude(state=Campaign.State.DRAFT)
        .select_related("programme__asset")
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such promotion."), field="campaign_id")
    return found


def rewards_of(customer_id: int, *, kind: str = "", limit: int = 100) -> QuerySet[Reward]:
    """A customer's rewards, the newest first."""
    rows = Reward.objects.filter(customer_id=main_account(customer_id))
    if kind:
        rows = rows.filter(campaign__kind=kind)
    return rows.select_related("campaign__programme__asset").order_by("-pk")[:limit]


def received_by(customer_id: int) -> list[Received]:
    """Totals by asset. One query."""
    rows = (
        Reward.objects.filter(customer_id=main_account(customer_id))
        .exclude(state=Reward.State.REFUSED)
        .values("campaign__programme__asset__code", "state")
        .annotate(amount=Sum("amount"))
    )
    totals: dict[str, list[Decimal]] = {}
    for row in rows:
        both = totals.setdefault(row["campaign__programme__asset__code"], [ZERO, ZERO])
        both[row["state"] != Reward.State.PAID] += row["amount"]
    return [Received(code, *both) for code, both in sorted(totals.items())]


def spent(campaign: Campaign) -> Spent:
    """Two queries."""
    rows = campaign.rewards.values_list("state").annotate(Sum("amount")).order_by()
    by_state = dict(rows)
    people = campaign.rewards.exclude(state=Reward.State.REFUSED).aggregate(
        n=Count("customer_id", distinct=True)
    )["n"]
    coming = by_state.get("due", ZERO) + by_state.get("paying", ZERO)
    return Spent(
        by_state.get("paid", ZERO), coming, by_state.get("held", ZERO), campaign.left, people
    )


def why_not(customer_id: int, campaign_id: int) -> str:
    """Why an approved list gave a customer nothing; "" when it did, or when they are not in it."""
    line = RecipientLine.objects.filter(
        customer_id=main_account(customer_id),
        file__campaign_id=campaign_id,
        file__state="approved",
    ).first()
    return line.excluded if line is not None else ""
