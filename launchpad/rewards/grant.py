"""Give one person a reward, once, from a budget that can't be exceeded.

Everybody who is given something by a campaign takes turns (its lock), so that of two accounts of
one person the second finds what the first got, and the last of a budget goes to one of those who
want it.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.identity.queries import main_account
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from launchpad.rewards import campaigns, holds, persons, watched
from launchpad.rewards.eligible import refuse_ineligible
from launchpad.rewards.errors import RewardedAlready
from launchpad.rewards.models import Reward

State = Reward.State


def grant(
    *,
    campaign_id: int,
    customer_id: int,
    amount: Decimal,
    of: str,
    actor: Actor,
    alerts: bool = True,
    from_budget_up_to: bool = False,
    earned_at: datetime | None = None,
) -> Reward:
    """Give a reward for `of`; asked again, the first is returned.

    Held for a check when the account is perhaps one person with somebody who got the same, or
    (with `alerts`) is named in an alert. With `from_budget_up_to` less than `amount` is given when
    less is left. Raises NotRunning, NotEligible, RewardedAlready, BudgetSpent.
    """
    try:
        return _grant(
            campaign_id=campaign_id,
            customer_id=customer_id,
            amount=amount,
            of=of,
            actor=actor,
            alerts=alerts,
            from_budget_up_to=from_budget_up_to,
            earned_at=earned_at,
        )
    except RewardedAlready:
        with transaction.atomic():  # what it had begun is undone; that it was tried is not
            watched.had_already(
                campaigns.locked(campaign_id),
                customer_id=main_account(customer_id),
                of=of,
                amount=amount,
                at=clock.now(),
            )
        raise


def _grant(
    *,
    campaign_id: int,
    customer_id: int,
    amount: Decimal,
    of: str,
    actor: Actor,
    alerts: bool,
    from_budget_up_to: bool,
    earned_at: datetime | None,
) -> Reward:
    with transaction.atomic():
        campaign = campaigns.locked(campaign_id)
        campaigns.refuse_unless_running(campaign, at=earned_at)
        owner_id = refuse_ineligible(customer_id=customer_id, actor=actor)
        before = Reward.objects.filter(campaign=campaign, customer_id=owner_id, of=of).first()
        if before is not None:
            return before
        persons.look(owner_id)
        refuse_same_person(campaign_id=campaign.pk, owner_id=owner_id, of=of)
        why = holds.reasons(
            campaign_id=campaign.pk, of=of, customer_ids=[owner_id], alerts=alerts
        ).get(owner_id, [])
        if from_budget_up_to and 0 < campaign.left < amount:
            amount = campaign.left
        campaigns.commit_budget(campaign, amount)
        reward = Reward.objects.create(
            campaign=campaign,
            customer_id=owner_id,
            of=of,
            amount=amount,
            state=State.HELD if why else State.DUE,
            earned_at=earned_at or clock.now(),
        )
        if why:
            holds.hold(reward, why)
        record(
            actor=actor,
            verb="rewards.grant",
            target=reward,
            after={"campaign": campaign.pk, "of": of, "amount": amount},
        )
    return reward


def refuse_same_person(*, campaign_id: int, owner_id: int, of: str) -> None:
    """Raise RewardedAlready when an account that is certainly the same person got the same."""
    same = [other for other, verdict in persons.others(owner_id).items() if verdict.is_certain]
    got = Reward.objects.filter(campaign_id=campaign_id, customer_id__in=same, of=of).exclude(
        state=State.REFUSED
    )
    if got.exists():
        raise RewardedAlready(
            _("This is one for each person, and another account of yours has had it.")
        )
