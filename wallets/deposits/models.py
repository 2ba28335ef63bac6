"""Deposits on their way from a chain to a customer's balance."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from exchange.assets.models import Asset, AssetNetwork, Network
from exchange.core.money import SCALE, AmountField, UnitsField, from_units, received
from wallets.addresses.models import Address


class Deposit(models.Model):
    """Something that a block (or the mempool) pays to an address of a customer's.

    Unique by network, transaction and number: whatever forks do, it is one row. `round` counts how
    often it began anew because a fork took it back; each round has one ledger entry at most.
    """

    class State(models.TextChoices):
        SEEN = "seen"  # waits for its first block
        CONFIRMING = "confirming"
        CHECKED = "checked"  # the gate let it through; credited unless deposits are paused
        CREDITED = "credited"
        HELD = "held", "held for review"
        BELOW_MINIMUM = "below_minimum", "below the minimum"
        UNKNOWN_ASSET = "unknown_asset", "unknown asset"
        NO_OWNER = "no_owner", "without an owner"
        REFUSED = "refused", "to be returned"
        RETURNED = "returned"
        IGNORED = "ignored"
        ORPHANED = "orphaned", "taken back by the chain"

    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="+")
    # None: a token, or a native coin, that this exchange does not list on this network.
    asset_network = models.ForeignKey(
        AssetNetwork, null=True, on_delete=models.PROTECT, related_name="+"
    )
    contract = models.CharField(max_length=128, blank=True)
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="deposits")
    memo = models.CharField(max_length=64, blank=True)
    # None: a shared address with a missing or unknown memo, until staff find the owner.
    customer_id = models.BigIntegerField(null=True)
    txid = models.CharField(max_length=66)
    number = models.IntegerField()
    sender = models.CharField(max_length=128, blank=True)
    # On UTXO chains, whose outputs it spent. None: not asked yet, or an account chain.
    senders = ArrayField(models.CharField(max_length=128), null=True)
    units = UnitsField()
    coinbase = models.BooleanField(default=False)
    # See chains.interface.Received: not zero means that the token gave less than it said.
    balance_gap = UnitsField(null=True, default=0)
    state = models.CharField(max_length=14, choices=State.choices)
    orphaned_from = models.CharField(max_length=14, blank=True)
    # Why it stands where it stands, for staff.
    reason = models.CharField(max_length=500, blank=True)
    height = models.BigIntegerField(null=True)
    block_hash = models.CharField(max_length=66, blank=True)
    round = models.PositiveSmallIntegerField(default=1)
    # What of this round's credit paid a debt of earlier rounds.
    settled = AmountField(default=0)
    seen_at = models.DateTimeField(auto_now_add=True)
    credited_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "txid", "number"], name="one_deposit_an_output"
            )
        ]
        indexes = [
            models.Index(fields=["customer_id", "-id"], name="deposits_of_customer"),
            models.Index(fields=["network", "height"], name="deposits_by_block"),
            models.Index(fields=["txid"], name="deposits_by_txid"),
            # Who paid whom, asked when a list of addresses changes.
            models.Index(Lower("sender"), name="deposits_by_sender"),
            GinIndex(fields=["senders"], name="deposits_by_senders"),
            # What still moves, and what waits for staff.
            models.Index(
                fields=["network", "state", "height"],
                name="deposits_under_way",
                condition=Q(state__in=["seen", "confirming", "checked"]),
            ),
            models.Index(
                fields=["state", "id"],
                name="deposits_in_queues",
                condition=Q(
                    state__in=["held", "below_minimum", "unknown_asset", "no_owner", "refused"]
                ),
            ),
        ]
        permissions = [
            ("review_deposit", "Can decide about deposits that wait in a queue"),
            ("grant_deposit", "Can propose and decide that a deposit is credited to somebody"),
        ]

    def __str__(self) -> str:
        return f"deposit {self.pk}"

    @property
    def amount(self) -> Decimal:
        """What arrived, in the asset; zero for an asset that is not known here."""
        if self.asset_network is None:
            return Decimal(0)
        arrived = from_units(self.units, self.asset_network.decimals)
        return received(arrived, SCALE) if self.asset_network.decimals > SCALE else arrived

    @property
    def creditable(self) -> Decimal:
        """What of it the ledger can keep for the customer: the asset's precision, rounded down."""
        if self.asset_network is None:
            return Decimal(0)
        return received(self.amount, self.asset_network.asset.precision)

    @property
    def asset_code(self) -> str:
        return self.asset_network.asset.code if self.asset_network else ""

    @property
    def reference(self) -> str:
        """Of its ledger entries in this round."""
        return f"deposit:{self.pk}:{self.round}"


class DepositCheck(models.Model):
    """What one gate said of a deposit in one round. Written once a round and gate."""

    class Verdict(models.TextChoices):
        PASS = "pass", "let through"
        HOLD = "hold", "hold for review"
        REFUSE = "refuse"

    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="checks")
    round = models.PositiveSmallIntegerField()
    gate = models.CharField(max_length=40)
    verdict = models.CharField(max_length=6, choices=Verdict.choices)
    code = models.CharField(max_length=40, blank=True)
    message = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["deposit", "id"], name="checks_of_deposit")]

    def __str__(self) -> str:
        return f"{self.gate}: {self.verdict}"


class ReorgDebt(models.Model):
    """A customer spent a credit that the chain took back: what they owe the house since.

    `amount` is all that was ever missing, `paid` what came back: by the same deposit when it is
    mined again, or collected from the balance by two people.
    """

    deposit = models.OneToOneField(Deposit, on_delete=models.PROTECT, related_name="debt")
    customer_id = models.BigIntegerField(db_index=True)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    amount = AmountField(default=0)
    paid = AmountField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(paid__gte=0) & Q(paid__lte=models.F("amount")),
                name="debt_paid_within_amount",
            )
        ]
        permissions = [("collect_debt", "Can propose and decide the collection of a debt")]

    def __str__(self) -> str:
        return f"debt of customer {self.customer_id}"

    @property
    def owed(self) -> Decimal:
        return self.amount - self.paid
