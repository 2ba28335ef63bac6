"""Put money into a product."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from compliance.identity.queries import may
from compliance.identity.words import Product as Allowed
from exchange.accounts.models import Restriction
from exchange.accounts.restrictions import refuse_if_restricted
from exchange.audit.record import record
from exchange.core import clock, locks, outbox, switches
from exchange.core.actors import Actor
from exchange.core.errors import NotFound
from exchange.core.money import ZERO, parse, plain
from launchpad.earn import keep
from launchpad.earn.bases import midnight
from launchpad.earn.errors import (
    BelowMinimum,
    CapReached,
    NotAllowed,
    NotOffered,
    TermsChanged,
)
from launchpad.earn.models import EarnRequest, Position, PositionChange, Product, Terms
from launchpad.earn.terms import offered

DAY = timedelta(days=1)


class Room(NamedTuple):
    """How much more a customer may put in: the least of what the product and they have left."""

    product: Decimal
    customer: Decimal

    @property
    def left(self) -> Decimal:
        return max(min(self.product, self.customer), ZERO)


def subscribe(
    *,
    customer_id: int,
    slug: str,
    amount: Decimal,
    terms_version: int,
    request_no: str,
    actor: Actor,
    compound: bool = False,
) -> Position:
    """Move an available amount into a product; it earns from the next day, or after bonding.

    Into a product without a term it adds to the position that the customer has. The same request
    number again is the first request. Raises NotFound, NotOffered, NotAllowed, Restricted,
    SwitchedOff, TermsChanged, Invalid, BelowMinimum, CapReached, InsufficientFunds, KeyReused.
    """
    family = keep.family(customer_id, actor)
    asked = {
        "slug": slug,
        "amount": plain(Decimal(str(amount))),
        "terms": terms_version,
        "compound": compound,
    }
    with transaction.atomic():
        if before := keep.asked_before(customer_id=customer_id, request_no=request_no, asked=asked):
            return before.position
        product = _open_product(slug)
        if before := keep.asked_before(  # a twin that held the lock before us
            customer_id=customer_id, request_no=request_no, asked=asked
        ):
            return before.position
        _refuse_gates(customer_id, product)
        terms = offered(product)
        if terms.version != terms_version:
            raise TermsChanged(
                _("The terms have changed since you looked: please read them again."),
                field="terms",
                limit=terms.version,
            )
        amount = _checked_amount(product, terms, amount, family)
        now = clock.now()
        position = _position(product, customer_id, terms, now, compound)
        if amount:
            keep.move(
                product=product,
                position=position,
                kind=PositionChange.Kind.SUBSCRIBE,
                amount=amount,
                reference=f"{customer_id}:{request_no}",
                at=now,
            )
        _tell(product, position, amount, request_no, asked, now, actor)
    return position


def room(*, product: Product, terms: Terms, family: list[int]) -> Room:
    """One indexed sum."""
    own = (
        Position.objects.filter(product=product, customer_id__in=family, parent=None).aggregate(
            all=Sum("amount")
        )["all"]
        or ZERO
    )
    return Room(terms.cap_total - product.taken, terms.cap_customer - own)


def earns_from(product: Product, now: datetime) -> datetime:
    """The midnight from which an amount put in now earns."""
    return midnight(now.date() + DAY * (1 + product.bonding_days))


def _open_product(slug: str) -> Product:
    product_id = Product.objects.filter(slug=slug).values_list("pk", flat=True).first()
    if product_id is None:
        raise NotFound(f"There is no product {slug}.", field="product")
    locks.hold(locks.Lock.EARN_PRODUCT, product_id)
    product = Product.objects.select_related("asset").get(pk=product_id)
    if product.state == Product.State.DRAFT:
        raise NotFound(f"There is no product {slug}.", field="product")
    if product.state != Product.State.OPEN:
        raise NotOffered(
            _("This product takes no new money at the moment."),
            field="product",
            limit=product.state,
        )
    return product


def _refuse_gates(customer_id: int, product: Product) -> None:
    switches.refuse_if_closed(switches.EARN, f"earn:{product.slug}")
    refuse_if_restricted(customer_id, Restriction.Kind.TRADING)
    answer = may(customer_id, Allowed.EARN)
    if not answer:
        raise NotAllowed(answer.says, field="product", limit=answer.code)


def _checked_amount(product: Product, terms: Terms, amount: Decimal, family: list[int]) -> Decimal:
    if product.kind == Product.Kind.MINING:
        return ZERO  # joining costs nothing: orders on the pair are what counts
    amount = parse(amount, field="amount", precision=product.asset.precision)
    code = product.asset.code
    if amount < terms.minimum:
        raise BelowMinimum(
            _("The least is %(amount)s %(asset)s.")
            % {"amount": plain(terms.minimum), "asset": code},
            field="amount",
            limit=terms.minimum,
        )
    left = room(product=product, terms=terms, family=family).left
    if amount > left:
        raise CapReached(
            _("There is room for %(amount)s %(asset)s at the moment.")
            % {"amount": plain(left), "asset": code},
            field="amount",
            limit=left,
        )
    return amount


def _position(
    product: Product, customer_id: int, terms: Terms, now: datetime, compound: bool
) -> Position:
    """The one that it adds to, or a new and empty one."""
    compound = compound and not product.pays_at_end and product.kind != Product.Kind.MINING
    if not product.lock_days and not product.bonding_days:
        found = (
            Position.objects.select_for_update(no_key=True)
            .filter(product=product, customer_id=customer_id, state="open", parent=None)
            .first()
        )
        if found is not None:
            found.compound, found.terms_version = compound, terms.version
            return found
    begins = earns_from(product, now)
    return Position.objects.create(
        product=product,
        customer_id=customer_id,
        amount=ZERO,
        compound=compound,
        terms_version=terms.version,
        earns_from=begins.date(),
        unlocks_at=begins + DAY * product.lock_days if product.lock_days else None,
        opened_at=now,
    )


def _tell(
    product: Product,
    position: Position,
    amount: Decimal,
    request_no: str,
    asked: dict[str, object],
    now: datetime,
    actor: Actor,
) -> None:
    EarnRequest.objects.create(
        customer_id=position.customer_id,
        request_no=request_no,
        act=EarnRequest.Act.SUBSCRIBE,
        position=position,
        amount=amount,
        asked=asked,
        at=now,
    )
    record(
        actor=actor,
        verb="earn.subscribe",
        target=position,
        after={"product": product.slug, "amount": amount, "terms": position.terms_version},
    )
    outbox.announce(
        "earn.subscribed",
        customer_id=position.customer_id,
        product=product.slug,
        asset=product.asset.code,
        amount=plain(amount),
        position_id=position.pk,
    )
