"""Who an airdrop would pay: a list made from a snapshot or an upload, exact to the last unit.

Making a list pays nobody. It says what everybody gets and who gets nothing and why; a person
reviews it and proposes it, and a second person approves exactly that digest (`approve`). A new list
replaces the one before, as long as that was not approved.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from exchange.audit.record import record
from exchange.core import clock, copy
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid
from exchange.core.money import plain
from launchpad.rewards import campaigns, terms, upload
from launchpad.rewards.campaigns import MANAGE
from launchpad.rewards.eligible import EXCLUDED
from launchpad.rewards.models import Campaign, RecipientFile, RecipientLine
from launchpad.snapshots import queries as snapshots

State = RecipientFile.State
A_PAGE = 10

# The list: who comes in question (`held`), why some are left out, and what the others get.
_WRITE = """
INSERT INTO launchpad_recipientline (file_id, customer_id, basis, amount, excluded)
WITH held AS MATERIALIZED ({held}),
judged AS (
    SELECT h.customer_id, h.basis, coalesce(g.certain_id, h.customer_id) AS person,
           CASE WHEN h.basis < %(least)s::numeric THEN 'too_little' ELSE {excluded} END AS why
      FROM held h JOIN exchange_customer c ON c.id = h.customer_id
      LEFT JOIN exchange_user u ON u.id = c.user_id
      LEFT JOIN launchpad_persongroup g ON g.customer_id = h.customer_id
), single AS (
    SELECT customer_id, basis, CASE WHEN why = '' AND %(one_per_person)s AND row_number() OVER (
               PARTITION BY person, why ORDER BY basis DESC, customer_id) > 1
           THEN 'same_person' ELSE why END AS why
      FROM judged
), summed AS (
    SELECT *, sum(basis) FILTER (WHERE why = '') OVER () AS whole FROM single
), divided AS (
    SELECT customer_id, basis, why, CASE WHEN why <> '' THEN 0 ELSE trunc({amount}, %(digits)s) END
           AS amount FROM summed
)
SELECT %(file)s, customer_id, basis, amount,
       CASE WHEN why = '' AND amount <= 0 THEN 'too_little' ELSE why END
  FROM divided
"""
_FROM_SNAPSHOT = """
SELECT customer_id, power AS basis FROM launchpad_snapshotline
 WHERE snapshot_id = %(snapshot)s AND power > 0
"""
# By rule; a room file that has another rule adds it.
AMOUNT = {
    terms.PRO_RATA: "%(total)s::numeric * basis / whole",
    terms.PER_HEAD: "%(each)s::numeric",
    terms.UPLOAD: "basis",
}
_SUMS = """
SELECT count(*) FILTER (WHERE excluded = ''), count(*) FILTER (WHERE excluded <> ''),
       coalesce(sum(amount), 0),
       encode(sha256(convert_to(coalesce(string_agg(
           customer_id || ':' || trim_scale(amount), chr(10) ORDER BY customer_id)
           FILTER (WHERE excluded = ''), ''), 'UTF8')), 'hex')
  FROM launchpad_recipientline WHERE file_id = %s
"""


class Sums(NamedTuple):
    """What a list comes to. The digest is SHA-256 over "customer:amount" of all who are paid, a
    line each, in order of customers."""

    recipients: int
    excluded: int
    total: Decimal
    digest: str


class Preview(NamedTuple):
    """What the reviewer looks at: the largest and the smallest, and who gets nothing, by reason."""

    top: list[RecipientLine]
    bottom: list[RecipientLine]
    excluded: list[tuple[str, int, list[RecipientLine]]]


def from_snapshot(*, campaign_id: int, actor: Actor) -> RecipientFile:
    """Make the list of an airdrop from the snapshot that its terms name.

    Raises PermissionRefused, NotFound, Invalid (campaign_id, total, snapshot), Conflict.
    """
    actor.require(MANAGE)
    with transaction.atomic():
        campaign = campaigns.locked(campaign_id)
        drop = terms.airdrop(campaign)
        if drop.rule == terms.UPLOAD:
            raise Invalid("The recipients of this airdrop are uploaded.", field="campaign_id")
        if drop.snapshot_id is None or not snapshots.is_taken(drop.snapshot_id):
            raise Invalid("Its snapshot is not taken yet.", field="snapshot")
        return make(
            campaign,
            held=_FROM_SNAPSHOT,
            rule=drop.rule,
            values={
                "snapshot": drop.snapshot_id,
                "least": drop.least,
                "each": drop.each,
                "total": drop.total,
                "one_per_person": drop.one_per_person,
            },
            source=f"snapshot {drop.snapshot_id}",
            actor=actor,
        )


def from_upload(*, campaign_id: int, content: bytes, actor: Actor) -> RecipientFile:
    """Make the list of an airdrop from "customer,amount" lines; each bad line is named, and then
    nothing has changed.

    Raises PermissionRefused, NotFound, Invalid (campaign_id, total), BadRecipients, Conflict.
    """
    actor.require(MANAGE)
    with transaction.atomic():
        campaign = campaigns.locked(campaign_id)
        drop = terms.airdrop(campaign)
        if drop.rule != terms.UPLOAD:
            raise Invalid("The recipients of this airdrop come from a snapshot.", field="file")
        rows = upload.read(content, precision=campaign.programme.asset.precision)
        return make(
            campaign,
            held="SELECT * FROM unnest(%(ids)s::bigint[], %(amounts)s::numeric[])"
            " AS t(customer_id, basis)",
            rule=drop.rule,
            values={
                "ids": copy.array(row.customer_id for row in rows),
                "amounts": copy.array(plain(row.amount) for row in rows),
                "least": drop.least,
                "one_per_person": drop.one_per_person,
            },
            source=f"upload of {len(rows)} lines",
            actor=actor,
        )


def make(
    campaign: Campaign,
    *,
    held: str,
    rule: str,
    values: dict[str, Any],
    source: str,
    actor: Actor,
) -> RecipientFile:
    """Write a list for a locked campaign. Raises Conflict, and Invalid when it comes to nothing or
    to more than is left of the budget."""
    if campaign.state == Campaign.State.CLOSED:
        raise Conflict("This campaign is closed.", limit=campaign.state)
    file = _new_file(campaign, source, actor)
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE.format(held=held, excluded=EXCLUDED, amount=AMOUNT[rule]),
            {**values, "file": file.pk, "digits": campaign.programme.asset.precision},
        )
    return finish(campaign, file, actor)


def finish(campaign: Campaign, file: RecipientFile, actor: Actor) -> RecipientFile:
    """Sum up the lines of a new list, and refuse one that can't be paid."""
    found = sums(file.pk)
    if not found.recipients:
        raise Invalid("Nobody would get anything.", field="total")
    if found.total > campaign.left:
        raise Invalid(
            f"It comes to {plain(found.total)}: more than the {plain(campaign.left)} that are left"
            " of the budget.",
            field="total",
            limit=plain(campaign.left),
        )
    file.recipients, file.excluded, file.total, file.digest = found
    file.save()
    record(
        actor=actor,
        verb="rewards.make_recipients",
        target=file,
        after={
            "campaign": campaign.pk,
            "source": file.source,
            "recipients": file.recipients,
            "total": plain(file.total),
            "digest": file.digest,
        },
    )
    return file


def sums(file_id: int) -> Sums:
    """What the lines of a list come to now, from the lines themselves."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [file_id])
        return Sums(*cursor.fetchone())


def preview(file: RecipientFile) -> Preview:
    """A bounded look at a list: ten of each."""
    paid = file.lines.filter(excluded="")
    out: list[tuple[str, int, list[RecipientLine]]] = []
    for code, label in RecipientLine.Excluded.choices:
        rows = file.lines.filter(excluded=code) if code else file.lines.none()
        if count := rows.count():
            out.append((str(label), count, list(rows.order_by("-basis", "customer_id")[:A_PAGE])))
    return Preview(
        list(paid.order_by("-amount", "customer_id")[:A_PAGE]),
        list(paid.order_by("amount", "-customer_id")[:A_PAGE]),
        out,
    )


def _new_file(campaign: Campaign, source: str, actor: Actor) -> RecipientFile:
    standing = campaign.files.exclude(state=State.REPLACED).first()
    if standing is not None:
        if standing.state == State.APPROVED:
            raise Conflict("The recipients of this campaign are approved already.")
        standing.state = State.REPLACED
        standing.save(update_fields=["state"])
    return RecipientFile.objects.create(
        campaign=campaign,
        source=source[:200],
        made_by=actor.label,
        made_at=clock.now(),
    )
