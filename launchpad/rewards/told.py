"""Letters to whoever was paid a reward of an airdrop, a promotion or a competition.

Of rewards that wait there are none: whoever waits for a check must not learn it from a letter that
others do not get. Commission and lessons are paid all the time, and the page lists them.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from exchange.accounts import circulars
from exchange.accounts.circulars import Addressed
from exchange.core import outbox
from exchange.core.money import plain
from launchpad.programmes.models import Payout, PayoutLine
from launchpad.rewards.models import Campaign

PAID = "rewards.paid"
KINDS = [Campaign.Kind.AIRDROP, Campaign.Kind.DEPOSIT_BONUS, Campaign.Kind.COMPETITION]


@outbox.consumes("programmes.paid")
def _paid(payload: dict[str, Any]) -> None:
    if Campaign.objects.filter(programme__payouts=payload["payout_id"], kind__in=KINDS).exists():
        circulars.begin(PAID, payout_id=payload["payout_id"])


@circulars.source(PAID)
def _people(about: dict[str, Any], above: int, limit: int) -> list[Addressed]:
    payout = Payout.objects.select_related("programme__asset", "programme__campaign").get(
        pk=about["payout_id"]
    )
    lines = PayoutLine.objects.filter(payout=payout, number__gt=above).order_by("number")[:limit]
    page = settings.BASE_URL + reverse("rewards-received")
    return [
        Addressed(
            line.number,
            line.customer_id,
            "reward_paid",
            {
                "campaign": payout.programme.campaign.title,
                "asset": payout.programme.asset.code,
                "amount": plain(line.amount),
                "page": page,
            },
        )
        for line in lines
    ]
