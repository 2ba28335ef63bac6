"""VIP tiers: what other rooms ask of them, what customers switch on, and how the table changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.identity.queries import main_account
from compliance.identity.queries import tier_of as identity_tier_of
from compliance.identity.words import Level
from exchange.accounts.models import Customer
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock, locks
from exchange.core.actors import Actor
from exchange.core.errors import Invalid, NotFound, PermissionRefused
from exchange.core.money import ZERO, plain
from launchpad.rewards import measure, tiers
from launchpad.rewards.models import BmxDiscount, VipChange, VipStanding, VipTable
from launchpad.rewards.tiers import NO_TIER, Tier
from wallets.withdrawals import limits

KIND = "rewards.change_vip_table"


class Standing(NamedTuple):
    """One customer's tier as a page shows it."""

    tier: Tier
    since: date | None
    volume_usd: Decimal
    bmx: Decimal
    measured_on: date | None
    falls_on: date | None
    falls_to: Tier
    next_tier: Tier | None
    pays_less_with_bmx: bool  # switched on
    bmx_counts: bool  # and enough is held

    @property
    def volume_missing(self) -> Decimal:
        return max(self.next_tier.volume_usd - self.volume_usd, ZERO) if self.next_tier else ZERO

    @property
    def bmx_missing(self) -> Decimal:
        return max(self.next_tier.bmx - self.bmx, ZERO) if self.next_tier else ZERO

    @property
    def volume_percent(self) -> int:
        return _share(self.volume_usd, self.next_tier.volume_usd if self.next_tier else ZERO)

    @property
    def bmx_percent(self) -> int:
        return _share(self.bmx, self.next_tier.bmx if self.next_tier else ZERO)


def tier_of(customer_id: int) -> Tier:
    """The tier of a customer; a sub-account's is its main account's. Two or three indexed reads."""
    level = (
        VipStanding.objects.filter(customer_id=main_account(customer_id))
        .values_list("level", flat=True)
        .first()
    )
    return tiers.table().tier(level) if level else NO_TIER


def standing_of(customer_id: int) -> Standing:
    """Everything that a customer is told about their tier."""
    owner_id = main_account(customer_id)
    table = tiers.table()
    row = VipStanding.objects.filter(customer_id=owner_id).first()
    wants = BmxDiscount.objects.filter(customer_id=owner_id).exists()
    if row is None:
        return Standing(
            NO_TIER, None, ZERO, ZERO, None, None, NO_TIER, table.after(0), wants, False
        )
    return Standing(
        table.tier(row.level),
        row.since,
        row.volume_usd,
        row.bmx,
        row.measured_on,
        row.falls_on,
        table.tier(row.measured_level),
        table.after(row.level),
        wants,
        wants and row.bmx >= table.bmx_least,
    )


def history_of(customer_id: int, *, limit: int = 50) -> Sequence[VipChange]:
    """When they rose and fell, the newest first."""
    rows = VipChange.objects.filter(customer_id=main_account(customer_id))
    return list(rows.order_by("-on")[:limit])


def switch_bmx_discount(*, customer_id: int, on: bool, actor: Actor) -> bool:
    """A holder of BMX wants the discount on fees, or no longer. It counts for orders placed from
    now on, and only while they hold enough on average. Fees stay in the quote asset: the discount
    is on the rate (adr/0003).

    Returns whether it counts now. Twice is once. Raises NotFound, PermissionRefused.
    """
    owner_id = own_account(customer_id, actor)
    with transaction.atomic():
        Customer.objects.select_for_update(no_key=True).get(pk=owner_id)
        before = BmxDiscount.objects.filter(customer_id=owner_id).exists()
        if on and not before:
            BmxDiscount.objects.create(customer_id=owner_id, wanted_at=clock.now())
        if before and not on:
            BmxDiscount.objects.filter(customer_id=owner_id).delete()
        if before != on:
            measure.write_discounts(customer_id=owner_id)
            record(
                actor=actor,
                verb="rewards.switch_bmx_discount",
                target_type="customer",
                target_id=str(owner_id),
                after={"on": on},
            )
    return standing_of(owner_id).bmx_counts


def own_account(customer_id: int, actor: Actor) -> int:
    """The main account of a customer who acts for themselves. Raises PermissionRefused, NotFound.

    Staff take part in nothing, and nobody takes part for somebody else."""
    owner_id = main_account(customer_id)
    if actor.kind != "system" and actor.customer_id not in (customer_id, owner_id):
        raise PermissionRefused(_("This is for the customer to decide."))
    row = Customer.objects.filter(pk=owner_id).values_list("user__is_staff", flat=True).first()
    if row is None and not Customer.objects.filter(pk=owner_id).exists():
        raise NotFound(field="customer_id")
    if row:
        raise PermissionRefused(_("Accounts of our staff take part in no rewards."))
    return owner_id


def raised(owner_id: int, tier: limits.Tier) -> limits.Tier:
    """What a VIP may withdraw: more, once their identity is fully verified, never before: the
    lower limits are the law's."""
    percent = tier_of(owner_id).withdrawal_percent
    if percent <= 100 or identity_tier_of(owner_id) < Level.FULL:
        return tier
    return limits.Tier(tier.name, tier.daily * percent / 100, tier.monthly * percent / 100)


def propose_table(
    *,
    rows: Sequence[Mapping[str, Any]],
    bmx_least: Decimal,
    bmx_discount: Decimal,
    grace_days: int,
    actor: Actor,
    reason: str,
) -> Proposal:
    """Ask a colleague to let another table count. Raises PermissionRefused, Invalid, Conflict."""
    actor.require("launchpad.propose_vip_table")
    made = tiers.checked(rows)
    if bmx_least <= 0:
        raise Invalid("More than nothing must be held.", field="bmx_least", limit=0)
    if not 0 <= bmx_discount <= 50:
        raise Invalid("A discount between 0 and 50 %.", field="bmx_discount", limit=50)
    if not 0 <= grace_days <= 90:
        raise Invalid("Between 0 and 90 days of grace.", field="grace_days", limit=90)
    return proposals.propose(
        kind=KIND,
        payload={
            "tiers": [tier.row() for tier in made],
            "bmx_least": plain(bmx_least),
            "bmx_discount_ppm": int(bmx_discount * tiers.PERCENT),
            "grace_days": grace_days,
        },
        summary=f"A VIP table of {len(made)} tiers, {grace_days} days of grace",
        reason=reason,
        actor=actor,
    )


@proposals.proposal_kind(
    KIND,
    permission_to_propose="launchpad.propose_vip_table",
    permission_to_approve="launchpad.approve_vip_table",
)
def _change_table(*, payload: dict[str, Any], actor: Actor) -> str:
    made = tiers.checked(payload["tiers"])
    write_table(
        tiers.Table(
            made,
            Decimal(payload["bmx_least"]),
            payload["bmx_discount_ppm"],
            payload["grace_days"],
        ),
        actor=actor,
        reason="approved",
    )
    return f"The table of {len(made)} tiers counts; everybody is measured by it tonight"


def write_table(table: tiers.Table, *, actor: Actor, reason: str) -> VipTable:
    """Let another table count. For whoever has two people's word for it, in their transaction."""
    locks.hold(locks.Lock.CAMPAIGN, measure.EVERYONE)
    row = VipTable.objects.create(
        tiers=[tier.row() for tier in table.tiers],
        bmx_least=table.bmx_least,
        bmx_discount_ppm=table.bmx_discount_ppm,
        grace_days=table.grace_days,
        reason=reason,
        changed_by=actor.label,
        active_from=clock.now(),
    )
    record(
        actor=actor,
        verb="rewards.change_vip_table",
        target=row,
        after={
            "tiers": row.tiers,
            "bmx_least": plain(table.bmx_least),
            "bmx_discount_ppm": table.bmx_discount_ppm,
            "grace_days": table.grace_days,
        },
    )
    # Who stands on a level keeps it until they are measured by the new table; what it gives counts
    # at once.
    measure.write_discounts()
    return row


def _share(have: Decimal, of: Decimal) -> int:
    return 100 if not of else min(100, int(have * 100 / of))
