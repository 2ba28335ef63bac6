"""Draft a product, open it with a second person, pause it, close it."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock, locks, switches
from exchange.core.actors import SYSTEM, Actor
from exchange.core.errors import Conflict, Invalid, NotFound
from launchpad.earn.models import Product
from launchpad.earn.terms import Draft, in_words, publish, refuse_wrong
from launchpad.programmes.models import Programme

State, Kind, Earns = Product.State, Product.Kind, Product.Earns
OPEN_KIND = "earn.open_product"


class NewProduct(NamedTuple):
    """A product as somebody wrote it. What it pays is in its terms."""

    slug: str
    name: str
    kind: str
    earns: str
    programme_id: int
    summary: str
    risk: str
    lock_days: int = 0
    bonding_days: int = 0
    unbonding_days: int = 0
    pays_at_end: bool = False
    early_exit: bool = False
    vote_weight: int = 0
    market: str = ""
    network: str = ""
    vault: str = ""
    order: int = 50


def draft_product(*, new: NewProduct, draft: Draft, actor: Actor) -> Product:
    """Write a product and its first terms down. Customers don't see it yet.

    Raises PermissionRefused, NotFound (programme), Invalid naming the field.
    """
    actor.require("launchpad.draft_product")
    programme = Programme.objects.select_related("asset").filter(pk=new.programme_id).first()
    if programme is None:
        raise NotFound(field="programme")
    _refuse_wrong_product(new)
    today = clock.now().date()
    product = Product(
        **new._asdict(),
        asset_id=programme.asset_id,
        first_day=today,
        created_by=actor.label,
        created_at=clock.now(),
    )
    refuse_wrong(product, draft)
    try:
        with transaction.atomic():
            product.save()
            publish(product, draft, today, actor)
            record(actor=actor, verb="earn.draft_product", target=product, after=new._asdict())
    except IntegrityError as error:
        raise Invalid(_("There is a product with this short name."), field="slug") from error
    return product


def propose_opening(*, product_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to offer a draft to customers. Raises NotFound, Conflict."""
    actor.require("launchpad.draft_product")
    product = _product(product_id)
    if product.state != State.DRAFT:
        raise Conflict(f"This product is {product.state}.", limit=product.state)
    terms = product.terms.latest("version")
    draft = Draft(
        terms.minimum,
        terms.cap_total,
        terms.cap_customer,
        [(tier.above, tier.rate_ppm) for tier in terms.tiers.all()],
        terms.commission_bps,
        terms.daily_budget,
        terms.band_bps,
    )
    return proposals.propose(
        kind=OPEN_KIND,
        payload={"product_id": product_id},
        summary=f"Open {product.name}: {in_words(product, draft)}",
        reason=reason,
        actor=actor,
        target=product,
    )


@proposals.proposal_kind(
    OPEN_KIND,
    permission_to_propose="launchpad.draft_product",
    permission_to_approve="launchpad.approve_product",
)
def _open(*, payload: dict[str, Any], actor: Actor) -> str:
    return open_now(product_id=int(payload["product_id"]), actor=actor)


def open_now(*, product_id: int, actor: Actor) -> str:
    """Offer a draft to customers from now on: for an approval, or a seed. Raises Conflict."""
    if actor.kind != SYSTEM:
        actor.require("launchpad.approve_product")
    with transaction.atomic():
        product = _locked(product_id)
        if product.state != State.DRAFT:
            raise Conflict(f"This product is {product.state}.", limit=product.state)
        product.first_day = clock.now().date()
        _move(product, State.OPEN, actor, "earn.open_product", "")
    return f"{product.name} is open"


def pause(*, product_id: int, actor: Actor, reason: str) -> Product:
    """No new money; what is in it earns on and can be taken out. Pausing twice is once."""
    actor.require("launchpad.pause_product")
    return _change(product_id, {State.OPEN.value}, State.PAUSED, actor, "earn.pause", reason)


def unpause(*, product_id: int, actor: Actor, reason: str) -> Product:
    """Take new money again."""
    actor.require("launchpad.pause_product")
    return _change(product_id, {State.PAUSED.value}, State.OPEN, actor, "earn.unpause", reason)


def close(*, product_id: int, actor: Actor, reason: str) -> Product:
    """No new money, for good. What is in it stays the customer's to take out, and earns until."""
    actor.require("launchpad.approve_product")
    allowed: set[str] = {State.OPEN, State.PAUSED, State.DRAFT}
    return _change(product_id, allowed, State.CLOSED, actor, "earn.close", reason)


def _change(
    product_id: int, before: set[str], to: str, actor: Actor, verb: str, reason: str
) -> Product:
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    with transaction.atomic():
        product = _locked(product_id)
        if product.state == to:
            return product
        if product.state not in before:
            raise Conflict(f"This product is {product.state}.", limit=product.state)
        _move(product, to, actor, verb, reason)
    return product


def _move(product: Product, to: str, actor: Actor, verb: str, reason: str) -> None:
    before, product.state = product.state, to
    product.paused_because = reason[:500] if to == State.PAUSED else ""
    product.save(update_fields=["state", "paused_because", "first_day"])
    record(
        actor=actor,
        verb=verb,
        target=product,
        reason=reason,
        before={"state": before},
        after={"state": to},
    )


def _refuse_wrong_product(new: NewProduct) -> None:
    if new.kind not in Kind.values:
        raise Invalid(_("There is no such kind."), field="kind", limit=Kind.values)
    if new.earns not in Earns.values:
        raise Invalid(_("It earns in one of three ways."), field="earns", limit=Earns.values)
    if not new.risk.strip() or not new.summary.strip():
        raise Invalid(_("Say in plain words what can be lost."), field="risk")
    if new.kind == Kind.FIXED and not (new.lock_days and new.pays_at_end):
        raise Invalid(_("Fixed savings have a term, and pay at its end."), field="lock_days")
    if new.pays_at_end and not (new.lock_days and new.earns == Earns.RATE):
        raise Invalid(_("Only a rate for a time is paid at its end."), field="pays_at_end")
    if (new.kind == Kind.MINING) != (new.earns == Earns.POINTS):
        raise Invalid(_("Liquidity mining shares a daily budget."), field="earns")
    if new.kind == Kind.MINING and not new.market:
        raise Invalid(_("Which pair?"), field="market")
    if max(new.lock_days, new.bonding_days, new.unbonding_days) > 1500:
        raise Invalid(_("At most 1,500 days."), field="lock_days", limit=1500)
    if not 0 <= new.vote_weight <= 400:
        raise Invalid(_("At most 400 hundredths."), field="vote_weight", limit=400)


def _product(product_id: int) -> Product:
    found = Product.objects.select_related("asset").filter(pk=product_id).first()
    if found is None:
        raise NotFound(f"There is no product {product_id}.", field="product_id")
    return found


def _locked(product_id: int) -> Product:
    locks.hold(locks.Lock.EARN_PRODUCT, product_id)
    return _product(product_id)


def _slugs() -> list[str]:
    return list(Product.objects.values_list("slug", flat=True))


switches.family("earn", _slugs, money_out=False)
switches.family("redeem", _slugs, money_out=True)
