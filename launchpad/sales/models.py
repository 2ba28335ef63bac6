"""Sales, their tiers, who subscribed, and when tokens are released.

Tokens are sold in lots, and a lot's price is a whole number of the quote's smallest units: so every
payment is exact, and nothing is ever rounded.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from exchange.accounts.models import Customer
from exchange.assets.models import Asset
from exchange.core.money import AmountField
from launchpad.sales.states import LeftOut, Mode, PublicInput, State

WHOLE_PPM = 1_000_000


class Sale(models.Model):
    """One sale, from draft to the last token released. Amounts in the asset or the quote."""

    name = models.CharField(max_length=80)
    about = models.TextField(max_length=4000, blank=True)
    risks = models.TextField(max_length=4000, blank=True)
    website = models.URLField(max_length=200, blank=True)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    quote = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    # Who sells: their account gives the tokens and is paid.
    project = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    mode = models.CharField(max_length=10, choices=Mode.choices)
    price = AmountField()  # of one token, in the quote
    lot = AmountField()  # tokens; nobody gets a part of it
    offered = AmountField()  # tokens, a whole number of lots
    least = AmountField()  # in the quote, for one customer
    most = AmountField()
    ticket_lots = models.PositiveIntegerField(default=1)  # lots that one winning ticket gets
    most_places = models.PositiveIntegerField(default=200_000)
    withdrawable = models.BooleanField(default=True)  # until close
    kyc_tier = models.PositiveSmallIntegerField(default=1)
    countries_excluded = models.CharField(max_length=600, blank=True)  # "US,CA"
    public_input = models.CharField(
        max_length=10, choices=PublicInput.choices, default=PublicInput.BITCOIN
    )
    fee_ppm = models.PositiveIntegerField(default=0)  # of the proceeds, kept by the house
    # Of what somebody got: this share with the distribution, the rest in equal parts after the
    # cliff. What nobody claimed is released by itself so many days after it came due.
    first_ppm = models.PositiveIntegerField(default=WHOLE_PPM)
    cliff_days = models.PositiveSmallIntegerField(default=0)
    periods = models.PositiveSmallIntegerField(default=0)
    period_days = models.PositiveSmallIntegerField(default=30)
    claim_days = models.PositiveSmallIntegerField(default=7)
    snapshot_at = models.DateTimeField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    distributes_at = models.DateTimeField()

    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    stuck_because = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    announced_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    allocated_at = models.DateTimeField(null=True)
    distributed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_because = models.CharField(max_length=500, blank=True)  # customers read it
    # Where the tokens came from ("customer:12", "house:capital"); empty until they stand ready.
    funded_from = models.CharField(max_length=60, blank=True)
    paid_at = models.DateTimeField(null=True)  # the project
    snapshot = models.BigIntegerField(null=True)  # of BMX

    # The draw. Of the secret everybody knows the hash from the announcement on.
    seed_sealed = models.BinaryField(null=True)
    seed_hash = models.CharField(max_length=64, blank=True)
    seed = models.CharField(max_length=64, blank=True)  # after the draw
    inputs_digest = models.CharField(max_length=64, blank=True)
    block_height = models.PositiveIntegerField(null=True)
    block_hash = models.CharField(max_length=64, blank=True)
    result_digest = models.CharField(max_length=64, blank=True)
    # What the allocation came to; the same sums as of the subscriptions.
    subscribers = models.PositiveIntegerField(null=True)
    # Of those, whoever might not take part any more when it closed: given everything back.
    left_out = models.PositiveIntegerField(default=0)
    left_out_amount = AmountField(default=0)
    committed = AmountField(null=True)
    allocated = AmountField(null=True)
    spent = AmountField(null=True)
    refunded = AmountField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gt=0, lot__gt=0, offered__gt=0, least__gt=0, ticket_lots__gt=0)
                & Q(most__gte=F("least")),
                name="sale_amounts_make_sense",
            ),
            models.CheckConstraint(
                condition=Q(snapshot_at__lt=F("opens_at"))
                & Q(opens_at__lt=F("closes_at"))
                & Q(closes_at__lte=F("distributes_at")),
                name="sale_dates_in_order",
            ),
            models.CheckConstraint(
                condition=Q(first_ppm__lte=WHOLE_PPM)
                & Q(fee_ppm__lte=WHOLE_PPM)
                & (Q(first_ppm=WHOLE_PPM) | Q(periods__gt=0)),
                name="sale_shares_make_sense",
            ),
            models.CheckConstraint(
                condition=Q(allocated__isnull=True)
                | Q(allocated__lte=F("offered"), committed=F("spent") + F("refunded")),
                name="sale_sums_agree",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "opens_at"], name="sales_by_state"),
        ]
        permissions = [
            ("draft_sale", "Can draft, announce and propose token sales"),
            ("approve_sale", "Can approve a token sale, its funding and its cancellation"),
            ("pay_sale", "Can approve paying a sale's proceeds to its project"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def purpose(self) -> str:
        """Of the house's accounts that hold its tokens and its proceeds."""
        return f"sale:{self.pk}"

    @property
    def lots(self) -> int:
        return int(self.offered / self.lot)

    @property
    def lot_price(self) -> Decimal:
        """What one lot costs, in the quote."""
        return self.lot * self.price

    @property
    def ticket_price(self) -> Decimal:
        return self.lot_price * self.ticket_lots

    @property
    def goal(self) -> Decimal:
        """What all that is offered costs."""
        return self.offered * self.price


class SaleTier(models.Model):
    """How much somebody may commit who held at least so much BMX on average."""

    sale = models.ForeignKey(Sale, on_delete=models.CASCADE, related_name="tiers")
    name = models.CharField(max_length=40)
    least_held = AmountField(default=0)
    most = AmountField()  # in the quote

    class Meta:
        ordering = ["least_held"]
        constraints = [
            models.UniqueConstraint(fields=["sale", "least_held"], name="one_tier_a_threshold")
        ]

    def __str__(self) -> str:
        return self.name


class SaleBook(models.Model):
    """What a sale's subscriptions come to at this moment: one row, changed last in a commitment.

    Whoever waits for it is served in the order in which the database lets them: that is the order
    of arrival.
    """

    sale = models.OneToOneField(
        Sale, primary_key=True, on_delete=models.CASCADE, related_name="book"
    )
    places = models.PositiveIntegerField(default=0)  # given out, without gaps
    subscribers = models.PositiveIntegerField(default=0)
    committed = AmountField(default=0)
    lots = models.BigIntegerField(default=0)  # asked for

    def __str__(self) -> str:
        return f"book of sale {self.sale_id}"


class Subscription(models.Model):
    """One customer's place in a sale. While `settled_at` is empty, `committed` is held in
    `account`, the customer's own."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="subscriptions")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    account = models.BigIntegerField()
    tier = models.ForeignKey(SaleTier, null=True, on_delete=models.PROTECT, related_name="+")
    bmx_held = AmountField(default=0)  # on average, by the snapshot
    place = models.PositiveIntegerField(null=True)  # empty until there is money behind it
    committed = AmountField(default=0)
    changes = models.PositiveIntegerField(default=0)  # numbers the ledger entries
    # The name under which published files know it: SHA-256 of sale, customer and salt.
    salt = models.CharField(max_length=32)
    code = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    # Why it took no part in the allocation, decided when the sale closed; empty for everybody else.
    left_out = models.CharField(
        max_length=12, choices=LeftOut.choices, blank=True, default="", db_default=""
    )
    lots = models.BigIntegerField(null=True)  # allocated
    allocated = AmountField(null=True)
    spent = AmountField(null=True)
    refunded = AmountField(null=True)
    settled_at = models.DateTimeField(null=True)
    released = AmountField(default=0)  # of the allocated, into their account
    releases = models.PositiveSmallIntegerField(default=0)  # how many of the sale's are done

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sale", "customer"], name="one_place_a_customer"),
            models.UniqueConstraint(fields=["sale", "place"], name="one_customer_a_place"),
            models.CheckConstraint(
                condition=Q(allocated__isnull=True)
                | Q(committed=F("spent") + F("refunded"), spent__gte=0, refunded__gte=0),
                name="subscription_spent_or_refunded",
            ),
            models.CheckConstraint(
                condition=Q(released=0) | Q(released__lte=F("allocated")),
                name="subscription_not_released_twice",
            ),
        ]
        indexes = [
            models.Index(
                fields=["sale", "id"], name="sale_unsettled", condition=Q(settled_at__isnull=True)
            ),
            models.Index(
                fields=["sale", "releases", "id"],
                name="sale_unreleased",
                condition=Q(lots__gt=0) & ~Q(released=F("allocated")),
            ),
            models.Index(
                fields=["sale", "id"],
                name="sale_left_out",
                condition=~Q(left_out="") & Q(settled_at__isnull=True),
            ),
            models.Index(fields=["customer", "-id"], name="sale_of_customer"),
        ]

    def __str__(self) -> str:
        return f"subscription {self.pk}"


class SaleTurn(models.Model):
    """What somebody added to their commitment in a queue: it has a place of its own at the end.

    What the turns do not name of a commitment stands at the subscription's own place. All but a
    customer's last place are whole lots, so that together they ask for what the total asks for.
    """

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="turns")
    place = models.PositiveIntegerField()
    committed = AmountField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["sale", "place"], name="one_turn_a_place"),
            models.CheckConstraint(condition=Q(committed__gt=0), name="turn_has_money"),
        ]

    def __str__(self) -> str:
        return f"place {self.place} of sale {self.sale_id}"


class SaleRelease(models.Model):
    """When which share of the allocated tokens is released: number 0 is the distribution.

    `upto_ppm` counts everything up to here, for people to read; `terms.share` is exact.
    """

    sale = models.ForeignKey(Sale, on_delete=models.CASCADE, related_name="releases")
    number = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    upto_ppm = models.PositiveIntegerField()
    told_at = models.DateTimeField(null=True)  # that it came due
    done_at = models.DateTimeField(null=True)  # everybody has theirs

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["sale", "number"], name="one_release_a_number")
        ]

    def __str__(self) -> str:
        return f"release {self.number} of sale {self.sale_id}"
