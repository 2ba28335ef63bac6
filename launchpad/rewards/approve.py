"""Propose a reviewed list of recipients, and pay it when a second person approves.

What is approved is a digest: when the lines are not exactly those that were reviewed, nothing
happens. Whoever came into question meanwhile (restricted, named in an alert, perhaps one person
with another recipient) is not left out in silence: their reward is held for a check.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock, copy
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, NotFound
from exchange.core.money import plain
from launchpad.rewards import campaigns, holds, recipients
from launchpad.rewards.campaigns import MANAGE
from launchpad.rewards.models import Campaign, RecipientFile, RecipientLine, Reward

KIND = "rewards.approve_recipients"
APPROVE = "launchpad.approve_recipients"
State = RecipientFile.State

_GRANT = """
INSERT INTO launchpad_reward (campaign_id, customer_id, of, amount, state, earned_at)
SELECT %(campaign)s, customer_id, %(of)s, amount,
       CASE WHEN customer_id = ANY(%(held)s::bigint[]) THEN 'held' ELSE 'due' END, %(now)s
  FROM launchpad_recipientline WHERE file_id = %(file)s AND excluded = ''
 ORDER BY customer_id
"""


def propose(*, file_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask a second person to approve exactly this list.

    Raises PermissionRefused, NotFound, Invalid without a reason, Conflict when it was replaced or
    approved, or while the campaign is not open.
    """
    actor.require(MANAGE)
    with transaction.atomic():
        campaign, file = _locked(file_id)
        _refuse_closed(campaign)
        if file.state not in (State.DRAFT, State.PROPOSED):
            raise Conflict(f"This list is {file.state} already.", limit=file.state)
        proposal = proposals.propose(
            kind=KIND,
            payload={
                "file_id": file.pk,
                "digest": file.digest,
                "total": plain(file.total),
                "recipients": file.recipients,
            },
            summary=f"Pay {file.recipients} recipients of {campaign.title} altogether"
            f" {plain(file.total)} {campaign.programme.asset.code} (digest {file.digest[:12]}…)",
            reason=reason,
            actor=actor,
            target=file,
        )
        file.state = State.PROPOSED
        file.save(update_fields=["state"])
    return proposal


@proposals.proposal_kind(KIND, permission_to_propose=MANAGE, permission_to_approve=APPROVE)
def _approve(*, payload: dict[str, Any], actor: Actor) -> str:
    campaign, file = _locked(int(payload["file_id"]))
    _refuse_closed(campaign)
    if file.state != State.PROPOSED:
        raise Conflict(f"This list is {file.state} already.", limit=file.state)
    found = recipients.sums(file.pk)
    approved = (payload["digest"], Decimal(payload["total"]), payload["recipients"])
    if (found.digest, found.total, found.recipients) != approved:
        raise Conflict("The lines are not those that were reviewed.", limit=found.digest)
    campaigns.commit_budget(campaign, found.total)
    held = _grant(campaign, file)
    file.state = State.APPROVED
    file.approved_by, file.approved_at = actor.label, clock.now()
    file.save()
    record(
        actor=actor,
        verb="rewards.approve_recipients",
        target=file,
        after={"digest": found.digest, "total": plain(found.total), "held": held},
    )
    return f"{found.recipients} recipients get {plain(found.total)} {campaign.programme.asset.code}"


def of_file(file: RecipientFile) -> str:
    """What a reward of this list is `of`."""
    return f"list:{file.pk}"


def _grant(campaign: Campaign, file: RecipientFile) -> int:
    """A reward for every line; those that must wait for a check are held. Returns how many."""
    of = of_file(file)
    ids = list(
        RecipientLine.objects.filter(file=file, excluded="")
        .order_by("customer_id")
        .values_list("customer_id", flat=True)
    )
    why = holds.reasons(campaign_id=campaign.pk, of=of, customer_ids=ids)
    with connection.cursor() as cursor:
        cursor.execute(
            _GRANT,
            {
                "campaign": campaign.pk,
                "of": of,
                "file": file.pk,
                "held": copy.array(sorted(why)),
                "now": clock.now(),
            },
        )
    waiting = Reward.objects.filter(campaign=campaign, of=of, state=Reward.State.HELD)
    for reward in waiting.order_by("pk"):
        holds.hold(reward, why[reward.customer_id])
    return len(why)


def _locked(file_id: int) -> tuple[Campaign, RecipientFile]:
    found = RecipientFile.objects.filter(pk=file_id).values_list("campaign_id").first()
    if found is None:
        raise NotFound(f"There is no list {file_id}.", field="file_id")
    campaign = campaigns.locked(found[0])
    return campaign, RecipientFile.objects.get(pk=file_id)


def _refuse_closed(campaign: Campaign) -> None:
    if campaign.state != Campaign.State.OPEN:
        raise Conflict(f"The campaign is {campaign.state}: open it first.", limit=campaign.state)
