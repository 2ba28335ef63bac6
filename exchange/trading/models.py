"""Spot orders, the queue of commands to the matcher, its applied log, and trades.

The hot tables carry no foreign-key constraints (`db_constraint=False`): their ids come from code
that has just read the rows, PostgreSQL would otherwise check each row of a COPY on its own, and
reconciliation looks for orphans.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from exchange.accounts.models import Customer
from exchange.core.money import AmountField
from exchange.markets.models import Market


class SpotOrder(models.Model):
    """One order. Price in ticks and sizes in lots of its market."""

    class State(models.TextChoices):
        NEW = "new"
        PARTIALLY_FILLED = "partially_filled"
        FILLED = "filled"
        CANCELED = "canceled"
        PARTIALLY_CANCELED = "partially_canceled"

    class CancelSource(models.TextChoices):
        NONE = ""
        USER = "user"
        SYSTEM = "system"
        STP = "stp"

    OPEN_STATES = (State.NEW, State.PARTIALLY_FILLED)

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    market = models.ForeignKey(
        Market, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    client_order_id = models.CharField(max_length=32, null=True)  # noqa: DJ001  unique where given
    side = models.SmallIntegerField()  # matching.commands.Side
    kind = models.SmallIntegerField()  # matching.commands.Kind
    stp = models.SmallIntegerField()  # matching.commands.Stp
    price = models.BigIntegerField()  # ticks; 0 for a market order
    size = models.BigIntegerField()  # lots; 0 for a market buy by notional
    budget = models.DecimalField(max_digits=38, decimal_places=0, default=0)  # ticks x lots
    filled_size = models.BigIntegerField(default=0)
    filled_notional = models.DecimalField(max_digits=38, decimal_places=0, default=0)
    state = models.CharField(max_length=18, choices=State.choices, default=State.NEW)
    cancel_source = models.CharField(max_length=6, choices=CancelSource.choices, default="")
    # Its place in the queue of its price: its id shifted by PRIORITY_BITS, unless the matcher met
    # it out of order or it was replaced. So an order that only comes to rest needs no update.
    priority = models.BigIntegerField()
    # What is still held for it: lots of the base (sell), or units of 10^-quote_precision (buy).
    # Zero once it is final.
    held = models.DecimalField(max_digits=38, decimal_places=0)
    # Fee rates as they stood when it was placed, in millionths of the notional.
    maker_ppm = models.IntegerField()
    taker_ppm = models.IntegerField()
    base_account_id = models.BigIntegerField()
    quote_account_id = models.BigIntegerField()
    self_trade_id = models.BigIntegerField()
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            # Not on priority: an order that only comes to rest is then updated in place (HOT).
            models.Index(
                fields=["market"],
                name="open_orders_by_market",
                condition=Q(state__in=["new", "partially_filled"]),
            ),
            models.Index(
                fields=["customer", "-id"],
                name="open_orders_by_customer",
                condition=Q(state__in=["new", "partially_filled"]),
            ),
            models.Index(fields=["customer", "-id"], name="orders_by_customer"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "client_order_id"],
                name="client_order_id_once",
                condition=Q(client_order_id__isnull=False),
            ),
            models.CheckConstraint(condition=Q(held__gte=0), name="order_held_not_negative"),
        ]
        permissions = [("cancel_any_order", "Can cancel a customer's order")]

    def __str__(self) -> str:
        return f"order {self.pk}"


class MatchCommand(models.Model):
    """Commands waiting for a market's matcher: the queue of record (see `queue`). One row for what
    one verb asked of one market in one transaction; deleted when applied."""

    market = models.ForeignKey(
        Market, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    op = models.SmallIntegerField()  # matching.commands.Op
    order_id = models.BigIntegerField()  # the first, or the only one
    order_ids = ArrayField(models.BigIntegerField())
    price = models.BigIntegerField(default=0)  # replace: the new price in ticks
    size = models.BigIntegerField(default=0)  # reduce, replace: the new open size in lots
    # Replace: what was set aside on top of what the order holds, in the order's own units.
    held = models.DecimalField(max_digits=38, decimal_places=0, default=0)
    # Place: the new orders as the matcher needs them, packed.
    orders = models.BinaryField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["market", "id"], name="commands_by_market")]
        constraints = [
            models.CheckConstraint(condition=Q(order_ids__len__gt=0), name="command_names_an_order")
        ]

    def __str__(self) -> str:
        return f"command {self.pk}"


class MatchBatch(models.Model):
    """Commands as a market's matcher applied them, packed, with a digest chained over all before.

    Replaying the log from the first batch gives the same digests, or something was altered.
    """

    market = models.ForeignKey(
        Market, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    version = models.BigIntegerField()
    commands = models.BinaryField()
    command_count = models.PositiveIntegerField()
    trade_count = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=32)
    applied_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "match batches"
        constraints = [
            models.UniqueConstraint(fields=["market", "version"], name="one_batch_a_version")
        ]

    def __str__(self) -> str:
        return f"market {self.market_id} version {self.version}"


class Trade(models.Model):
    """One fill between a maker and a taker, at the maker's price. Fees in the quote asset."""

    market = models.ForeignKey(
        Market, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    taker_order_id = models.BigIntegerField()
    maker_order_id = models.BigIntegerField()
    taker_id = models.BigIntegerField()  # customer
    maker_id = models.BigIntegerField()  # customer
    taker_side = models.SmallIntegerField()
    price = AmountField()
    size = AmountField()
    taker_fee = AmountField()
    maker_fee = AmountField()
    executed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["market", "-id"], name="trades_by_market"),
            models.Index(fields=["taker_id", "-id"], name="trades_by_taker"),
            models.Index(fields=["maker_id", "-id"], name="trades_by_maker"),
            models.Index(fields=["taker_order_id"], name="trades_by_taker_order"),
            models.Index(fields=["maker_order_id"], name="trades_by_maker_order"),
        ]

    def __str__(self) -> str:
        return f"trade {self.pk}"
