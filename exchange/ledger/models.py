"""The double-entry ledger. PostgreSQL guards it; see migrations/_guards.py for the triggers.

Balances move only because postings were inserted. A posting changes what is available and what is
held of one account; the postings of one entry sum to zero for every asset, and are inserted by one
statement. Rows are never changed: a correction is a reversing entry.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from exchange.assets.models import Asset
from exchange.core.money import AmountField


class LedgerAccount(models.Model):
    """One owner's balance of one asset for one purpose."""

    class Owner(models.TextChoices):
        CUSTOMER = "customer"
        HOUSE = "house"

    owner_kind = models.CharField(max_length=10, choices=Owner.choices)
    # The customer's id, or 0 for the house. Text references only travel upward, so no foreign key.
    owner_id = models.BigIntegerField()
    purpose = models.CharField(max_length=30)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    available = AmountField(default=0)
    held = AmountField(default=0)
    # Only accounts that stand for the outside world (custody, equity) may go below zero.
    may_be_negative = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner_id", "asset", "purpose", "owner_kind"], name="one_ledger_account"
            ),
            models.CheckConstraint(
                condition=Q(may_be_negative=True) | (Q(available__gte=0) & Q(held__gte=0)),
                name="ledger_account_not_overdrawn",
            ),
            models.CheckConstraint(
                condition=Q(may_be_negative=False) | Q(owner_kind="house"),
                name="customers_never_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner_kind} {self.owner_id} {self.purpose} {self.asset_id}"


class LedgerEntry(models.Model):
    """One reason for which balances moved. (kind, reference) is its idempotency key."""

    kind = models.CharField(max_length=30)
    reference = models.CharField(max_length=100)
    input_hash = models.BinaryField(max_length=32, null=True)
    reverses = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="reversed_by"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference", "kind"], name="entry_posted_once")
        ]
        verbose_name_plural = "ledger entries"
        permissions = [("reverse_entry", "Can undo a ledger entry by its mirror image")]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class Posting(models.Model):
    """What one entry does to one account: signed changes of `available` and of `held`."""

    entry = models.ForeignKey(  # found by a block range index, see the guards' migration
        LedgerEntry,
        on_delete=models.PROTECT,
        related_name="postings",
        db_constraint=False,
        db_index=False,
    )
    account = models.ForeignKey(
        LedgerAccount,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    available = AmountField()
    held = AmountField()

    class Meta:
        indexes = [models.Index(fields=["account", "id"], name="posting_by_account")]

    def __str__(self) -> str:
        return f"posting {self.pk}"


class SubAccountTransfer(models.Model):
    """A customer moved an amount between accounts of their own. Written once, with its entry."""

    entry = models.OneToOneField(LedgerEntry, on_delete=models.PROTECT, related_name="+")
    # The main account's id; the request number is the customer's own and unique within it.
    parent_id = models.BigIntegerField()
    request_no = models.CharField(max_length=64)
    source_id = models.BigIntegerField()  # customer
    destination_id = models.BigIntegerField()  # customer
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    amount = AmountField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["parent_id", "request_no"], name="transfer_asked_once")
        ]
        indexes = [models.Index(fields=["parent_id", "-id"], name="transfers_by_parent")]

    def __str__(self) -> str:
        return f"transfer {self.request_no} of {self.parent_id}"


class Reconciliation(models.Model):
    """What one comparison of the books found. Written once, like the books.

    `checks` is a list of {"name", "says", "ok", "looked_at", "wrong", "findings", "took_ms"}: how
    many rows were compared, how many are wrong, and the first of those in words.
    """

    at = models.DateTimeField(db_default=Now())
    ok = models.BooleanField()
    checks = models.JSONField()
    took_ms = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"reconciliation {self.pk}: {'agrees' if self.ok else 'does not agree'}"
