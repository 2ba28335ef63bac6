"""Campaigns: airdrops, promotions, referral and lessons; who takes part, and what each gets.

A campaign has a budget in its programme's asset. `committed` counts every reward that was not
refused, and PostgreSQL keeps it from passing the budget, whatever the code above believes; that the
money is there is what the programme's account sees to.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from exchange.accounts.models import Customer
from exchange.core.money import AmountField
from launchpad.programmes.models import Programme


class Campaign(models.Model):
    """Something that rewards people. `terms` are its figures, by kind (see `terms`)."""

    class Kind(models.TextChoices):
        AIRDROP = "airdrop", "airdrop"
        DEPOSIT_BONUS = "deposit_bonus", "deposit bonus"
        COMPETITION = "competition", "trading competition"
        REFERRAL = "referral", "referral"
        LESSONS = "lessons", "lessons"

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        OPEN = "open", "open"
        STOPPED = "stopped", "stopped"
        CLOSED = "closed", "closed"

    kind = models.CharField(max_length=14, choices=Kind.choices)
    title = models.CharField(max_length=100)
    summary = models.CharField(max_length=300, blank=True)
    programme = models.OneToOneField(Programme, on_delete=models.PROTECT, related_name="campaign")
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    terms: Any = models.JSONField(default=dict)
    budget = AmountField()
    committed = AmountField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    batches = models.PositiveIntegerField(default=0)  # payouts prepared so far
    scored_at = models.DateTimeField(null=True, blank=True)  # a competition's last look for rings
    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(committed__gte=0, committed__lte=F("budget")),
                name="budget_not_exceeded",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="campaign_ends_after_its_start"
            ),
        ]
        permissions = [
            ("manage_campaign", "Can draft, open and stop campaigns, and propose recipients"),
            ("approve_recipients", "Can approve who is paid by an airdrop or competition"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def left(self) -> Any:
        return self.budget - self.committed


class Participation(models.Model):
    """A customer joined. `ring` numbers those who mostly traded among themselves."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="participations")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    joined_at = models.DateTimeField()
    ring = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "customer"], name="joined_once"),
        ]

    def __str__(self) -> str:
        return f"customer {self.customer_id} in {self.campaign_id}"


class RingMember(models.Model):
    """An account that mostly traded within a small group while a competition ran, joined or not:
    whoever helps another up the board does not need to be on it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    customer_id = models.BigIntegerField()
    ring = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "customer_id"], name="in_one_ring"),
        ]

    def __str__(self) -> str:
        return f"customer {self.customer_id} in ring {self.ring}"


class Reward(models.Model):
    """What a campaign gives somebody, once for what earned it (`of`)."""

    class State(models.TextChoices):
        HELD = "held", "waits for a check"
        DUE = "due", "to be paid"
        PAYING = "paying", "being paid"
        PAID = "paid", "paid"
        REFUSED = "refused", "refused"

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="rewards")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="rewards")
    of = models.CharField(max_length=60)
    amount = AmountField()
    state = models.CharField(max_length=8, choices=State.choices)
    batch = models.PositiveIntegerField(null=True, blank=True)
    earned_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "customer", "of"], name="rewarded_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_reward_is_something"),
        ]
        indexes = [
            models.Index(fields=["campaign", "id"], name="rewards_due", condition=Q(state="due")),
            models.Index(fields=["customer", "-id"], name="rewards_of_customer"),
        ]

    def __str__(self) -> str:
        return f"reward {self.pk}"


class RewardCheck(models.Model):
    """Why a reward is held, and what compliance decided. Its reasons may say that somebody is
    looked into, which nobody may be told: only those who may know of reports read it."""

    class State(models.TextChoices):
        OPEN = "open", "waits for a decision"
        RELEASED = "released", "released"
        REFUSED = "refused", "refused"

    reward = models.OneToOneField(Reward, on_delete=models.PROTECT, related_name="review")
    reasons: Any = models.JSONField(default=list)  # [{"code": "device", "says": "…", "with": [7]}]
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    held_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=254, blank=True)
    decided_because = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="checks_open", condition=Q(state="open")),
        ]
        permissions = [("decide_reward", "Can release and refuse rewards that are held")]

    def __str__(self) -> str:
        return f"check of reward {self.reward_id}"


class RecipientFile(models.Model):
    """Who would be paid how much: reviewed as it stands, and approved by its digest."""

    class State(models.TextChoices):
        DRAFT = "draft", "to be reviewed"
        PROPOSED = "proposed", "waits for a second person"
        APPROVED = "approved", "approved"
        REPLACED = "replaced", "replaced"

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="files")
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    source = models.CharField(max_length=200)  # "snapshot 7", "upload of 120 lines"
    recipients = models.PositiveIntegerField(default=0)
    excluded = models.PositiveIntegerField(default=0)
    total = AmountField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    made_by = models.CharField(max_length=254)
    made_at = models.DateTimeField()
    approved_by = models.CharField(max_length=254, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"],
                name="one_recipient_file_in_force",
                condition=~Q(state="replaced"),
            )
        ]

    def __str__(self) -> str:
        return f"recipients of {self.campaign} ({self.source})"


class RecipientLine(models.Model):
    """One account of a recipient file: what it gets, or why it gets nothing."""

    class Excluded(models.TextChoices):
        NO = "", "is paid"
        STAFF = "staff", "staff"
        RESTRICTED = "restricted", "restricted"
        UNVERIFIED = "unverified", "identity not verified"
        SAME_PERSON = "same_person", "another account of the same person"
        TOO_LITTLE = "too_little", "below the minimum"

    file = models.ForeignKey(
        RecipientFile, on_delete=models.PROTECT, related_name="lines", db_index=False
    )
    customer_id = models.BigIntegerField()
    # What it was computed from: power, volume; for an upload the amount itself.
    basis = AmountField()
    amount = AmountField()
    excluded = models.CharField(max_length=12, choices=Excluded.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "customer_id"], name="one_line_a_recipient"),
            models.CheckConstraint(
                condition=Q(excluded="", amount__gt=0) | (~Q(excluded="") & Q(amount=0)),
                name="excluded_get_nothing",
            ),
        ]
        indexes = [models.Index(fields=["customer_id"], name="recipient_lines_of_one")]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.amount}"
