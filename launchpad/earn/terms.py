"""A product's terms: published, numbered, valid from a day on and never backwards.

A change takes two people and holds from the day after the second one agreed. Who was promised a
rate for a time keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock, locks
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound
from exchange.core.money import ZERO, plain
from launchpad.earn.models import Product, Terms, Tier

KIND = "earn.change_terms"
MOST_TIERS = 10
HIGHEST_PPM = 2_000_000  # 200 % a year: more is a slip of the finger


class Draft(NamedTuple):
    """Terms as somebody wrote them. Tiers: (above, millionths a year), the first above 0."""

    minimum: Decimal
    cap_total: Decimal
    cap_customer: Decimal
    tiers: Sequence[tuple[Decimal, int]] = ()
    commission_bps: int = 0
    daily_budget: Decimal = ZERO
    band_bps: int = 0
    note: str = ""

    def payload(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "minimum": plain(self.minimum),
            "cap_total": plain(self.cap_total),
            "cap_customer": plain(self.cap_customer),
            "tiers": [[plain(above), ppm] for above, ppm in self.tiers],
            "commission_bps": self.commission_bps,
            "daily_budget": plain(self.daily_budget),
            "band_bps": self.band_bps,
            "note": self.note,
        }


def draft_of(payload: dict[str, Any]) -> Draft:
    return Draft(
        minimum=Decimal(payload["minimum"]),
        cap_total=Decimal(payload["cap_total"]),
        cap_customer=Decimal(payload["cap_customer"]),
        tiers=[(Decimal(above), int(ppm)) for above, ppm in payload["tiers"]],
        commission_bps=int(payload["commission_bps"]),
        daily_budget=Decimal(payload["daily_budget"]),
        band_bps=int(payload["band_bps"]),
        note=payload["note"],
    )


def terms_on(product: Product, day: date) -> Terms:
    """The terms that hold on a day: those with the latest first day that has come."""
    return Terms.objects.filter(product=product, from_day__lte=day).latest("from_day")


def offered(product: Product) -> Terms:
    """The terms for who puts something in now: those of the next day, the first that can earn."""
    return terms_on(product, clock.now().date() + timedelta(days=1))


def offered_by(products: Iterable[Product]) -> dict[int, Terms]:
    """`offered` of many products, with their tiers, by product. Two queries."""
    rows = Terms.objects.filter(
        product__in=[each.pk for each in products],
        from_day__lte=clock.now().date() + timedelta(days=1),
    )
    newest = rows.order_by("product_id", "-from_day").distinct("product_id")
    return {each.product_id: each for each in newest.prefetch_related("tiers")}


def propose_terms(*, product_id: int, draft: Draft, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to publish new terms. They hold from the day after the approval.

    Raises PermissionRefused, NotFound, Invalid naming the term, Conflict when proposed already.
    """
    actor.require("launchpad.draft_product")
    product = Product.objects.select_related("asset").filter(pk=product_id).first()
    if product is None:
        raise NotFound(f"There is no product {product_id}.", field="product_id")
    refuse_wrong(product, draft)
    return proposals.propose(
        kind=KIND,
        payload={"product_id": product_id, **draft.payload()},
        summary=f"New terms for {product.name}: {in_words(product, draft)}",
        reason=reason,
        actor=actor,
        target=product,
    )


@proposals.proposal_kind(
    KIND,
    permission_to_propose="launchpad.draft_product",
    permission_to_approve="launchpad.approve_product",
)
def _change(*, payload: dict[str, Any], actor: Actor) -> str:
    product_id = int(payload["product_id"])
    locks.hold(locks.Lock.EARN_PRODUCT, product_id)
    product = Product.objects.select_related("asset").get(pk=product_id)
    draft = draft_of(payload)
    refuse_wrong(product, draft)
    terms = publish(product, draft, clock.now().date() + timedelta(days=1), actor)
    return f"version {terms.version} holds from {terms.from_day}"


def publish(product: Product, draft: Draft, from_day: date, actor: Actor) -> Terms:
    """Write terms down. Raises Conflict when others begin on that day already."""
    last = Terms.objects.filter(product=product).order_by("-version").first()
    if last is not None and last.from_day >= from_day:
        raise Conflict(f"Version {last.version} begins on {last.from_day} already.", field="day")
    with transaction.atomic():
        terms = Terms.objects.create(
            product=product,
            version=1 if last is None else last.version + 1,
            from_day=from_day,
            minimum=draft.minimum,
            cap_total=draft.cap_total,
            cap_customer=draft.cap_customer,
            commission_bps=draft.commission_bps,
            daily_budget=draft.daily_budget,
            band_bps=draft.band_bps,
            note=draft.note,
            published_by=actor.label,
            published_at=clock.now(),
        )
        for above, ppm in draft.tiers:
            Tier.objects.create(terms=terms, above=above, rate_ppm=ppm)
        record(
            actor=actor,
            verb="earn.publish_terms",
            target=product,
            after={"version": terms.version, "from": from_day.isoformat(), **draft.payload()},
        )
    return terms


def refuse_wrong(product: Product, draft: Draft) -> None:
    """Raises Invalid naming the term at fault."""
    unit = Decimal(1).scaleb(-product.asset.precision)
    if product.earns != Product.Earns.POINTS:
        if draft.minimum < unit:
            raise Invalid(_("The minimum must be at least one unit."), field="minimum", limit=unit)
        if draft.cap_customer < draft.minimum:
            raise Invalid(_("Nobody could put in the minimum."), field="cap_customer")
        if draft.cap_total < draft.cap_customer:
            raise Invalid(_("Less than a single customer may put in."), field="cap_total")
    if not 0 <= draft.commission_bps <= 5000:
        raise Invalid(_("At most half."), field="commission_bps", limit=5000)
    if product.earns == Product.Earns.RATE:
        _refuse_wrong_tiers(draft)
    if product.earns == Product.Earns.POINTS:
        if draft.daily_budget < unit or draft.daily_budget != draft.daily_budget.quantize(unit):
            raise Invalid(_("A daily budget in whole units."), field="daily_budget", limit=unit)
        if not 1 <= draft.band_bps <= 1000:
            raise Invalid(_("Between 0.01 % and 10 %."), field="band_bps", limit=1000)


def _refuse_wrong_tiers(draft: Draft) -> None:
    bounds = [above for above, _ppm in draft.tiers]
    if not bounds or bounds[0] != 0 or bounds != sorted(set(bounds)) or len(bounds) > MOST_TIERS:
        raise Invalid(
            _("Tiers begin at 0 and rise, at most %(most)s of them.") % {"most": MOST_TIERS},
            field="tiers",
            limit=MOST_TIERS,
        )
    if any(not 0 <= ppm <= HIGHEST_PPM for _above, ppm in draft.tiers):
        raise Invalid(_("A rate is between 0 and 200 %."), field="tiers", limit=HIGHEST_PPM)


def percent(ppm: int) -> str:
    """Millionths as per cent: 52500 is 5.25."""
    return plain(Decimal(ppm).scaleb(-4))


def in_words(product: Product, draft: Draft) -> str:
    """Terms on one line, for whoever approves them."""
    parts = [f"above {plain(above)}: {percent(ppm)} %" for above, ppm in draft.tiers]
    if draft.daily_budget:
        parts.append(f"{plain(draft.daily_budget)} {product.asset.code} a day")
    if draft.commission_bps:
        parts.append(f"commission {plain(Decimal(draft.commission_bps) / 100)} %")
    parts.append(f"cap {plain(draft.cap_total)}, {plain(draft.cap_customer)} a customer")
    return "; ".join(parts)
