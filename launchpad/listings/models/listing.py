"""The listing, what the project handed in, its calendar, and what was told."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from compliance.identity.models.sealed import SealedDocument, SealedPage
from exchange.accounts.models import Customer
from exchange.assets.models import Asset, Network
from exchange.core.money import AmountField
from exchange.markets.models import Market
from launchpad.listings.states import AssetClass, Reason, SignerWord, Stage


class Listing(models.Model):
    """One token on its road. A project applies for it, or staff begin it themselves (`customer`
    empty), as for a standard token that everybody trades already."""

    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="listings"
    )
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.DRAFT)
    since = models.DateTimeField()  # in this stage
    asset_class = models.CharField(
        max_length=12, choices=AssetClass.choices, default=AssetClass.TOKEN
    )
    # The token.
    name = models.CharField(max_length=100, blank=True)
    code = models.CharField(max_length=15, blank=True)
    network = models.ForeignKey(
        Network, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    contract = models.CharField(max_length=128, blank=True)
    decimals = models.PositiveSmallIntegerField(null=True, blank=True)
    supply = models.DecimalField(max_digits=60, decimal_places=18, null=True, blank=True)
    about = models.CharField(max_length=2000, blank=True)
    risks = models.CharField(max_length=2000, blank=True)
    # Who is behind it.
    company = models.CharField(max_length=160, blank=True)
    company_country = models.CharField(max_length=2, blank=True)
    company_number = models.CharField(max_length=60, blank=True)
    website = models.URLField(max_length=200, blank=True)
    paper = models.URLField(max_length=300, blank=True)
    contact_name = models.CharField(max_length=160, blank=True)
    contact_role = models.CharField(max_length=80, blank=True)
    confirmed_true_at = models.DateTimeField(null=True, blank=True)
    # What the project is asked to change or add, while it is a draft again.
    asked_words = models.CharField(max_length=1000, blank=True)
    reason_code = models.CharField(max_length=16, choices=Reason.choices, blank=True)
    reason_words = models.CharField(max_length=1000, blank=True)
    # Of the vote (governance).
    vote_id = models.BigIntegerField(null=True, blank=True)
    vote_outcome = models.CharField(max_length=12, blank=True)
    # What the venue was given for it.
    asset = models.OneToOneField(
        Asset, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    market = models.OneToOneField(
        Market, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Whether the signer's policy names it, so that what is withdrawn can be sent; "" before asked.
    signer_word = models.CharField(max_length=7, choices=SignerWord.choices, blank=True)
    signer_lacks = models.CharField(max_length=300, blank=True)
    signer_asked_at = models.DateTimeField(null=True, blank=True)
    withdrawals_opened_at = models.DateTimeField(null=True, blank=True)
    warned_words = models.CharField(max_length=500, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)
    trading_closes_at = models.DateTimeField(null=True, blank=True)
    withdrawals_close_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["stage", "since"], name="listings_by_stage")]
        constraints = [
            models.UniqueConstraint(
                fields=["network", "contract"],
                name="one_listing_a_contract",
                condition=Q(contract__gt="")
                & ~Q(stage__in=("draft", "refused", "withdrawn", "delisted")),
            ),
            models.CheckConstraint(
                condition=Q(trading_closes_at=None)
                | Q(withdrawals_close_at__gt=models.F("trading_closes_at")),
                name="withdrawals_outlast_trading",
            ),
        ]
        permissions = [
            ("work_listing", "Can work listings: score, check, ask, propose"),
            ("vote_listing", "Can vote on the listings committee"),
            ("approve_listing", "Can approve what a colleague proposed for a listing"),
            ("see_listing_documents", "Can open what projects uploaded"),
        ]

    def __str__(self) -> str:
        return f"{self.code or '?'} · {self.name or _('without a name yet')}"


class TeamMember(models.Model):
    """Somebody whom the project names, to be screened and, if listed, shown."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="team")
    name = models.CharField(max_length=160)
    role = models.CharField(max_length=80)
    country = models.CharField(max_length=2)
    born = models.DateField(null=True, blank=True)
    owns_percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(owns_percent__gte=0, owns_percent__lte=100),
                name="team_share_is_a_percentage",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.role}"


class ListingDocument(SealedDocument):
    """Something the project uploaded, kept as identity documents are."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="documents")

    class Meta:
        indexes = [models.Index(fields=["listing", "kind"], name="listing_documents")]


class ListingDocumentPage(SealedPage):
    document = models.ForeignKey(ListingDocument, on_delete=models.CASCADE, related_name="pictures")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["document", "number"], name="listing_pages_have_numbers"
            )
        ]


class Schedule(models.Model):
    """When it opens, and with which terms. Counts up `version` with each change: the calendar shows
    that it moved, and a task that read an older one does nothing."""

    listing = models.OneToOneField(Listing, on_delete=models.PROTECT, related_name="schedule")
    version = models.PositiveIntegerField(default=1)
    deposits_at = models.DateTimeField()
    trading_at = models.DateTimeField()
    withdrawals_at = models.DateTimeField()
    # Insiders may trade so long after the opening.
    insiders_hours = models.PositiveSmallIntegerField(default=72)
    quote = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    reference_price = AmountField()
    precision = models.PositiveSmallIntegerField()  # of the asset in the ledger
    price_precision = models.PositiveSmallIntegerField()
    size_precision = models.PositiveSmallIntegerField()
    min_size = AmountField()
    max_size = AmountField()
    min_notional = AmountField()
    maker_rate = models.DecimalField(max_digits=8, decimal_places=6)
    taker_rate = models.DecimalField(max_digits=8, decimal_places=6)
    deposit_min = AmountField()
    withdraw_min = AmountField()
    withdraw_fee = AmountField()
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(trading_at__gt=models.F("deposits_at"))
                & Q(withdrawals_at__gte=models.F("trading_at")),
                name="schedule_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"schedule {self.version} of listing {self.listing_id}"


class ListingEvent(models.Model):
    """What happened, in a sentence. `public` ones are announcements; the project reads those that
    are `told` to it. Never changed."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=24)
    words = models.CharField(max_length=600)
    public = models.BooleanField(default=False)
    told = models.BooleanField(default=False)
    by = models.CharField(max_length=254, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["listing", "at"], name="listing_events"),
            models.Index(fields=["-at"], name="listing_news", condition=Q(public=True)),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F} {self.kind}"


class HolderNotice(models.Model):
    """Somebody who holds the asset was told. One a customer and notice, so that a letter that was
    begun goes on where it stopped."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="notices")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    notice = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "customer", "notice"], name="one_notice_a_holder"
            )
        ]

    def __str__(self) -> str:
        return f"{self.notice} to {self.customer_id}"
