"""Addresses that validators pay, and what the chain was seen to pay them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from exchange.core.money import AmountField
from launchpad.earn.models import Arrival, Product


class RewardAddress(models.Model):
    """An address of our custody that a product's validators pay. It is watched.

    With `by_itself` what arrives is booked once it is confirmed and its day is over; otherwise
    somebody confirms it.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    network = models.CharField(max_length=20)
    address = models.CharField(max_length=128)  # as it is compared
    by_itself = models.BooleanField(default=False)
    registered_by = models.CharField(max_length=254)
    registered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["network", "address"], name="reward_address_once")
        ]
        verbose_name_plural = "reward addresses"

    def __str__(self) -> str:
        return self.address


class Sighting(models.Model):
    """Something that arrived at a reward address, in the block that has it. Gone with a fork,
    unless it was booked by then."""

    class State(models.TextChoices):
        SEEN = "seen", "to be booked"
        BOOKED = "booked", "booked"
        IGNORED = "ignored", "no reward"
        GONE = "gone", "taken back by the chain after it was booked"

    at_address = models.ForeignKey(RewardAddress, on_delete=models.PROTECT, related_name="+")
    network = models.CharField(max_length=20)
    txid = models.CharField(max_length=66)
    number = models.BigIntegerField()
    amount = AmountField()
    height = models.BigIntegerField()
    mined_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.SEEN)
    why = models.CharField(max_length=300, blank=True)
    arrival = models.OneToOneField(
        Arrival, null=True, on_delete=models.PROTECT, related_name="sighting"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "txid", "number"], name="one_sighting_a_payment"
            )
        ]
        indexes = [
            models.Index(fields=["id"], name="sightings_to_book", condition=Q(state="seen")),
            models.Index(fields=["network", "height"], name="sightings_by_height"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} in {self.txid[:12]}"
