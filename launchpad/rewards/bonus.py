"""Deposit bonuses: who kept enough more with us for long enough, before the campaign's end.

Counted is what came in from outside less what went out, in the programme's asset, on a person's
main account and sub-accounts, since they joined. What they take out of other assets, beyond what
they brought in of them, counts against it at the last price: whoever brings in dollars, buys coins
for them and withdraws the coins has kept nothing.

It is earned at the first moment at which enough was kept for the days without a break, and is for
the least of it in those days: what left for an hour and came back was not kept. All of that follows
from dated postings until the campaign's end, so that a task that runs late gives what was earned in
time, to whoever withdrew since as well.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from compliance.identity.queries import main_account
from exchange.core import clock, copy
from exchange.core.actors import system
from exchange.core.errors import Refused
from exchange.core.money import SCALE, ZERO, plain, received
from launchpad.rewards import campaigns, terms
from launchpad.rewards.errors import BudgetSpent
from launchpad.rewards.grant import grant
from launchpad.rewards.models import Campaign, Participation, Reward
from wallets.withdrawals import values

OF = "bonus"
ITSELF = system("rewards.bonus")
A_PART = 500
# For so long after the end what was earned in time is still given: to whoever was restricted, or
# whose identity was being renewed, when the others got theirs.
AFTERWARDS = timedelta(days=30)
# After the end nothing new is earned, so it is enough to look this often.
AGAIN = timedelta(hours=1)
# What brings coins in from outside or takes them out; trades and transfers between own accounts
# change nothing of it, and what another customer gave is no deposit, but what they were given left.
IN_AND_OUT = ("deposit", "deposit_reversed", "withdrawal", "withdrawal_undone", "reversal")

_KEPT = """
WITH joined AS (
    SELECT customer_id, joined_at FROM launchpad_participation
     WHERE campaign_id = %(campaign)s AND customer_id = ANY(%(customers)s::bigint[])
), rates AS (
    SELECT * FROM unnest(%(assets)s::bigint[], %(rates)s::numeric[]) AS t(asset_id, rate)
), moved AS (
    SELECT j.customer_id, a.asset_id, e.created_at AS at, sum(p.available + p.held) AS amount
      FROM joined j
      JOIN exchange_customer c ON c.id = j.customer_id OR c.parent_id = j.customer_id
      JOIN exchange_ledgeraccount a ON a.owner_kind = 'customer' AND a.owner_id = c.id
       AND a.purpose = 'spot'
      JOIN exchange_posting p ON p.account_id = a.id
      JOIN exchange_ledgerentry e ON e.id = p.entry_id
       AND e.created_at >= j.joined_at AND e.created_at <= %(until)s
       AND (e.kind = ANY(%(kinds)s::text[])
            OR (e.kind = 'internal_transfer' AND p.available + p.held < 0))
     GROUP BY 1, 2, 3
), summed AS (
    SELECT customer_id, asset_id, at, sum(amount) OVER (
               PARTITION BY customer_id, asset_id ORDER BY at) AS net
      FROM moved
), counted AS (  -- of other assets only what is gone, and only its change
    SELECT customer_id, at, CASE WHEN asset_id = %(asset)s THEN net ELSE least(net, 0) END AS net,
           asset_id FROM summed
), steps AS (
    SELECT c.customer_id, c.at, sum((c.net - coalesce(c.before, 0))
               * CASE WHEN c.asset_id = %(asset)s THEN 1 ELSE r.rate END) AS amount
      FROM (SELECT *, lag(net) OVER (PARTITION BY customer_id, asset_id ORDER BY at) AS before
              FROM counted) c
      LEFT JOIN rates r ON r.asset_id = c.asset_id
     WHERE c.asset_id = %(asset)s OR r.rate IS NOT NULL
     GROUP BY 1, 2
), running AS (
    SELECT customer_id, at, sum(amount) OVER (PARTITION BY customer_id ORDER BY at) AS net
      FROM steps
), told AS (  -- a new stretch begins wherever it is too little
    SELECT *, net < %(least)s::numeric AS below, sum((net < %(least)s::numeric)::int) OVER (
               PARTITION BY customer_id ORDER BY at) AS stretch
      FROM running
), stretches AS (
    SELECT customer_id, stretch, min(at) FILTER (WHERE NOT below) AS since,
           min(at) FILTER (WHERE NOT below) + make_interval(hours => %(hours)s::int) AS on_day,
           lead(min(at)) OVER (PARTITION BY customer_id ORDER BY stretch) AS broken
      FROM told GROUP BY 1, 2
), earned AS (
    SELECT DISTINCT ON (customer_id) customer_id, stretch, since, on_day
      FROM stretches
     WHERE since IS NOT NULL AND on_day <= coalesce(broken, %(until)s) AND on_day <= %(until)s
     ORDER BY customer_id, stretch
)
SELECT j.customer_id,
       coalesce((SELECT net FROM running r WHERE r.customer_id = j.customer_id
                  ORDER BY at DESC LIMIT 1), 0),
       coalesce((SELECT min(t.net) FROM told t WHERE t.customer_id = e.customer_id
                   AND t.stretch = e.stretch AND NOT t.below AND t.at < e.on_day), 0),
       (SELECT since FROM stretches s WHERE s.customer_id = j.customer_id
         ORDER BY stretch DESC LIMIT 1),
       e.on_day
  FROM joined j LEFT JOIN earned e ON e.customer_id = j.customer_id
 ORDER BY j.joined_at, j.customer_id
"""

_HAD = """
SELECT DISTINCT s.id, s.code FROM exchange_customer c
  JOIN exchange_ledgeraccount a ON a.owner_kind = 'customer' AND a.owner_id = c.id
   AND a.purpose = 'spot'
  JOIN exchange_asset s ON s.id = a.asset_id
 WHERE (c.id = ANY(%s) OR c.parent_id = ANY(%s)) AND s.id <> %s
"""


class Kept(NamedTuple):
    """What one participant has kept. `since` is from when on it is enough without a break, `on`
    when the bonus was earned, and `kept` for how much."""

    customer_id: int
    now: Decimal
    kept: Decimal
    since: datetime | None
    on: datetime | None


class Progress(NamedTuple):
    """A participant's page."""

    net: Decimal
    missing: Decimal
    since: datetime | None
    earned_on: datetime | None  # when the bonus comes, if all stays as it is
    in_time: bool  # and that is before the end
    earned: bool  # it is earned, and being paid
    begin_by: datetime  # the last moment at which the days can begin
    too_late: bool  # nothing can be earned any more
    bonus: Decimal  # for what is kept now
    percent: int
    reward: Reward | None


def begin_by(campaign: Campaign) -> datetime:
    """The last moment at which somebody can begin to keep: the days end with the campaign then."""
    return campaign.ends_at - timedelta(days=terms.deposit_bonus(campaign).days)


def kept(campaign: Campaign, customer_ids: list[int]) -> list[Kept]:
    """What these participants have kept until now or the campaign's end, in the order in which they
    joined. One query, and one for what other assets are worth."""
    bonus = terms.deposit_bonus(campaign)
    rates = _rates(campaign, customer_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            _KEPT,
            {
                "campaign": campaign.pk,
                "customers": customer_ids,
                "asset": campaign.programme.asset_id,
                "assets": copy.array(rates),
                "rates": copy.array(plain(rate) for rate in rates.values()),
                "kinds": list(IN_AND_OUT),
                "until": min(clock.now(), campaign.ends_at),
                "hours": bonus.days * 24,
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
    due = row.since + timedelta(days=bonus.days) if row.since else None
    latest = begin_by(campaign)
    in_time = due is not None and due <= campaign.ends_at
    return Progress(
        row.now,
        max(bonus.least - row.now, ZERO),
        row.since,
        row.on or due,
        in_time,
        row.on is not None,
        latest,
        row.on is None and not in_time and clock.now() > latest,
        worth(campaign, row.kept if row.on else max(row.now, ZERO)),
        max(0, min(100, int(row.now * 100 / bonus.least))),
        Reward.objects.filter(campaign=campaign, customer_id=owner_id, of=OF).first(),
    )


def due(*, limit: int = 50) -> list[int]:
    """Open bonuses to be given: those that run, and those that ended and were not looked at since
    for a while."""
    now = clock.now()
    rows = Campaign.objects.filter(
        kind=Campaign.Kind.DEPOSIT_BONUS,
        state=Campaign.State.OPEN,
        starts_at__lte=now,
        ends_at__gt=now - AFTERWARDS,
    ).order_by("pk")
    return [
        row.pk
        for row in rows[:limit]
        if now < row.ends_at
        or row.scored_at is None
        or row.scored_at < row.ends_at + campaigns.SETTLED
        or row.scored_at < now - AGAIN
    ]


def award(*, campaign_id: int) -> int:
    """Give the bonus to all who have earned it and had none, in the order in which they joined.

    First come until the budget is out: the last one may get what is left of it. Returns how many.
    """
    campaign = Campaign.objects.select_related("programme__asset").get(pk=campaign_id)
    given, began = _give(campaign), clock.now()
    Campaign.objects.filter(pk=campaign.pk).update(scored_at=began)
    return given


def _give(campaign: Campaign) -> int:
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
            if amount <= ZERO or row.on is None:
                continue
            try:
                grant(
                    campaign_id=campaign.pk,
                    customer_id=row.customer_id,
                    amount=amount,
                    of=OF,
                    actor=ITSELF,
                    from_budget_up_to=True,
                    earned_at=row.on,
                )
            except BudgetSpent:
                return given
            except Refused:
                continue
            given += 1
    return given


def _rates(campaign: Campaign, customer_ids: list[int]) -> dict[int, Decimal]:
    """What one unit of each other asset that these customers had is worth in the campaign's; those
    that nobody can value are not in it."""
    own = values.price_of(campaign.programme.asset.code)
    if not own:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_HAD, [customer_ids, customer_ids, campaign.programme.asset_id])
        had = cursor.fetchall()
    prices = ((pk, values.price_of(code)) for pk, code in had)
    return {pk: received(price / own, SCALE) for pk, price in prices if price}
