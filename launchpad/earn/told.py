"""Letters to those who have something in a product: it ended, came free, lost, or pays nothing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.urls import reverse

from exchange.accounts import circulars, mail
from exchange.accounts.circulars import Addressed
from exchange.accounts.models import Customer
from exchange.core import outbox
from exchange.core.money import ZERO, plain
from launchpad.earn.models import Position, PositionChange, Product

SLASHED, STOPPED = "earn.slashed", "earn.stopped"
PRESENT = [Position.State.OPEN, Position.State.UNBONDING]


def slashed(product: Product, reference: str) -> None:
    """Write to whoever bears a part. Inside the transaction of the loss."""
    circulars.begin(SLASHED, product_id=product.pk, reference=reference)


@outbox.consumes("earn.let_go")
def _let_go(payload: dict[str, Any]) -> None:
    """What came to its date by itself."""
    position = (
        Position.objects.select_related("product__asset").filter(pk=payload["position_id"]).first()
    )
    if position is None:
        return
    customer = Customer.objects.select_related("parent").get(pk=position.customer_id)
    user_id = customer.user_id or (customer.parent.user_id if customer.parent else None)
    if user_id is not None:
        ended = position.parent_id is None and position.product.pays_at_end
        mail.tell(
            user_id,
            "earn_matured" if ended else "earn_unbonded",
            amount=payload["amount"],
            **_facts(position.product),
        )


@outbox.consumes("programmes.stopped")
def _programme_stopped(payload: dict[str, Any]) -> None:
    products = Product.objects.filter(programme_id=payload["programme_id"])
    for product in products.exclude(state=Product.State.DRAFT).order_by("pk"):
        circulars.begin(STOPPED, product_id=product.pk)


@circulars.source(SLASHED)
def _slashed(about: dict[str, Any], above: int, limit: int) -> list[Addressed]:
    product = _product(about)
    positions = Position.objects.filter(product=product)
    people = _people(product, above, limit)
    lost = dict(
        PositionChange.objects.filter(
            position__in=positions.filter(customer_id__in=people).values("pk"),
            reference=about["reference"],
        )
        .values_list("customer_id")
        .annotate(Sum("amount"))
        .order_by()
    )
    vault = int(product.kind == Product.Kind.VAULT)
    return [
        Addressed(
            each,
            each,
            "earn_slashed" if lost.get(each) else "",
            {"amount": plain(-lost.get(each, ZERO)), "vault": vault, **_facts(product)},
        )
        for each in people
    ]


@circulars.source(STOPPED)
def _stopped(about: dict[str, Any], above: int, limit: int) -> list[Addressed]:
    product = _product(about)
    people = _people(product, above, limit)
    there = dict(
        Position.objects.filter(product=product, customer_id__in=people, state__in=PRESENT)
        .values_list("customer_id")
        .annotate(Sum("amount"))
        .order_by()
    )
    return [
        Addressed(
            each,
            each,
            "earn_stopped" if there.get(each) else "",
            {"amount": plain(there.get(each, ZERO)), **_facts(product)},
        )
        for each in people
    ]


def _product(about: dict[str, Any]) -> Product:
    return Product.objects.select_related("asset").get(pk=about["product_id"])


def _people(product: Product, above: int, limit: int) -> list[int]:
    """Whoever has or had something in a product, a page of them by the index of its positions."""
    return list(
        Position.objects.filter(product=product, customer_id__gt=above)
        .order_by("customer_id")
        .values_list("customer_id", flat=True)
        .distinct()[:limit]
    )


def _facts(product: Product) -> dict[str, str]:
    return {
        "product": product.name,
        "asset": product.asset.code,
        "page": settings.BASE_URL + reverse("earn-positions"),
    }
