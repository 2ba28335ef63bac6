"""Snapshots that prove what is owed and what is held.

A snapshot is one moment: the balances of all customers, and what our addresses held at the newest
followed block of each network. Its rows are written once; only building, ownership proofs and
publication move it on, and nothing moves once it is published.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from exchange.assets.models import Asset, Network
from exchange.core.money import UnitsField
from wallets.addresses.models import Address, KeySet


class Snapshot(models.Model):
    """One moment of the exchange. `name` is its day and number, as outsiders cite it."""

    class State(models.TextChoices):
        REQUESTED = "requested"
        BUILDING = "building"  # the moment is kept; trees are being built
        READY = "ready"  # ownership proofs are gathered
        PUBLISHED = "published"
        DISCARDED = "discarded"
        FAILED = "failed"

    name = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    # Why it failed or was discarded, in words.
    says = models.CharField(max_length=500, blank=True)
    requested_by = models.CharField(max_length=254)
    requested_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True)
    root = models.BinaryField(max_length=32, null=True)
    holders = models.PositiveBigIntegerField(default=0)
    built_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        permissions = [
            ("take_snapshot", "Can take, build and discard snapshots of reserves"),
            ("prove_ownership", "Can gather proofs that addresses are ours"),
            ("publish_snapshot", "Can propose that a snapshot be published"),
        ]

    def __str__(self) -> str:
        return self.name


class SnapshotHolder(models.Model):
    """Who a customer was at that moment. In their leaves, and in the proof that they are shown."""

    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    customer_id = models.BigIntegerField()
    name = models.CharField(max_length=300)  # "17 alice@example.com"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "customer_id"], name="one_holder_a_snapshot"
            )
        ]

    def __str__(self) -> str:
        return self.name


class LiabilityTree(models.Model):
    """What is owed in one asset. Amounts are units of 10^-decimals."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="trees")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=15)
    decimals = models.PositiveSmallIntegerField()
    owed = UnitsField()
    house = UnitsField()  # the house's own accounts: with `owed` zero, as the trial balance says
    holders = models.PositiveBigIntegerField()
    # Draws every customer's key: 32 bytes, sealed. Drawn again if a tree has to be shuffled anew.
    sealed_key = models.BinaryField(null=True)
    leaves = models.PositiveBigIntegerField(default=0)
    root = models.BinaryField(max_length=32, null=True)
    built_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "asset"], name="one_tree_an_asset")
        ]

    def __str__(self) -> str:
        return f"{self.code} of {self.snapshot_id}"


class Liability(models.Model):
    """What one customer had of one asset at that moment."""

    tree = models.ForeignKey(
        LiabilityTree, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    customer_id = models.BigIntegerField()
    units = UnitsField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tree", "customer_id"], name="one_liability_a_customer"
            ),
            models.CheckConstraint(condition=Q(units__gt=0), name="liability_above_zero"),
        ]
        verbose_name_plural = "liabilities"

    def __str__(self) -> str:
        return f"liability {self.pk}"


class LeafBlock(models.Model):
    """Up to 4096 leaves of a tree, in order, and the record of the node above them."""

    tree = models.ForeignKey(
        LiabilityTree, on_delete=models.PROTECT, related_name="blocks", db_index=False
    )
    number = models.PositiveIntegerField()
    # The nonce of its first leaf: nonces ascend, so a customer's leaf is found without an index.
    first_nonce = models.BinaryField(max_length=32)
    top = models.BinaryField(max_length=48)
    body = models.BinaryField()  # zlib

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tree", "number"], name="one_block_a_number")
        ]

    def __str__(self) -> str:
        return f"block {self.number} of {self.tree_id}"


class ReserveAddress(models.Model):
    """An address that held something at the snapshot's block, and the proof that it is ours."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="addresses")
    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="+")
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="+")
    written = models.CharField(max_length=128)
    role = models.CharField(max_length=8, choices=KeySet.Role.choices)
    scheme = models.CharField(max_length=10, choices=KeySet.Scheme.choices)
    height = models.BigIntegerField()
    block_hash = models.CharField(max_length=66)
    message = models.CharField(max_length=500)
    # BIP-322 "simple" (base64), EIP-191 (hex), or several of the latter by a Safe's owners.
    signature = models.TextField(blank=True)
    # Signatures of cosigners that are not enough yet: public key or owner to signature.
    partial = models.JSONField(default=dict)
    proved_at = models.DateTimeField(null=True)
    proved_by = models.CharField(max_length=254, blank=True)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "address"], name="one_proof_an_address")
        ]
        indexes = [
            models.Index(
                fields=["snapshot", "id"],
                name="addresses_to_prove",
                condition=Q(proved_at__isnull=True),
            )
        ]
        verbose_name_plural = "reserve addresses"

    def __str__(self) -> str:
        return self.written


class ReserveHolding(models.Model):
    """What an address held of one asset. Units on the chain, of 10^-decimals."""

    address = models.ForeignKey(ReserveAddress, on_delete=models.PROTECT, related_name="holdings")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    decimals = models.PositiveSmallIntegerField()
    contract = models.CharField(max_length=128, blank=True)
    units = UnitsField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address", "asset"], name="one_holding_an_asset")
        ]

    def __str__(self) -> str:
        return f"{self.units} of {self.asset_id}"
