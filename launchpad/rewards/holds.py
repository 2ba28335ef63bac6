"""What has a reward wait for a person of compliance, and how that person decides.

Held are rewards of accounts that are perhaps one person with somebody who got the same, and of
those who are named in alerts of monitoring. Customers read the same words of a held reward as of
any other that waits: nobody learns that they are looked into. The acts stand in the audit log under
`rewards_check`, which only those may read who may know of reports.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connection, transaction

from exchange.audit.record import record
from exchange.core import clock, confidential, copy
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound
from launchpad.rewards import campaigns, watched
from launchpad.rewards.models import Reward, RewardCheck

PERMISSION = "launchpad.decide_reward"
confidential.keep("rewards_check", permission="compliance.see_filings")

# Of each customer: others of the same group who got the same or stand in the same list; alerts
# that are not closed; a restriction that came since.
_REASONS = """
WITH asked AS (SELECT unnest(%(customers)s::bigint[]) AS id)
SELECT a.id, 'person', (
        SELECT array_agg(o.customer_id ORDER BY o.customer_id) FROM launchpad_persongroup o
         WHERE o.group_id = g.group_id AND o.customer_id <> a.id
           AND (o.customer_id = ANY(%(customers)s::bigint[]) OR EXISTS (
                SELECT FROM launchpad_reward r
                 WHERE r.campaign_id = %(campaign)s AND r.customer_id = o.customer_id
                   AND r.of = %(of)s AND r.state <> 'refused')))
  FROM asked a JOIN launchpad_persongroup g ON g.customer_id = a.id
 UNION ALL
SELECT a.id, 'alert', (
        SELECT array_agg(l.id ORDER BY l.id) FROM compliance_alert l
         WHERE l.state <> 'closed' AND (l.customer_id = a.id OR l.ring @> ARRAY[a.id]))
  FROM asked a WHERE %(alerts)s
 UNION ALL
SELECT a.id, 'restricted', (
        SELECT array_agg(r.id ORDER BY r.id) FROM exchange_restriction r
         WHERE r.customer_id = a.id AND r.kind IN ('trading', 'withdrawal', 'login')
           AND r.lifted_at IS NULL AND (r.until IS NULL OR r.until > now()))
  FROM asked a
"""
SAYS = {
    "person": "Perhaps the same person as customers {}, who get the same",
    "alert": "Named in alerts of monitoring: {}",
    "restricted": "Restricted since the list was made (restrictions {})",
    "ring": "Traded mostly within a small group of accounts",
}
Reasons = list[dict[str, Any]]


def reasons(
    *, campaign_id: int, of: str, customer_ids: Collection[int], alerts: bool = True
) -> dict[int, Reasons]:
    """Why some of these customers' rewards have to wait; the others are not in it. One query."""
    found: dict[int, Reasons] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            _REASONS,
            {
                "customers": copy.array(customer_ids),
                "campaign": campaign_id,
                "of": of,
                "alerts": alerts,
            },
        )
        for customer_id, code, rows in cursor.fetchall():
            if rows:
                says = SAYS[code].format(", ".join(map(str, rows[:10])))
                found.setdefault(customer_id, []).append(
                    {"code": code, "says": says, "with": rows[:50]}
                )
    return found


def hold(reward: Reward, why: Reasons) -> RewardCheck:
    """Write down why a reward of the state HELD waits. Part of whoever makes the reward."""
    now = clock.now()
    watched.held(reward, (each["code"] for each in why), at=now)
    return RewardCheck.objects.create(reward=reward, reasons=why, held_at=now)


def release(*, check_id: int, actor: Actor, reason: str) -> Reward:
    """Nothing speaks against it: it is paid with the others. Twice is once.

    Raises PermissionRefused, NotFound, Invalid without a reason, Conflict when it was refused.
    """
    return _decide(check_id, RewardCheck.State.RELEASED, Reward.State.DUE, actor, reason)


def refuse(*, check_id: int, actor: Actor, reason: str) -> Reward:
    """It is not paid, and its part of the budget is free again. Twice is once.

    Raises PermissionRefused, NotFound, Invalid without a reason, Conflict when it was released.
    """
    return _decide(check_id, RewardCheck.State.REFUSED, Reward.State.REFUSED, actor, reason)


def _decide(check_id: int, to: str, becomes: str, actor: Actor, reason: str) -> Reward:
    actor.require(PERMISSION)
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        found = RewardCheck.objects.filter(pk=check_id).values_list("reward__campaign_id").first()
        if found is None:
            raise NotFound(f"There is no held reward {check_id}.", field="check_id")
        campaign = campaigns.locked(found[0])
        check = RewardCheck.objects.select_related("reward__campaign__programme__asset").get(
            pk=check_id
        )
        reward = check.reward
        if check.state == to:
            return reward
        if check.state != RewardCheck.State.OPEN:
            raise Conflict(f"This was {check.state} already.", limit=check.state)
        check.state = to
        check.decided_at, check.decided_by = clock.now(), actor.label
        check.decided_because = reason[:500]
        check.save()
        reward.state = becomes
        reward.save(update_fields=["state"])
        if becomes == Reward.State.REFUSED:
            campaigns.commit_budget(campaign, -reward.amount)
            watched.refused(reward, at=check.decided_at)
        record(
            actor=actor,
            verb=f"rewards_check.{'release' if becomes == Reward.State.DUE else 'refuse'}",
            target=reward,
            reason=reason,
            after={"amount": reward.amount, "customer": reward.customer_id},
        )
    return reward
