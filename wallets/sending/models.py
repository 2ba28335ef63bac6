"""Outgoing transactions: what was prepared, signed, sent and mined; and the coins they spend.

Every spend of ours starts as a row here, with its purpose and its payments. A spend that appears on
a chain without a row is not ours: that is what drain detection looks for.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from exchange.assets.models import AssetNetwork, Network
from exchange.core.money import UnitsField
from wallets.addresses.models import Address, KeySet


class ChainTransaction(models.Model):
    """One transaction of ours, from intent to the chain. Bumping it makes another that replaces it.

    `reference` is its idempotency key ("withdrawals:17", "sweep:address:5:…"). The unsigned form is
    a base64 PSBT or a JSON object of EVM fields; it never changes once it is signed.
    """

    class Purpose(models.TextChoices):
        WITHDRAWAL = "withdrawal"
        SWEEP = "sweep"  # a deposit address to hot or cold
        GAS = "gas"  # hot to a deposit address, so that it can pay for its sweep
        REBALANCE = "rebalance"  # hot to cold, unattended
        COLD = "cold", "cold to hot"  # by a multisig proposal

    class State(models.TextChoices):
        PREPARED = "prepared"
        SIGNED = "signed"
        BROADCAST = "broadcast"
        CONFIRMED = "confirmed"
        REPLACED = "replaced"  # another with the same nonce or inputs was mined
        DROPPED = "dropped"  # the network forgot it and its inputs are free again
        FAILED = "failed"  # mined and reverted: only the fee was spent
        ABANDONED = "abandoned"  # given up before it was signed

    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="+")
    key_set = models.ForeignKey(KeySet, on_delete=models.PROTECT, related_name="transactions")
    source = models.ForeignKey(Address, null=True, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    reference = models.CharField(max_length=120, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARED)
    nonce = models.BigIntegerField(null=True)  # account families
    unsigned = models.TextField()
    signed = models.TextField(blank=True)
    txid = models.CharField(max_length=66, blank=True, db_index=True)
    fee_units = UnitsField(default=0)  # of the network's native asset; the actual one once mined
    fee_rate = UnitsField(default=0)  # satoshi per virtual byte, or wei per gas
    height = models.BigIntegerField(null=True)
    block_hash = models.CharField(max_length=66, blank=True)
    replaces = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    signed_at = models.DateTimeField(null=True)
    broadcast_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["network", "id"],
                name="transactions_under_way",
                condition=Q(state__in=["prepared", "signed", "broadcast"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.reference}"


class Payment(models.Model):
    """One recipient of a transaction. `reference` says for what ("withdrawal:17")."""

    transaction = models.ForeignKey(
        ChainTransaction, on_delete=models.PROTECT, related_name="payments"
    )
    asset_network = models.ForeignKey(AssetNetwork, on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=128)
    memo = models.CharField(max_length=64, blank=True)
    units = UnitsField()
    reference = models.CharField(max_length=120, db_index=True)

    def __str__(self) -> str:
        return self.reference


class Coin(models.Model):
    """An unspent output of ours on a UTXO chain, as the followed blocks say. Gone with a fork."""

    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="+")
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="coins")
    txid = models.CharField(max_length=64)
    index = models.PositiveIntegerField()
    units = UnitsField()
    height = models.BigIntegerField()
    coinbase = models.BooleanField(default=False)
    # Set aside for a transaction of ours before it is signed; nobody else may spend it.
    reserved_by = models.ForeignKey(
        ChainTransaction, null=True, on_delete=models.PROTECT, related_name="inputs"
    )
    spent_in = models.CharField(max_length=64, blank=True)
    spent_height = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["network", "txid", "index"], name="one_coin_an_output")
        ]
        indexes = [
            models.Index(
                fields=["address"], name="coins_to_spend", condition=Q(spent_height__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.txid[:12]}:{self.index}"


class AccountBalance(models.Model):
    """What an address of ours holds of one asset on an account chain, after the followed blocks."""

    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="balances")
    asset_network = models.ForeignKey(AssetNetwork, on_delete=models.PROTECT, related_name="+")
    units = UnitsField(default=0)
    height = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address", "asset_network"], name="one_balance_an_address_asset"
            )
        ]

    def __str__(self) -> str:
        return f"{self.address_id}: {self.units}"
