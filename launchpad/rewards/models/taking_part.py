"""Referral and lessons: what customers do themselves."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from exchange.accounts.models import Customer
from exchange.core.money import AmountField
from launchpad.rewards.models.campaigns import Campaign


class ReferralCode(models.Model):
    """What a customer gives their friends. One each, for good."""

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    code = models.CharField(max_length=12, unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code


class Referral(models.Model):
    """Somebody came through somebody's code. One level: what the referee's own friends trade earns
    the referrer nothing."""

    class State(models.TextChoices):
        ACTIVE = "active", "earns"
        REFUSED = "refused", "earns nothing"

    referee = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    referrer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="referrals")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="referrals")
    number = models.PositiveIntegerField()  # "Friend 3" in the referrer's statement
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    because = models.CharField(max_length=200, blank=True)  # for staff
    share_ppm = models.PositiveIntegerField()  # of the fees, as it was promised
    first_day = models.DateField()
    last_day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["referrer", "number"], name="friends_have_numbers"),
            models.CheckConstraint(
                condition=~Q(referee=F("referrer")), name="nobody_refers_themselves"
            ),
        ]

    def __str__(self) -> str:
        return f"customer {self.referee_id} through {self.referrer_id}"


class Commission(models.Model):
    """What one referee's fees of one day earned their referrer. Written once."""

    referral = models.ForeignKey(
        Referral, on_delete=models.PROTECT, related_name="commissions", db_index=False
    )
    day = models.DateField()
    fees_usd = AmountField()
    amount = AmountField()  # in the asset of the campaign's programme
    reward_id = models.BigIntegerField(null=True)  # none: it came to less than a unit

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["referral", "day"], name="one_commission_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.day} of {self.referral_id}"


class LessonTry(models.Model):
    """A customer answered a lesson's questions."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    lesson = models.CharField(max_length=40)
    right = models.PositiveSmallIntegerField()
    of = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["customer", "lesson", "-at"], name="tries_of_a_lesson")]

    def __str__(self) -> str:
        return f"{self.lesson}: {self.right} of {self.of}"

    @property
    def passed(self) -> bool:
        return self.right == self.of
