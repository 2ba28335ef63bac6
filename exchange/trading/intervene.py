"""Staff take a customer's order back, on the record."""

from __future__ import annotations

from django.db import transaction

from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Invalid
from exchange.trading import cancel
from exchange.trading.errors import OrderNotFound
from exchange.trading.models import SpotOrder


def cancel_for_customer(*, order_id: int, actor: Actor, reason: str) -> None:
    """Ask the matcher to cancel somebody's open order. It does so within moments.

    Raises PermissionRefused, Invalid without a reason, OrderNotFound, OrderFinal, MarketClosed.
    """
    actor.require("exchange.cancel_any_order")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        order = SpotOrder.objects.filter(pk=order_id).first()
        if order is None:
            raise OrderNotFound(field="order_id")
        cancel.cancel(order_id=order_id, customer_id=order.customer_id, actor=actor)
        record(
            actor=actor,
            verb="trading.cancel_for_customer",
            target=order,
            reason=reason,
            before={"state": order.state, "customer_id": order.customer_id},
        )
