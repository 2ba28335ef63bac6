"""What customers lend, stake or commit: products, their published terms, positions, days.

A position's amount is always the sum of its changes, and all positions of a customer in one asset
together are what the customer's ledger account of the purpose `earn` holds.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from exchange.assets.models import Asset
from exchange.core.money import AmountField
from launchpad.programmes.models import Payout, Programme


class Product(models.Model):
    """Something that customers can put an asset into. What it pays is in its terms."""

    class Kind(models.TextChoices):
        FLEXIBLE = "flexible", "flexible savings"
        FIXED = "fixed", "fixed savings"
        STAKING = "staking", "staking"
        MINING = "mining", "liquidity mining"
        VAULT = "vault", "DeFi vault"

    class Earns(models.TextChoices):
        RATE = "rate", "a published rate"
        ARRIVALS = "arrivals", "what arrives from validators or a vault"
        POINTS = "points", "a share of a daily budget"

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        OPEN = "open", "open"
        PAUSED = "paused", "paused: no new money"
        CLOSED = "closed", "closed"

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    earns = models.CharField(max_length=8, choices=Earns.choices)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    paused_because = models.CharField(max_length=500, blank=True)
    # In plain words: where the money comes from, and what can be lost.
    summary = models.CharField(max_length=300)
    risk = models.CharField(max_length=1000)
    lock_days = models.PositiveSmallIntegerField(default=0)
    bonding_days = models.PositiveSmallIntegerField(default=0)
    unbonding_days = models.PositiveSmallIntegerField(default=0)
    pays_at_end = models.BooleanField(default=False)
    # May a locked position be ended before its day, giving up the interest that was not paid yet?
    early_exit = models.BooleanField(default=False)
    # Hundredths of a vote an asset counts for in snapshots; 0: it does not count.
    vote_weight = models.PositiveSmallIntegerField(default=0)
    market = models.CharField(max_length=31, blank=True)  # mining: the pair's symbol
    network = models.CharField(max_length=20, blank=True)  # vault: the chain it stands on
    vault = models.CharField(max_length=42, blank=True)  # vault: the contract's address
    order = models.PositiveSmallIntegerField(default=50)
    # What open positions hold together: kept with every change of one, compared every night.
    taken = AmountField(default=0)
    # The first day that is accrued, and the last one that was.
    first_day = models.DateField()
    accrued_through = models.DateField(null=True, blank=True)
    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["order", "id"]
        permissions = [
            ("draft_product", "Can draft earn products and propose their terms"),
            ("approve_product", "Can approve products and changes of their terms"),
            ("pause_product", "Can pause an earn product"),
            ("book_arrival", "Can book validators' rewards and propose slashes"),
            ("approve_slash", "Can approve that a slash is passed on"),
            ("approve_statement", "Can approve rewards that only a statement tells of"),
            ("watch_rewards", "Can name the addresses that validators pay"),
        ]

    def __str__(self) -> str:
        return self.name


class Terms(models.Model):
    """What a product pays and allows from a day on. Published terms are never changed."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="terms")
    version = models.PositiveSmallIntegerField()
    from_day = models.DateField()
    minimum = AmountField()
    cap_total = AmountField()
    cap_customer = AmountField()
    # The house's part of what arrives, in basis points.
    commission_bps = models.PositiveSmallIntegerField(default=0)
    daily_budget = AmountField(default=0)  # mining: what is shared out each day
    band_bps = models.PositiveSmallIntegerField(default=0)  # mining: how far from the mid counts
    note = models.CharField(max_length=300, blank=True)
    published_by = models.CharField(max_length=254)
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "version"], name="one_version_of_terms"),
            models.UniqueConstraint(fields=["product", "from_day"], name="one_terms_a_day"),
        ]

    def __str__(self) -> str:
        return f"terms {self.version} of {self.product_id}"


class Tier(models.Model):
    """The yearly rate for the part of an amount above `above`, up to the next tier."""

    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="tiers")
    above = AmountField()
    rate_ppm = models.PositiveIntegerField()  # millionths a year: 50000 is 5 %

    class Meta:
        ordering = ["above"]
        constraints = [models.UniqueConstraint(fields=["terms", "above"], name="one_tier_a_bound")]

    def __str__(self) -> str:
        return f"{self.rate_ppm} ppm above {self.above}"


class Position(models.Model):
    """What one customer has in one product. What is on its way out is a position of its own."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        UNBONDING = "unbonding", "on its way out"
        CLOSED = "closed", "closed"

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer_id = models.BigIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    amount = AmountField()
    compound = models.BooleanField(default=False)
    terms_version = models.PositiveSmallIntegerField()  # what the customer agreed to
    earns_from = models.DateField()
    unlocks_at = models.DateTimeField(null=True, blank=True)
    # Unbonding: when it is free, and the position that it came from.
    free_at = models.DateTimeField(null=True, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    # Interest that was given up by leaving early.
    forfeited = AmountField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="position_not_negative"),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(amount=0), name="closed_positions_are_empty"
            ),
        ]
        indexes = [
            models.Index(fields=["product", "customer_id", "id"], name="positions_of_a_product"),
            models.Index(
                fields=["free_at"], condition=Q(state="unbonding"), name="positions_to_let_go"
            ),
            models.Index(
                fields=["unlocks_at"],
                condition=Q(state="open", unlocks_at__isnull=False),
                name="positions_to_end",
            ),
        ]

    def __str__(self) -> str:
        return f"position {self.pk}"


class EarnRequest(models.Model):
    """What a customer asked for, once for each of their request numbers."""

    class Act(models.TextChoices):
        SUBSCRIBE = "subscribe", "put in"
        REDEEM = "redeem", "take out"

    customer_id = models.BigIntegerField()
    request_no = models.CharField(max_length=64)
    act = models.CharField(max_length=9, choices=Act.choices)
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="+")
    amount = AmountField()
    # What was asked, to tell a retry from another wish that bears the same number.
    asked = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer_id", "request_no"], name="earn_asked_once")
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.amount}"


class PositionChange(models.Model):
    """One movement of a position: written once, in the transaction of its ledger entry."""

    class Kind(models.TextChoices):
        SUBSCRIBE = "subscribe", "put in"
        REDEEM = "redeem", "taken out"
        MATURE = "mature", "came to its end"
        UNBOND = "unbond", "asked to leave"
        RELEASE = "release", "let go"
        COMPOUND = "compound", "interest added"
        SLASH = "slash", "slashed"

    position = models.ForeignKey(
        Position, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    product_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    kind = models.CharField(max_length=9, choices=Kind.choices)
    amount = AmountField()  # signed
    at = models.DateTimeField()
    reference = models.CharField(max_length=100)  # the ledger entry's; one for a position

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["position", "reference"], name="one_change_a_reference")
        ]
        indexes = [models.Index(fields=["product_id", "at"], name="changes_of_a_product")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


class ProductDay(models.Model):
    """One accrued day of a product. Written once."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="+")
    positions = models.PositiveBigIntegerField()
    base = AmountField()  # what earned
    accrued = AmountField()  # the sum of its accruals, to the last unit
    remainder = AmountField()  # what rounding each down has left of the whole
    payout = models.ForeignKey(Payout, null=True, on_delete=models.PROTECT, related_name="+")
    ran_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "day"], name="one_day_a_product")]

    def __str__(self) -> str:
        return f"{self.product_id} {self.day}"


class Accrual(models.Model):
    """What one position earned on one day. Written once."""

    product_id = models.BigIntegerField()
    day = models.DateField()
    position = models.ForeignKey(
        Position, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    base = AmountField()
    interest = AmountField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["position", "day"], name="one_accrual_a_day")
        ]
        indexes = [models.Index(fields=["product_id", "day"], name="accruals_of_a_day")]

    def __str__(self) -> str:
        return f"{self.interest} on {self.day}"


class Arrival(models.Model):
    """A validator's reward or slash, or what a vault gained or lost: shared out pro rata.

    `proof` says how we know. `place` is where the chain has it; no two arrivals share one.
    """

    class Kind(models.TextChoices):
        REWARD = "reward", "reward"
        SLASH = "slash", "slash"

    class Proof(models.TextChoices):
        CHAIN = "chain", "a payment on the chain"
        BEACON = "beacon", "a withdrawal of the beacon chain"
        VAULT = "vault", "the vault's shares"
        STATEMENT = "statement", "a statement, unproven"

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="arrivals")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    day = models.DateField()  # whose holders share it
    amount = AmountField()
    commission = AmountField(default=0)
    source = models.CharField(max_length=120)  # the validator, or the vault
    reference = models.CharField(max_length=80)  # its transaction, or the reading
    proof = models.CharField(max_length=9, choices=Proof.choices, default=Proof.STATEMENT)
    network = models.CharField(max_length=20, blank=True)
    place = models.CharField(max_length=90, blank=True)  # "<txid>:<number>"
    height = models.BigIntegerField(null=True, blank=True)
    payout = models.ForeignKey(
        Payout, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    remainder = AmountField(default=0)
    positions = models.PositiveBigIntegerField(default=0)
    reason = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=254)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "reference"], name="one_arrival_a_reference"
            ),
            models.UniqueConstraint(
                fields=["network", "place"],
                name="one_arrival_a_place",
                condition=~Q(place=""),
            ),
            models.CheckConstraint(
                condition=~Q(proof__in=["chain", "beacon"]) | ~Q(place=""),
                name="proven_arrivals_have_a_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} from {self.source}"


class DepthSample(models.Model):
    """The book of a mined pair as it was in one minute."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    minute = models.DateTimeField()
    mid = AmountField()
    bids = AmountField()  # worth, in the quote asset, of what counted
    asks = AmountField()
    makers = models.PositiveIntegerField()
    points = models.DecimalField(max_digits=38, decimal_places=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "minute"], name="one_sample_a_minute")
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.minute}"


class DepthPoints(models.Model):
    """The points that a market maker gathered on one day."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    customer_id = models.BigIntegerField()
    points = models.DecimalField(max_digits=38, decimal_places=0)
    samples = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "day", "customer_id"], name="one_points_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.points} points of {self.customer_id} on {self.day}"
