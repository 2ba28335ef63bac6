"""What subscribing and redeeming share: whose position it is, and the one place that changes it."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from exchange.accounts.models import Customer
from exchange.core import facts
from exchange.core.actors import SYSTEM, Actor
from exchange.core.errors import Invalid, KeyReused, NotFound, PermissionRefused
from exchange.ledger import post
from exchange.ledger.accounts import SPOT, customer_accounts
from launchpad.earn.models import EarnRequest, Position, PositionChange, Product
from wallets.deposits.worth import worth_usdt

EARN = "earn"  # the purpose of the accounts that positions are kept in
REQUEST_NO = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def family(customer_id: int, actor: Actor) -> list[int]:
    """The main account and its sub-accounts: a customer's cap is for all of them together.

    Raises NotFound, PermissionRefused for whoever acts for somebody else.
    """
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is None:
        raise NotFound(field="customer_id")
    main = customer.self_trade_id
    if actor.kind != SYSTEM and actor.customer_id not in (customer_id, main):
        raise PermissionRefused
    subs = Customer.objects.filter(parent_id=main).order_by("pk")[:1000]
    return [main, *subs.values_list("pk", flat=True)]


def asked_before(*, customer_id: int, request_no: str, asked: dict[str, Any]) -> EarnRequest | None:
    """The request that bears this number already. Raises KeyReused when it asked for other things,
    Invalid for what is no request number."""
    if not REQUEST_NO.fullmatch(request_no):
        raise Invalid(_("1 to 64 letters, digits, dots, dashes or underscores."), field="requestNo")
    found = (
        EarnRequest.objects.select_related("position__product__asset")
        .filter(customer_id=customer_id, request_no=request_no)
        .first()
    )
    if found is not None and found.asked != asked:
        raise KeyReused(field="requestNo")
    return found


def move(
    *,
    product: Product,
    position: Position,
    kind: str,
    amount: Decimal,
    reference: str,
    at: datetime,
) -> None:
    """Change a position of a locked product by a signed amount, and move it to or from the
    customer's spot account. Raises InsufficientFunds."""
    pair = (position.customer_id, product.asset_id)
    spot = customer_accounts([pair], purpose=SPOT)[pair]
    earn = customer_accounts([pair], purpose=EARN)[pair]
    post.post(
        kind=f"earn_{kind}",
        reference=reference,
        legs=[post.Leg(spot, -amount), post.Leg(earn, amount)],
    )
    change(product=product, position=position, kind=kind, amount=amount, reference=reference, at=at)
    _tell(product, position, kind, amount, reference, at)


def change(
    *,
    product: Product,
    position: Position,
    kind: str,
    amount: Decimal,
    reference: str,
    at: datetime,
) -> None:
    """Write a change down and let the position and what the product has taken follow it."""
    position.amount += amount
    position.save()
    PositionChange.objects.create(
        position=position,
        product_id=product.pk,
        customer_id=position.customer_id,
        kind=kind,
        amount=amount,
        at=at,
        reference=reference,
    )
    if position.parent_id is None:
        Product.objects.filter(pk=product.pk).update(taken=F("taken") + amount)


def _tell(
    product: Product, position: Position, kind: str, amount: Decimal, reference: str, at: datetime
) -> None:
    """To those who watch: coins that rest here do not look as if they had gone."""
    main = Customer.objects.values_list("parent_id", "pk").get(pk=position.customer_id)
    facts.report(
        kind=facts.FactKind.EARN_IN if amount > 0 else facts.FactKind.EARN_OUT,
        customer_id=main[0] or main[1],
        at=at,
        reference=f"{kind}:{reference}",
        asset=product.asset.code,
        amount=abs(amount),
        usd=worth_usdt(product.asset.code, abs(amount)),
        extra={"product": product.slug, "position": position.pk},
    )
