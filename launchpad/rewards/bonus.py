"""Deposit bonuses: who kept enough more with us for long enough.

Counted is what came in from outside less what went out, in the programme's asset, on a person's
main account and sub-accounts, since they joined. A bonus is for the least of it over the last days:
what left for an hour and came back was not kept.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from compliance.identity.queries import main_account
from exchange.core import clock
from exchange.core.actors import system
from exchange.core.errors import Refused
from exchange.core.money import ZERO, received
from launchpad.rewards import terms
from launchpad.rewards.errors import BudgetSpent
from launchpad.rewards.grant import grant
from launchpad.rewards.models import Campaign, Participation, Reward

OF = "bonus"
ITSELF = system("rewards.bonus")
A_PART = 500
# What brings coins in from outside or takes them out; trades and transfers between own accounts
# change nothing of it, and what another customer gave is no deposit, but what they were given left.
IN_AND_OUT = ("deposit", "deposit_reversed", "withdrawal", "withdrawal_undone", "reversal")

_KEPT = """
WITH joined AS (
    SELECT customer_id, joined_at FROM launchpad_participation
     WHERE campaign_id = %(campaign)s AND customer_id = ANY(%(customers)s::bigint[])
), moved AS (
    SELECT j.customer_id, e.created_at AS at, sum(p.available + p.held) AS amount
      FROM joined j
      JOIN exchange_customer c ON c.id = j.customer_id OR c.parent_id = j.customer_id
      JOIN exchange_ledgeraccount a ON a.owner_kind = 'customer' AND a.owner_id = c.id
       AND a.asset_id = %(asset)s AND a.purpose = 'spot'
      JOIN exchange_posting p ON p.account_id = a.id
      JOIN exchange_ledgerentry e ON e.id = p.entry_id AND e.created_at >= j.joined_at
       AND (e.kind = ANY(%(kinds)s::text[])
            OR (e.kind = 'internal_transfer' AND p.available + p.held < 0))
     GROUP BY 1, 2
), running AS (
    SELECT customer_id, at, sum(amount) OVER (PARTITION BY customer_id ORDER BY at) AS net
      FROM moved
), ends AS (
    SELECT j.customer_id,
           coalesce((SELECT net FROM running r WHERE r.customer_id = j.customer_id
                      ORDER BY at DESC LIMIT 1), 0) AS now,
           coalesce((SELECT net FROM running r
                      WHERE r.customer_id = j.customer_id AND at <= %(since)s
                      ORDER BY at DESC LIMIT 1), 0) AS before,
           (SELECT min(net) FROM running r
             WHERE r.customer_id = j.customer_id AND at > %(since)s) AS lowest,
           (SELECT max(at) FROM running r
             WHERE r.customer_id = j.customer_id AND net < %(least)s::numeric) AS last_below,
           (SELECT min(at) FROM running r
             WHERE r.customer_id = j.customer_id AND net >= %(least)s::numeric) AS first_above,
           j.joined_at
      FROM joined j
)
SELECT customer_id, now, least(before, coalesce(lowest, before)),
       CASE WHEN now >= %(least)s::numeric THEN coalesce(
           (SELECT min(at) FROM running r WHERE r.customer_id = ends.customer_id
               AND r.net >= %(least)s::numeric AND r.at > coalesce(last_below, '-infinity')),
           first_above) END
  FROM ends ORDER BY joined_at, customer_id
"""


class Kept(NamedTuple):
    """What one participant has kept. `since` is from when on it was enough without a break."""

    customer_id: int
    now: Decimal
    kept: Decimal  # the least over the last days
    since: datetime | None


class Progress(NamedTuple):
    """A participant's page."""

    net: Decimal
    missing: Decimal
    since: datetime | None
    earned_on: datetime | None  # when the bonus comes, if all stays as it is
    bonus: Decimal  # for what is kept now
    percent: int
    reward: Reward | None


def kept(campaign: Campaign, customer_ids: list[int]) -> list[Kept]:
    """What these participants have kept, in the order in which they joined. One query."""
    bonus = terms.deposit_bonus(campaign)
    with connection.cursor() as cursor:
        cursor.execute(
            _KEPT,
            {
                "campaign": campaign.pk,
                "customers": customer_ids,
                "asset": campaign.programme.asset_id,
                "kinds": list(IN_AND_OUT),
                "since": clock.now() - timedelta(days=bonus.days),
                "least": bonus.least,
            },
        )
        return [Kept(*row) for row in cursor.fetchall()]


def worth(campaign: Campaign, amount: Decimal) -> Decimal:
    """The bonus for an amount that was kept, rounded down."""
    bonus = terms.deposit_bonus(campaign)
    if amount < bonus.least:
        return ZERO
    precision = campaign.programme.asset.precision
    return min(bonus.cap, received(amount * bonus.percent / 100, precision))


def progress(campaign: Campaign, customer_id: int) -> Progress | None:
    """How far a participant has come; None for whoever did not join."""
    owner_id = main_account(customer_id)
    rows = kept(campaign, [owner_id])
    if not rows:
        return None
    bonus, row = terms.deposit_bonus(campaign), rows[0]
    return Progress(
        row.now,
        max(bonus.least - row.now, ZERO),
        row.since,
        row.since + timedelta(days=bonus.days) if row.since else None,
        worth(campaign, max(row.now, ZERO)),
        max(0, min(100, int(row.now * 100 / bonus.least))),
        Reward.objects.filter(campaign=campaign, customer_id=owner_id, of=OF).first(),
    )


def award(*, campaign_id: int) -> int:
    """Give the bonus to all who have earned it and had none, in the order in which they joined.

    First come until the budget is out: the last one may get what is left of it. Returns how many.
    """
    campaign = Campaign.objects.select_related("programme__asset").get(pk=campaign_id)
    given, after = 0, 0
    while campaign.state == Campaign.State.OPEN:
        part = list(
            Participation.objects.filter(campaign=campaign, pk__gt=after)
            .exclude(customer__rewards__campaign=campaign)
            .order_by("pk")
            .values_list("pk", "customer_id")[:A_PART]
        )
        if not part:
            break
        after = part[-1][0]
        for row in kept(campaign, [customer_id for _pk, customer_id in part]):
            amount = worth(campaign, row.kept)
            if amount <= ZERO:
                continue
            try:
                grant(
                    campaign_id=campaign.pk,
                    customer_id=row.customer_id,
                    amount=amount,
                    of=OF,
                    actor=ITSELF,
                    from_budget_up_to=True,
                )
            except BudgetSpent:
                return given
            except Refused:
                continue
            given += 1
    return given
