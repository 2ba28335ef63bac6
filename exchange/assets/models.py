"""Coins and tokens, the networks they move on, and how precisely they are kept."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models

from exchange.core.money import SCALE, AmountField


class Asset(models.Model):
    """Something that balances are kept in. The code is its ticker and its primary key in speech."""

    class Kind(models.TextChoices):
        COIN = "coin"
        TOKEN = "token"  # noqa: S105  a kind of asset
        STABLECOIN = "stablecoin"
        PLATFORM = "platform", "the exchange's own token"

    class Status(models.TextChoices):
        ACTIVE = "active"
        SUSPENDED = "suspended"
        DELISTED = "delisted"

    code = models.CharField(
        max_length=15, unique=True, validators=[RegexValidator(r"^[A-Z0-9]{1,15}$")]
    )
    name = models.CharField(max_length=100)
    # Digits after the point that the ledger uses for it; never lowered once balances exist.
    precision = models.PositiveSmallIntegerField(validators=[MaxValueValidator(SCALE)])
    kind = models.CharField(max_length=12, choices=Kind.choices)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    rank = models.PositiveIntegerField(default=100_000, db_index=True)

    class Meta:
        ordering = ["rank", "code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(precision__lte=SCALE), name="asset_precision_fits_ledger"
            )
        ]

    def __str__(self) -> str:
        return self.code


class Network(models.Model):
    """A chain that assets are deposited from and withdrawn to."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=60)
    family = models.CharField(max_length=20)
    native_asset = models.CharField(max_length=15)
    confirmations = models.PositiveIntegerField()
    memo_required = models.BooleanField(default=False)
    memo_name = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class AssetNetwork(models.Model):
    """One asset on one network: its contract, its on-chain decimals, its fees and minimums."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="networks")
    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="assets")
    contract = models.CharField(max_length=128, blank=True)
    decimals = models.PositiveSmallIntegerField()
    deposit_enabled = models.BooleanField(default=False)
    withdraw_enabled = models.BooleanField(default=False)
    deposit_min = AmountField()
    withdraw_min = AmountField()
    withdraw_fee = AmountField()

    class Meta:
        ordering = ["asset__rank", "network__code"]
        constraints = [
            models.UniqueConstraint(fields=["asset", "network"], name="one_row_an_asset_network")
        ]

    def __str__(self) -> str:
        return f"{self.asset} on {self.network}"
