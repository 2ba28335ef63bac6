"""Pairs that trade, and what the market knows of itself: candles and 24-hour tickers."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from exchange.accounts.models import Customer
from exchange.assets.models import Asset
from exchange.core.money import AmountField


class Market(models.Model):
    """A spot pair. Prices are whole ticks of 10^-price_precision, sizes whole lots of
    10^-size_precision; their product is exact in the quote asset, which the constraint ensures."""

    class Status(models.TextChoices):
        PRE_TRADE = "pre-trade"
        TRADING = "trading"
        CANCEL_ONLY = "cancel-only"
        HALTED = "halted"
        DELISTED = "delisted"

    class Tag(models.TextChoices):
        NEW = "new", _("new")
        SPECIAL = "special", _("special treatment")
        DELISTING = "delisting", _("will be delisted")

    symbol = models.CharField(
        max_length=31, unique=True, validators=[RegexValidator(r"^[A-Z0-9]+_[A-Z0-9]+$")]
    )
    base = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    quote = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    price_precision = models.PositiveSmallIntegerField()
    size_precision = models.PositiveSmallIntegerField()
    quote_precision = models.PositiveSmallIntegerField()
    min_size = AmountField()
    max_size = AmountField()
    min_notional = AmountField()
    maker_rate = models.DecimalField(max_digits=8, decimal_places=6)
    taker_rate = models.DecimalField(max_digits=8, decimal_places=6)
    fee_class = models.CharField(max_length=1, default="C")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.TRADING)
    status_reason = models.CharField(max_length=300, blank=True)
    liquid = models.BooleanField(default=False)
    reference_price = AmountField()
    rank = models.PositiveIntegerField(default=100_000, db_index=True)
    # A word beside the pair wherever it is shown, and the sentence behind it.
    tag = models.CharField(max_length=12, choices=Tag.choices, blank=True)
    tag_says = models.CharField(max_length=300, blank=True)
    # Until then those who knew of its listing (InsiderNote) may not trade here.
    guarded_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["rank", "symbol"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quote_precision__gte=F("price_precision") + F("size_precision")),
                name="notional_is_exact",
            ),
            models.CheckConstraint(
                condition=Q(maker_rate__gte=0, taker_rate__gte=0, maker_rate__lte=F("taker_rate"))
                & Q(taker_rate__lte=Decimal("0.05")),
                name="fee_rates_sane",
            ),
        ]
        permissions = [
            ("halt_market", "Can halt and reopen a market"),
            ("delist_market", "Can take a market off for good"),
        ]

    def __str__(self) -> str:
        return self.symbol


class FeeStanding(models.Model):
    """What a customer's fees are less than the market's, by whom it was granted. Read when an order
    is placed (`fees`); one row a main account and source, for its sub-accounts too."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=20)  # "vip", "bmx": the room above that grants it
    level = models.CharField(max_length=8, blank=True)  # as integrators are told: LV2
    # Millionths of the market's rate that need not be paid.
    maker_discount_ppm = models.PositiveIntegerField()
    taker_discount_ppm = models.PositiveIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "source"], name="one_discount_a_source"),
            models.CheckConstraint(
                condition=Q(maker_discount_ppm__lte=1_000_000, taker_discount_ppm__lte=1_000_000),
                name="discount_at_most_all",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} of {self.customer_id}"


class InsiderNote(models.Model):
    """Somebody knew before others that an asset would trade here, and since when.

    Written by whoever lists (the rooms above); trading refuses them while the market is guarded,
    and monitoring looks at what they bought. The asset is its code: it may not exist yet.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="insider_notes")
    asset = models.CharField(max_length=15)
    since = models.DateTimeField()
    # None while nobody knows when it opens; a refused listing's note ends with the refusal.
    until = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "asset"], name="one_note_an_insider")
        ]
        indexes = [models.Index(fields=["asset", "customer"], name="insiders_of_an_asset")]

    def __str__(self) -> str:
        return f"{self.customer_id} knows of {self.asset}"


class Candle(models.Model):
    """Open, high, low, close and volumes of one market over one step from `opened_at`.

    Kept for every step, so that a month's candle costs one row and not 43,200. Steps without a
    trade have no row; readers carry the last close forward.
    """

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="+", db_index=False)
    minutes = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    open = AmountField()
    high = AmountField()
    low = AmountField()
    close = AmountField()
    base_volume = AmountField()
    quote_volume = AmountField()
    trades = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["market", "minutes", "opened_at"], name="one_candle_a_step"
            )
        ]

    def __str__(self) -> str:
        return f"{self.market_id} {self.minutes}m {self.opened_at:%F %T}"


class Ticker(models.Model):
    """A market's last 24 hours, refreshed in batches. One row a market."""

    market = models.OneToOneField(
        Market, on_delete=models.PROTECT, primary_key=True, related_name="ticker"
    )
    last = AmountField(null=True)
    open_24h = AmountField(null=True)
    high_24h = AmountField(null=True)
    low_24h = AmountField(null=True)
    base_volume_24h = AmountField(default=0)
    quote_volume_24h = AmountField(default=0)
    bid_price = AmountField(null=True)
    bid_size = AmountField(null=True)
    ask_price = AmountField(null=True)
    ask_size = AmountField(null=True)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"ticker {self.market_id}"
