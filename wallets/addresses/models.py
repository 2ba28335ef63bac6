"""Addresses of ours, derived from public keys only, and the address books of customers.

The web holds no private key: a key set is the public half of a wallet, and every address is
derived from it by an index that is never used twice.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from exchange.assets.models import Asset, Network


class KeySet(models.Model):
    """The public half of a wallet on one network: what its addresses are derived from.

    `public` is an output descriptor for the Bitcoin family (`wpkh([…]xpub…/0/*)`,
    `wsh(sortedmulti(2,…))`), an account xpub or an address for EVM networks, a Safe's address for
    a multisig there. `signer_key` names the private half inside the signer; cold sets have none.
    """

    class Role(models.TextChoices):
        DEPOSIT = "deposit"  # customers' deposit addresses, swept into hot or cold
        HOT = "hot"
        WARM = "warm"
        COLD = "cold"

    class Scheme(models.TextChoices):
        WPKH = "wpkh", "Bitcoin, one key (P2WPKH)"
        WSH_MULTI = "wsh_multi", "Bitcoin, several keys (P2WSH sortedmulti)"
        EVM_XPUB = "evm_xpub", "EVM, derived keys"
        EVM_KEY = "evm_key", "EVM, one key"
        SAFE = "safe", "EVM, Safe multisig"

    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="key_sets")
    name = models.CharField(max_length=40)  # "btc-hot", "eth-cold": the same name the signer knows
    role = models.CharField(max_length=8, choices=Role.choices)
    scheme = models.CharField(max_length=10, choices=Scheme.choices)
    public = models.TextField()
    threshold = models.PositiveSmallIntegerField(default=1)
    signers = models.PositiveSmallIntegerField(default=1)
    signer_key = models.CharField(max_length=60, blank=True)
    next_index = models.PositiveBigIntegerField(default=0)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["network", "name"], name="key_set_named_once"),
            models.UniqueConstraint(
                fields=["network", "role"],
                condition=Q(active=True),
                name="one_active_key_set_a_role",
            ),
        ]
        permissions = [
            ("register_key_set", "Can propose and decide which keys our addresses come from")
        ]

    def __str__(self) -> str:
        return self.name


class Address(models.Model):
    """An address that pays us. A customer's deposit address, or one of a wallet's own."""

    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="+")
    key_set = models.ForeignKey(KeySet, on_delete=models.PROTECT, related_name="addresses")
    # None: the wallet's own (change, funding, sweeps). Never reassigned to somebody else.
    customer_id = models.BigIntegerField(null=True)
    index = models.PositiveBigIntegerField()
    change = models.BooleanField(default=False)
    # As people write it: bech32, or EIP-55 mixed case.
    address = models.CharField(max_length=128)
    # As it is compared: lower case for EVM networks, the same as `address` elsewhere.
    key = models.CharField(max_length=128)
    memo = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True)  # still credited, no longer shown

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["network", "key", "memo"], name="address_of_one_owner"),
            models.UniqueConstraint(
                fields=["key_set", "index", "change", "memo"], name="address_derived_once"
            ),
            models.UniqueConstraint(
                fields=["customer_id", "network"],
                condition=Q(retired_at__isnull=True, customer_id__isnull=False),
                name="one_current_deposit_address",
            ),
        ]
        verbose_name_plural = "addresses"
        permissions = [("issue_address", "Can have a customer's deposit address made")]

    def __str__(self) -> str:
        return self.address


class BookEntry(models.Model):
    """Where a customer withdraws to. Usable only once its cool-off is over."""

    customer_id = models.BigIntegerField(db_index=True)
    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, null=True, on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=128)
    key = models.CharField(max_length=128)
    memo = models.CharField(max_length=64, blank=True)
    label = models.CharField(max_length=60)
    added_at = models.DateTimeField(auto_now_add=True)
    usable_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer_id", "network", "key", "memo"],
                condition=Q(removed_at__isnull=True),
                name="address_in_book_once",
            )
        ]
        indexes = [models.Index(fields=["key"], name="book_entries_by_key")]
        verbose_name_plural = "book entries"

    def __str__(self) -> str:
        return self.label


class BookPolicy(models.Model):
    """How strict a customer wants the book to be. Loosening takes as long as adding an address."""

    customer_id = models.BigIntegerField(unique=True)
    whitelist_only = models.BooleanField(default=False)
    # Set while switching off is under way; until then the whitelist still binds.
    loosens_at = models.DateTimeField(null=True)
    hold_hours = models.PositiveSmallIntegerField(default=24)  # 24 or 48
    # Set while a shorter hold is under way; until then the longer one still counts.
    shortens_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "book policies"

    def __str__(self) -> str:
        return f"book of customer {self.customer_id}"
