"""Who had how much at a moment that everybody knew of before. Lines are written once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from exchange.accounts.models import Customer
from exchange.assets.models import Asset
from exchange.core.money import AmountField


class Snapshot(models.Model):
    """One asset at one moment, or its average over a span that ends there."""

    class State(models.TextChoices):
        PLANNED = "planned"
        TAKEN = "taken"

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    # How far back the average reaches; 0 is what was there at the moment itself.
    average_seconds = models.PositiveIntegerField(default=0)
    why = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    planned_by = models.CharField(max_length=254)
    planned_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    holders = models.PositiveIntegerField(default=0)
    held = AmountField(default=0)
    staked = AmountField(default=0)
    power = AmountField(default=0)
    # SHA-256 of the lines in order of customers: "customer:held:staked:power\n".
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "at", "average_seconds"], name="one_snapshot_a_moment"
            ),
            models.CheckConstraint(
                condition=Q(state="planned") | Q(taken_at__isnull=False, digest__gt=""),
                name="taken_snapshot_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["at"], name="snapshots_planned", condition=Q(state="planned"))
        ]

    def __str__(self) -> str:
        return f"{self.asset} at {self.at:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def since(self) -> datetime:
        """Where the average begins; the moment itself when there is none."""
        return self.at - timedelta(seconds=self.average_seconds)

    @property
    def is_taken(self) -> bool:
        return self.state == self.State.TAKEN


class SnapshotLine(models.Model):
    """What one customer had, sub-accounts included. `power` weighs what is staked by its lock."""

    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    held = AmountField()
    staked = AmountField()
    power = AmountField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "customer"], name="one_line_a_customer"),
            models.CheckConstraint(
                condition=Q(held__gte=0, staked__gte=0, power__gte=0),
                name="snapshot_line_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.pk} of snapshot {self.snapshot_id}"
