"""What customers traded with whom, a row a day, market and pair of people: tiers, competitions and
commissions add it up and leave out what does not count."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from exchange.core.money import AmountField
from exchange.markets.models import Market


class VolumePlace(models.Model):
    """How far a market's trades are added up. A market has one writer, so its trades' ids come in
    the order of their commits, and a cursor passes nothing by."""

    market = models.OneToOneField(
        Market, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    trade_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"market {self.market_id} up to trade {self.trade_id}"


class TradedDay(models.Model):
    """Trades between two main accounts in one market on one day (UTC). `one` is the smaller id.

    Worth in USD at the prices of the moment it was added up, some seconds after the trade."""

    day = models.DateField()
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="+", db_index=False)
    one_id = models.BigIntegerField()
    other_id = models.BigIntegerField()
    usd = AmountField()
    one_fees_usd = AmountField()
    other_fees_usd = AmountField()
    trades = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "market", "one_id", "other_id"], name="one_row_a_day_and_pair"
            ),
            models.CheckConstraint(
                condition=Q(one_id__lte=models.F("other_id")), name="pair_in_order"
            ),
        ]
        indexes = [
            models.Index(fields=["one_id", "day"], name="traded_by_one"),
            models.Index(fields=["other_id", "day"], name="traded_by_other"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.one_id} and {self.other_id}"
