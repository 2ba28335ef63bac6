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
        VAULT_IN = "vault_in", "hot to a vault"  # an approval, then a deposit for shares of ours
        VAULT_OUT = "vault_out", "a vault to hot"

    class State(models.TextChoices):
        PREPARED = "prepared"
        SIGNED = "signed"
        BROADCAST = "broadcast"
        CONFIRMED = "confirmed"
        REPLACED = "replaced"  # another with the same nonce or inputs was mined
        DROPPED = "dropped"  # the network forgot it and its inputs are free again
        FAILED = "failed"  # mined and reverted: only the fee was spent
        # Given up before it was signed, or made impossible for good by a spend that is not ours.
        ABANDONED = "abandoned"

    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="+")
    key_set = models.ForeignKey(KeySet, on_delete=models.PROTECT, related_name="transactions")
    source = models.ForeignKey(Address, null=True, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    reference = models.CharField(max_length=120, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARED)
    nonce = models.BigIntegerField(null=True)  # account families; taken when it is to be signed
    unsigned = models.TextField()
    signed = models.TextField(blank=True)
    # The signer was asked and has not refused: from here on a signature may exist somewhere, so the
    # contents can't be given up any more. Cleared by a refusal.
    asked_at = models.DateTimeField(null=True)
    # Of "everything" payments the fee is taken; otherwise it comes on top (or out of the change).
    fee_from_payment = models.BooleanField(default=False)
    txid = models.CharField(max_length=66, blank=True, db_index=True)
    fee_units = UnitsField(default=0)  # of the network's native asset; the actual one once mined
    fee_rate = UnitsField(default=0)  # satoshi per virtual byte, or wei per gas
    height = models.BigIntegerField(null=True)
    block_hash = models.CharField(max_length=66, blank=True)
    # How often it was mined: a fork may undo it, and each time has ledger entries of its own.
    times_mined = models.PositiveSmallIntegerField(default=0)
    replaces = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    signed_at = models.DateTimeField(null=True)
    broadcast_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    # When the node was last asked whether it still knows it.
    checked_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["network", "id"],
                name="transactions_under_way",
                condition=Q(state__in=["prepared", "signed", "broadcast", "dropped"]),
            ),
            models.Index(
                fields=["network", "height"],
                name="transactions_by_height",
                condition=Q(height__isnull=False),
            ),
        ]
        constraints = [
            # Two transactions of one account with one nonce are rivals. Only a bump may be one.
            models.UniqueConstraint(
                fields=["source", "nonce"],
                name="one_intent_a_nonce",
                condition=Q(nonce__isnull=False, replaces__isnull=True) & ~Q(state="abandoned"),
            )
        ]
        permissions = [
            ("bump_chaintransaction", "Can raise the fee of a transaction that is stuck"),
            ("rebroadcast_chaintransaction", "Can send a signed transaction to the network again"),
            ("abandon_chaintransaction", "Can give up a transaction before it is signed"),
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


class Input(models.Model):
    """An output that a transaction of ours spends, as it stands in what is signed.

    Kept whatever becomes of the coin: after a fork it says whose the coin is, and by it rivals
    for the same output are found.
    """

    transaction = models.ForeignKey(
        ChainTransaction, on_delete=models.PROTECT, related_name="spends"
    )
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="+")
    txid = models.CharField(max_length=64)
    index = models.PositiveIntegerField()
    units = UnitsField()

    class Meta:
        indexes = [models.Index(fields=["txid", "index"], name="inputs_by_outpoint")]

    def __str__(self) -> str:
        return f"{self.txid[:12]}:{self.index}"


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


class BalanceChange(models.Model):
    """What one block did to one balance: how a fork is taken back. Kept for the newest blocks."""

    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="+")
    asset_network = models.ForeignKey(AssetNetwork, on_delete=models.PROTECT, related_name="+")
    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="+")
    height = models.BigIntegerField()
    units = UnitsField()  # signed

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "height", "address", "asset_network"],
                name="one_change_a_block_and_balance",
            )
        ]

    def __str__(self) -> str:
        return f"{self.address_id}: {self.units:+d} at {self.height}"


class ForeignSpend(models.Model):
    """Something left an address of ours, and no transaction of ours explains it. Gone with a fork.

    The worst news there is: whoever holds the key is not us. Drain detection looks here.
    """

    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="+")
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="+")
    txid = models.CharField(max_length=66)
    # The output that was spent ("txid:index") on UTXO chains, the nonce on account chains.
    what = models.CharField(max_length=80)
    nonce = models.BigIntegerField(null=True)
    height = models.BigIntegerField()
    seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "txid", "what"], name="one_row_a_foreign_spend"
            )
        ]
        indexes = [models.Index(fields=["network", "height"], name="foreign_spends_by_height")]

    def __str__(self) -> str:
        return f"{self.txid[:12]} spent {self.what[:20]}"
