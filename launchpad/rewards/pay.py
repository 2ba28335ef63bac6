"""Pay what is due: a campaign's rewards in one payout, marked in the batch that pays them.

A reward is put into a payout in the transaction that writes its line, and is paid in the one that
posts it: killed anywhere, nothing is paid twice and nothing is forgotten.
"""

from __future__ import annotations

from django.db import connection, transaction

from exchange.core import clock
from exchange.core.actors import system
from launchpad.programmes import payouts
from launchpad.programmes.models import Programme
from launchpad.rewards import campaigns, watched
from launchpad.rewards.models import Campaign, Reward

PAYER = system("rewards.pay")
SETTLES = "rewards"
KEY = "rewards {}"
State = Reward.State

_LINES = """
SELECT customer_id, amount, 'reward:' || id, 'spot' FROM launchpad_reward
 WHERE campaign_id = %s AND batch = %s AND state = 'paying'
"""
_PAID = """
UPDATE launchpad_reward r SET state = 'paid', paid_at = %s
  FROM launchpad_payoutline l
 WHERE l.payout_id = %s AND l.number BETWEEN %s AND %s
   AND r.id = split_part(l.of, ':', 2)::bigint AND r.state = 'paying'
"""
_CANCELLED = """
UPDATE launchpad_reward r SET state = 'due', batch = NULL
  FROM launchpad_payout p JOIN launchpad_campaign c ON c.programme_id = p.programme_id
 WHERE p.state = 'cancelled' AND r.campaign_id = c.id AND r.state = 'paying'
   AND p.key = 'rewards ' || r.batch
"""


def pay_due() -> int:
    """Put every reward that is due into its campaign's next payout. Returns how many rewards.

    Safe to run twice and beside itself. What staff cancelled is due again.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CANCELLED)
    waiting = (
        Reward.objects.filter(state=State.DUE)
        .exclude(campaign__programme__state=Programme.State.CLOSED)
        .order_by()
        .values_list("campaign_id", flat=True)
        .distinct()
    )
    return sum(pay_campaign(campaign_id=campaign_id) for campaign_id in sorted(waiting))


def pay_campaign(*, campaign_id: int) -> int:
    """Put what one campaign owes into a payout, which a worker pays. Returns how many rewards."""
    with transaction.atomic():
        campaign = campaigns.locked(campaign_id)
        number = campaign.batches + 1
        count = Reward.objects.filter(campaign=campaign, state=State.DUE).update(
            state=State.PAYING, batch=number
        )
        if not count:
            return 0
        Campaign.objects.filter(pk=campaign.pk).update(batches=number)
        payouts.prepare(
            programme_id=campaign.programme_id,
            key=KEY.format(number),
            lines=payouts.Query(_LINES, [campaign.pk, number]),
            actor=PAYER,
            settled_by=SETTLES,
        )
    return count


@payouts.settles(SETTLES)
def mark_paid(batch: payouts.Batch) -> None:
    """The rewards of a batch's lines, in the batch's transaction."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_PAID, [now, batch.payout_id, batch.first, batch.last])
    watched.paid(payout_id=batch.payout_id, first=batch.first, last=batch.last, at=now)
