"""Other providers, what was exchanged with them about a transfer, and what customers declared."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from compliance.travel_rule import states
from exchange.core.money import AmountField


class Names(models.TextChoices):
    """Were the names of whoever is on the other side compared with the lists?"""

    UNSCREENED = "unscreened", "not yet compared with the lists"
    CLEAR = "clear", "on no list"
    HIT = "hit", "may be on a list"


class Counterparty(models.Model):
    """Another provider that holds wallets for its customers."""

    class Status(models.TextChoices):
        CHECKED = "checked", "being checked"  # nothing is sent to it, nothing taken from it
        ACTIVE = "active"
        SUSPENDED = "suspended"

    name = models.CharField(max_length=100)
    lei = models.CharField("LEI", max_length=20, unique=True)
    jurisdiction = models.CharField(max_length=2)
    # Empty: it takes no messages yet ("sunrise"); what the law asks for is collected and kept.
    endpoint = models.URLField(max_length=300, blank=True)
    public_key = models.CharField(max_length=64, blank=True)  # Ed25519, in hex
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.CHECKED)
    note = models.CharField(max_length=500, blank=True)  # what the check of it found
    answered_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "counterparties"
        permissions = [("change_directory", "Can propose and approve changes of the directory")]

    def __str__(self) -> str:
        return self.name

    @property
    def reachable(self) -> bool:
        """Can a message be sent to it at all?"""
        return self.status == self.Status.ACTIVE and bool(self.endpoint and self.public_key)


class CounterpartyAddress(models.Model):
    """An address that is known to be a provider's, and how that is known."""

    class Proof(models.TextChoices):
        CONFIRMED = "confirmed", "it said so itself, signed"
        EXCHANGED = "exchanged", "it took a message about a payment to it"
        NOTED = "noted", "an officer wrote it down"

    counterparty = models.ForeignKey(
        Counterparty, on_delete=models.PROTECT, related_name="addresses"
    )
    network = models.CharField(max_length=20)
    key = models.CharField(max_length=128)
    proof = models.CharField(max_length=9, choices=Proof.choices)
    evidence = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "counterparties' addresses"
        constraints = [
            models.UniqueConstraint(fields=["network", "key"], name="one_provider_an_address")
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.counterparty_id})"


class ProviderKey(models.Model):
    """The key with which we sign what we send. The private half is in the vault's cipher."""

    public_key = models.CharField(max_length=64, unique=True)
    sealed = models.BinaryField()
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["retired_at"],
                name="one_provider_key_in_use",
                condition=Q(retired_at__isnull=True),
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.public_key[:16]}…"


class SeenRequest(models.Model):
    """The nonces of signed requests that were taken, for as long as they could come again."""

    counterparty = models.ForeignKey(Counterparty, on_delete=models.CASCADE, related_name="+")
    nonce = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["counterparty", "nonce"], name="a_request_once")
        ]

    def __str__(self) -> str:
        return self.nonce


class AddressOwner(models.Model):
    """What a customer says of an address: whose it is, where it is kept, and how that is proved.

    A new one for the same address takes the place of the old one, which stays as it was.
    """

    class Kind(models.TextChoices):
        OWN_WALLET = "own_wallet", "my own wallet"
        OWN_ACCOUNT = "own_account", "my account at another provider"
        OTHER_WALLET = "other_wallet", "somebody else's wallet"
        OTHER_ACCOUNT = "other_account", "somebody else's account at a provider"

    class Proof(models.TextChoices):
        MESSAGE = "message", "a message signed by the wallet"
        SATOSHI = "satoshi", "a small payment out of the wallet"

    # The main account: what it says counts for its sub-accounts too.
    customer_id = models.BigIntegerField()
    network = models.CharField(max_length=20)
    key = models.CharField(max_length=128)
    memo = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=13, choices=Kind.choices)
    provider = models.ForeignKey(
        Counterparty, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    provider_name = models.CharField(max_length=100, blank=True)  # of one not in the directory
    sealed = models.BinaryField(null=True)  # name and address of somebody else
    names = models.CharField(max_length=10, choices=Names.choices, default=Names.UNSCREENED)
    names_through = models.BigIntegerField(default=0)  # the version of the lists
    declared_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)
    # The proof that was asked for, and what came.
    challenge = models.CharField(max_length=300, blank=True)
    challenge_amount = AmountField(null=True, blank=True)
    challenge_asset = models.CharField(max_length=15, blank=True)
    challenged_at = models.DateTimeField(null=True, blank=True)
    proof = models.CharField(max_length=7, choices=Proof.choices, blank=True)
    proof_evidence = models.CharField(max_length=500, blank=True)
    proved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer_id", "network", "key", "memo"],
                name="one_standing_owner_of_address",
                condition=Q(replaced_at__isnull=True),
            )
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="owners_to_screen",
                condition=Q(names="unscreened", replaced_at__isnull=True),
            ),
            models.Index(
                fields=["names_through", "id"],
                name="owners_to_screen_again",
                condition=Q(names="clear", replaced_at__isnull=True),
            ),
            models.Index(fields=["customer_id"], name="owners_with_hits", condition=Q(names="hit")),
        ]

    def __str__(self) -> str:
        return f"owner of an address {self.pk}"

    @property
    def is_hosted(self) -> bool:
        return self.kind in (self.Kind.OWN_ACCOUNT, self.Kind.OTHER_ACCOUNT)

    @property
    def is_own(self) -> bool:
        return self.kind in (self.Kind.OWN_WALLET, self.Kind.OWN_ACCOUNT)


class TravelMessage(models.Model):
    """One transfer that the travel rule is about, and how far the exchange of data has come.

    Outgoing ones are opened by a withdrawal; incoming ones by a deposit, or by the message of the
    sender's provider that comes before its coins. The message itself is sealed.
    """

    class Direction(models.TextChoices):
        OUT = "out", "outgoing"
        IN = "in", "incoming"

    uid = models.UUIDField(default=uuid.uuid4, unique=True)  # what both providers call it
    direction = models.CharField(max_length=3, choices=Direction.choices)
    state = models.CharField(max_length=13, choices=states.State.choices)
    # "withdrawal:17" or "deposit:5"; empty while coins that were announced have not come.
    transfer = models.CharField(max_length=40, blank=True)
    customer_id = models.BigIntegerField(null=True, blank=True)
    counterparty = models.ForeignKey(
        Counterparty, null=True, blank=True, on_delete=models.PROTECT, related_name="messages"
    )
    owner = models.ForeignKey(
        AddressOwner, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    regime = models.CharField(max_length=8)
    asset = models.CharField(max_length=15)
    network = models.CharField(max_length=20)
    address = models.CharField(max_length=128)  # where the coins go
    key = models.CharField(max_length=128)
    memo = models.CharField(max_length=64, blank=True)
    sender = models.CharField(max_length=128, blank=True)  # account chains only
    amount = AmountField()
    usd = AmountField(null=True, blank=True)
    txid = models.CharField(max_length=66, blank=True)
    sealed = models.BinaryField(null=True)  # the IVMS101 message
    # Of the parties that another provider's message names.
    names = models.CharField(max_length=10, choices=Names.choices, default=Names.CLEAR)
    names_through = models.BigIntegerField(default=0)  # the version of the lists
    revision = models.PositiveSmallIntegerField(default=0)
    # Where the message is at fault, or what is missing: names of fields, no personal data.
    faults = models.JSONField(default=list, blank=True)
    says = models.CharField(max_length=500, blank=True)  # why it stands where it stands
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)  # the other side knows the txid
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField(auto_now=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    keep_until = models.DateField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["transfer"], name="one_message_a_transfer", condition=~Q(transfer="")
            )
        ]
        indexes = [
            models.Index(
                fields=["next_try_at", "id"],
                name="travel_to_send",
                condition=Q(state__in=states.TO_SEND),
            ),
            models.Index(
                fields=["due_at", "id"], name="travel_due", condition=Q(state__in=states.OPEN)
            ),
            models.Index(fields=["state", "id"], name="travel_by_state"),
            models.Index(fields=["id"], name="travel_to_screen", condition=Q(names="unscreened")),
            models.Index(
                fields=["names_through", "id"],
                name="travel_to_screen_again",
                condition=Q(names="clear", direction="in", sealed__isnull=False),
            ),
            models.Index(fields=["customer_id"], name="travel_with_hits", condition=Q(names="hit")),
            models.Index(
                fields=["owner", "-id"], name="travel_of_owner", condition=Q(owner__isnull=False)
            ),
            models.Index(fields=["network", "key", "id"], name="travel_by_address"),
            models.Index(fields=["customer_id", "-id"], name="travel_of_customer"),
            models.Index(
                fields=["keep_until"], name="travel_to_erase", condition=Q(erased_at__isnull=True)
            ),
        ]
        permissions = [
            ("work_travelmessage", "Can resend, ask again and refuse under the travel rule"),
            ("release_travelmessage", "Can propose and approve transfers without complete data"),
            ("see_travelpayload", "Can read the personal data in travel-rule messages"),
        ]

    def __str__(self) -> str:
        return f"travel message {self.pk}"


class TravelExchange(models.Model):
    """One request to or from another provider about a transfer. Never changed, without its text:
    the hash says which text it was."""

    message = models.ForeignKey(
        TravelMessage, null=True, on_delete=models.PROTECT, related_name="exchanges"
    )
    counterparty = models.ForeignKey(Counterparty, on_delete=models.PROTECT, related_name="+")
    to_us = models.BooleanField()
    what = models.CharField(max_length=20)
    status = models.PositiveSmallIntegerField(null=True)  # of the answer; None: there was none
    outcome = models.CharField(max_length=300)
    body_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["message", "id"], name="travel_exchanges")]

    def __str__(self) -> str:
        return f"{self.what} at {self.at:%Y-%m-%d %H:%M}"
