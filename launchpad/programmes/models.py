"""Programmes that people are paid from, and the payouts that pay them.

A programme owns one account of the house, which PostgreSQL keeps from going below zero. A payout's
lines are written once, numbered from 1 in the order in which they are paid: a line is paid when its
number is not above `paid_lines`, so that paying a million people changes one row of ours a batch.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from exchange.assets.models import Asset
from exchange.core.money import AmountField


class Programme(models.Model):
    """A budget in one asset, and what it is for."""

    class Kind(models.TextChoices):
        INTEREST = "interest", "interest on savings"
        STAKING = "staking", "staking rewards"
        MINING = "mining", "liquidity mining"
        VAULT = "vault", "yield of a vault"
        AIRDROP = "airdrop", "airdrop"
        PROMOTION = "promotion", "promotion"
        REFERRAL = "referral", "referral commission"
        COMPETITION = "competition", "trading competition"
        TASKS = "tasks", "rewards for tasks"
        SALE = "sale", "token sale"
        GRANT = "grant", "community grant"

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        OPEN = "open", "open"
        STOPPED = "stopped", "stopped"
        CLOSED = "closed", "closed"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=120, unique=True)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    stopped_because = models.CharField(max_length=500, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    # The ledger account of the house with the purpose "programme:<id>".
    account_id = models.BigIntegerField(unique=True, null=True, editable=False)
    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        permissions = [
            ("open_programme", "Can create, open and close programmes"),
            ("fund_programme", "Can propose to fund a programme"),
            ("approve_funding", "Can approve the funding of a programme"),
            ("stop_programme", "Can stop a programme"),
            ("resume_programme", "Can let a stopped programme go on"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def purpose(self) -> str:
        """What its ledger account is kept under."""
        return f"programme:{self.pk}"


class Funding(models.Model):
    """Money that came into a programme, and from which account; negative when it went back."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="fundings")
    # A house purpose ("capital"), or what else it came from ("sale:7").
    source = models.CharField(max_length=60)
    source_account_id = models.BigIntegerField()
    amount = AmountField()
    # The ledger entry's reference, which can be posted only once.
    reference = models.CharField(max_length=100, unique=True)
    reason = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=254)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.amount} from {self.source}"


class Payout(models.Model):
    """Many people paid for one reason, whole or not at all."""

    class State(models.TextChoices):
        PREPARING = "preparing", "waits for a release"
        READY = "ready", "ready"
        PAYING = "paying", "paying"
        PAID = "paid", "paid"
        SHORT = "short", "stopped: the programme has too little"
        CANCELLED = "cancelled", "cancelled"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="payouts")
    # What it is for, unique within its programme: "interest 2026-11-26".
    key = models.CharField(max_length=80)
    state = models.CharField(max_length=9, choices=State.choices)
    lines = models.PositiveBigIntegerField()
    total = AmountField()
    # What rounding down kept from people; booked to the house's rounding with the last batch.
    remainder = AmountField(default=0)
    digest = models.BinaryField(max_length=32)
    input_hash = models.BinaryField(max_length=32)
    # Who keeps books of their own beside each batch, in its transaction (`payouts.settles`).
    settled_by = models.CharField(max_length=40, blank=True)
    account_id = models.BigIntegerField()
    paid_lines = models.PositiveBigIntegerField(default=0)
    paid = AmountField(default=0)
    batches = models.PositiveIntegerField(default=0)
    prepared_by = models.CharField(max_length=254)
    prepared_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="one_payout_a_key"),
            models.CheckConstraint(
                condition=Q(paid_lines__lte=models.F("lines")), name="no_more_than_its_lines"
            ),
            models.CheckConstraint(
                condition=~Q(state="paid")
                | Q(paid_lines=models.F("lines"), paid=models.F("total")),
                name="paid_means_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["programme", "id"],
                condition=Q(state__in=["ready", "paying", "short"]),
                name="payouts_to_pay",
            )
        ]
        permissions = [("cancel_payout", "Can cancel a payout that did not begin")]

    def __str__(self) -> str:
        return f"{self.key} ({self.programme_id})"


class PayoutLine(models.Model):
    """One person's part. `of` names what earned it ("position:7")."""

    payout = models.ForeignKey(
        Payout, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    number = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    account_id = models.BigIntegerField()
    amount = AmountField()
    of = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payout", "number"], name="one_line_a_number"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_line_pays_something"),
        ]
        indexes = [models.Index(fields=["customer_id", "payout"], name="lines_of_a_customer")]

    def __str__(self) -> str:
        return f"line {self.number} of payout {self.payout_id}"
