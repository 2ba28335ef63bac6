"""Commission: what the fees of a referee's day earn their referrer. A day at a time, set-based.

A share of the fees that the referee paid for trades with other people, rounded down for each
referee and day. A day is computed when it is over and all its trades are added up; computed again
it changes nothing. Given until the budget is out, in the order in which referrers began.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.db import connection, transaction

from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import system
from exchange.core.money import ZERO
from launchpad.rewards import campaigns, holds, volume
from launchpad.rewards.models import Campaign, Commission, Referral, Reward

ITSELF = system("rewards.commission")
CATCH_UP = 31  # days that a run may make up for

# Certain to be one person with their referrer, found out since: earns nothing any more.
_REFUSE_SAME = """
UPDATE launchpad_referral r SET state = 'refused', because = 'the same person as the referrer'
  FROM launchpad_persongroup a JOIN launchpad_persongroup b ON b.certain_id = a.certain_id
 WHERE r.state = 'active' AND a.customer_id = r.referrer_id AND b.customer_id = r.referee_id
"""
_COMPUTE = """
INSERT INTO launchpad_commission (referral_id, day, fees_usd, amount)
SELECT r.referee_id, %(day)s, sum(f.fees), trunc(sum(f.fees) * r.share_ppm / 1000000, %(digits)s)
  FROM launchpad_referral r
  JOIN LATERAL (
       SELECT d.one_fees_usd AS fees, d.other_id AS with_id FROM launchpad_tradedday d
        WHERE d.one_id = r.referee_id AND d.day = %(day)s AND d.other_id <> d.one_id
        UNION ALL
       SELECT d.other_fees_usd, d.one_id FROM launchpad_tradedday d
        WHERE d.other_id = r.referee_id AND d.day = %(day)s AND d.other_id <> d.one_id
  ) f ON true
  LEFT JOIN launchpad_persongroup mine ON mine.customer_id = r.referee_id
  LEFT JOIN launchpad_persongroup theirs ON theirs.customer_id = f.with_id
 WHERE r.campaign_id = %(campaign)s AND r.state = 'active'
   AND %(day)s BETWEEN r.first_day AND r.last_day
   AND f.with_id <> r.referrer_id AND (mine.group_id = theirs.group_id) IS NOT TRUE
 GROUP BY r.referee_id
HAVING sum(f.fees) > 0
ON CONFLICT (referral_id, day) DO NOTHING
"""
_EARNED = """
SELECT r.referrer_id, sum(c.amount), coalesce(array_agg(r.referee_id ORDER BY r.referee_id)
           FILTER (WHERE a.group_id = b.group_id), '{}')
  FROM launchpad_commission c JOIN launchpad_referral r ON r.referee_id = c.referral_id
  LEFT JOIN launchpad_persongroup a ON a.customer_id = r.referrer_id
  LEFT JOIN launchpad_persongroup b ON b.customer_id = r.referee_id
 WHERE r.campaign_id = %s AND c.day = %s AND c.reward_id IS NULL AND c.amount > 0
 GROUP BY r.referrer_id ORDER BY min(r.at), r.referrer_id
"""


def compute_due() -> int:
    """Every day that is over and was not computed, for every referral campaign. Returns how many
    rewards. Safe to run twice."""
    yesterday = clock.now().date() - timedelta(days=1)
    given = 0
    running = Campaign.objects.filter(
        kind=Campaign.Kind.REFERRAL, state=Campaign.State.OPEN
    ).order_by("pk")
    for campaign in running:
        last = (
            Commission.objects.filter(referral__campaign=campaign)
            .order_by("-day")
            .values_list("day", flat=True)
            .first()
        )
        first = max(
            last or campaign.starts_at.date(),
            campaign.starts_at.date(),
            yesterday - timedelta(days=CATCH_UP),
        )
        for number in range((yesterday - first).days + 1):
            given += compute(campaign_id=campaign.pk, day=first + timedelta(days=number))
    return given


def compute(*, campaign_id: int, day: date) -> int:
    """One day of one campaign. Returns how many rewards are new; 0 while trades are missing."""
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    if clock.now() < end or not volume.is_whole_until(end):
        return 0
    with transaction.atomic():
        campaign = campaigns.locked(campaign_id)
        if campaign.state != Campaign.State.OPEN:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(_REFUSE_SAME)
            cursor.execute(
                _COMPUTE,
                {
                    "campaign": campaign.pk,
                    "day": day,
                    "digits": campaign.programme.asset.precision,
                },
            )
            computed = cursor.rowcount
            cursor.execute(_EARNED, [campaign.pk, day])
            earned = cursor.fetchall()
        if not earned:
            return 0
        given = _give(campaign, day, earned)
        record(
            actor=ITSELF,
            verb="rewards.commission",
            target=campaign,
            after={"day": day, "referees": computed, "rewards": given},
        )
    return given


def _give(campaign: Campaign, day: date, earned: list[tuple]) -> int:
    """A reward for each referrer, until the budget is out."""
    of = f"fees {day}"
    why = holds.reasons(campaign_id=campaign.pk, of=of, customer_ids=[row[0] for row in earned])
    had = set(Reward.objects.filter(campaign=campaign, of=of).values_list("customer_id", flat=True))
    given, spent = 0, ZERO
    for referrer_id, amount, suspected in earned:
        if referrer_id in had or spent + amount > campaign.left:
            continue
        reasons = why.get(referrer_id, [])
        if suspected:
            says = holds.SAYS["person"].format(", ".join(map(str, suspected[:10])))
            reasons = [*reasons, {"code": "person", "says": says, "with": suspected[:50]}]
        reward = Reward.objects.create(
            campaign=campaign,
            customer_id=referrer_id,
            of=of,
            amount=amount,
            state=Reward.State.HELD if reasons else Reward.State.DUE,
            earned_at=clock.now(),
        )
        if reasons:
            holds.hold(reward, reasons)
        Commission.objects.filter(
            day=day,
            reward_id=None,
            amount__gt=0,
            referral__in=Referral.objects.filter(campaign=campaign, referrer_id=referrer_id),
        ).update(reward_id=reward.pk)
        spent += amount
        given += 1
    if spent:
        campaigns.commit_budget(campaign, spent)
    return given
