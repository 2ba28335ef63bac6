"""Kill switches, the outbox, and facts: what happened, as those who watch need it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from exchange.core.money import AmountField


class Switch(models.Model):
    """Something operators can close for everybody. Read inside the transaction it governs."""

    name = models.CharField(max_length=64, unique=True)
    closed = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True)  # for staff: it may name what is wrong
    customer_message = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "switches"
        permissions = [("throw_switch", "Can close and open kill switches")]

    def __str__(self) -> str:
        return f"{self.name}: {'closed' if self.closed else 'open'}"


class OutboxEvent(models.Model):
    """An event written in the transaction that caused it, delivered after the commit."""

    topic = models.CharField(max_length=100)
    payload = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], name="outbox_waiting", condition=models.Q(delivered_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"


class FactKind(models.TextChoices):
    """What can have happened: the one list of words (see `core.facts`)."""

    CRYPTO_DEPOSIT = "crypto_deposit"  # credited
    FIAT_DEPOSIT = "fiat_deposit"
    # Money that somebody wants out counts from when they asked; what came of it is another fact.
    CRYPTO_WITHDRAWAL = "crypto_withdrawal"
    FIAT_WITHDRAWAL = "fiat_withdrawal"
    WITHDRAWAL_SENT = "withdrawal_sent"
    WITHDRAWAL_CLOSED = "withdrawal_closed"  # cancelled, refused or failed: nothing left
    TRANSFER = "transfer"  # customer pays counterparty, inside the exchange
    ORDER = "order"
    TRADE = "trade"  # one fact a side
    CANCEL = "cancel"
    LOGIN = "login"
    DEVICE = "device"  # somebody's first login with a device
    ADDRESS_ADDED = "withdrawal_address_added"
    CREDENTIAL_CHANGE = "password_reset"  # password or second factor, changed or reset
    LISTING_ANNOUNCED = "listing_announced"  # of an asset; the customer is whoever applied
    EARN_IN = "earn_in"  # put into a product that earns
    EARN_OUT = "earn_out"
    SALE_COMMIT = "sale_commit"  # set aside for a token sale
    REWARD_PAID = "reward_paid"  # by a campaign; the device is the one they last logged in with
    REWARD_HELD = "reward_held"  # waits for a person: perhaps somebody's second account
    REWARD_REFUSED = "reward_refused"  # not given, for one person has it once
    HOT_WALLET_PAYMENT = "hot_wallet_payment"  # left a wallet of ours; told by custody, by block


class Fact(models.Model):
    """Something that happened, told once by the room that did it. Written once.

    `customer_id` and `counterparty_id` are customers of ours; whoever is outside is an `address`.
    What is about something of our own has no customer: `extra["subject"]` names it
    ("wallet:btc-hot"). `at` is when it happened, `known_at` when this row came to be.
    """

    at = models.DateTimeField()
    known_at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=30, choices=FactKind.choices)
    customer_id = models.BigIntegerField(null=True)
    counterparty_id = models.BigIntegerField(null=True)
    asset = models.CharField(max_length=20, blank=True)
    amount = AmountField(null=True)
    usd = AmountField(null=True)  # None: nobody knows what it is worth
    device = models.CharField(max_length=64, blank=True)
    ip = models.GenericIPAddressField(null=True)
    ip_country = models.CharField(max_length=2, blank=True)
    address = models.CharField(max_length=128, blank=True)
    reference = models.CharField(max_length=100)
    extra = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "reference"], name="fact_told_once"),
        ]
        indexes = [
            models.Index(fields=["customer_id", "at"], name="facts_of_customer"),
            models.Index(
                fields=["counterparty_id", "at"],
                name="facts_of_counterparty",
                condition=Q(counterparty_id__isnull=False),
            ),
            models.Index(
                fields=["address", "at"], name="facts_of_address", condition=~Q(address="")
            ),
            models.Index(fields=["device", "at"], name="facts_of_device", condition=~Q(device="")),
            models.Index(
                fields=["at"], name="facts_of_ourselves", condition=Q(customer_id__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class WaitingFact(models.Model):
    """A fact that nobody has watched yet: the row is the queue, deleted when it was looked at."""

    fact = models.OneToOneField(
        Fact,
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="waiting",
        db_constraint=False,
    )

    def __str__(self) -> str:
        return f"fact {self.pk} waits"
