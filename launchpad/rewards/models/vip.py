"""Tiers for those who trade much or hold BMX: the table, who stands where, and how they came there.

All of it is about main accounts: what sub-accounts trade and hold counts for them.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from exchange.accounts.models import Customer
from exchange.core.money import AmountField


class VipTable(models.Model):
    """One version of the table, changed by two people. The newest counts; none: the file's."""

    tiers: Any = models.JSONField()  # as data/vip_tiers.csv, a row a tier
    bmx_least = AmountField()  # BMX on average, for the discount that holders may switch on
    bmx_discount_ppm = models.PositiveIntegerField()
    grace_days = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=500)
    changed_by = models.CharField(max_length=254)
    active_from = models.DateTimeField()

    class Meta:
        permissions = [
            ("propose_vip_table", "Can propose a change of the VIP table"),
            ("approve_vip_table", "Can approve a change of the VIP table"),
        ]

    def __str__(self) -> str:
        return f"VIP table {self.pk}"


class VipStanding(models.Model):
    """Where a customer stands, and what was measured last. Nobody without a row is above VIP 0."""

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    level = models.PositiveSmallIntegerField(default=0, db_index=True)
    since = models.DateField()
    measured_on = models.DateField()
    measured_level = models.PositiveSmallIntegerField(default=0)
    volume_usd = AmountField(default=0)  # of thirty days
    bmx = AmountField(default=0)  # held and staked, on average of thirty days
    # Measured lower than they stand: until then they keep their level.
    falls_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(falls_on__isnull=True) | Q(measured_level__lt=models.F("level")),
                name="grace_is_for_the_higher",
            )
        ]

    def __str__(self) -> str:
        return f"customer {self.customer_id}: VIP {self.level}"


class VipChange(models.Model):
    """Somebody rose or fell. Written once."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    before = models.PositiveSmallIntegerField()
    after = models.PositiveSmallIntegerField()
    volume_usd = AmountField()
    bmx = AmountField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "on"], name="one_vip_change_a_day")
        ]

    def __str__(self) -> str:
        return f"customer {self.customer_id}: {self.before} to {self.after}"


class BmxDiscount(models.Model):
    """A customer switched on the discount for holders of BMX. The row goes when they switch it
    off."""

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    wanted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"customer {self.customer_id} since {self.wanted_at:%F}"
