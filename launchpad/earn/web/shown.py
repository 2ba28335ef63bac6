"""Products, positions and projections as the pages show them: every amount as text."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from exchange.core import clock
from exchange.core.errors import Invalid
from exchange.core.foreign import amount_of, whole_of
from exchange.core.money import grouped, plain
from exchange.ledger import queries as ledger
from launchpad.earn import queries, redeem
from launchpad.earn.models import Product, Terms
from launchpad.earn.project import Projection, project
from launchpad.earn.terms import percent


def by_kind(found: list[queries.Offer]) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for offer in found:
        groups.setdefault(offer.product.kind, []).append(product_context(offer))
    return [{"kind": kind, "products": rows} for kind, rows in groups.items()]


def product_context(offer: queries.Offer) -> dict[str, Any]:
    product, terms = offer.product, offer.terms
    tiers = list(terms.tiers.all())
    least, most = percent(offer.lowest_ppm), percent(offer.highest_ppm)
    return {
        "product": product,
        "terms": terms,
        "asset": product.asset.code,
        "rate": most if least == most else f"{least}–{most}",
        "tiers": [
            {
                "above": grouped(tier.above),
                "upto": grouped(tiers[n + 1].above) if n + 1 < len(tiers) else "",
                "rate": percent(tier.rate_ppm),
            }
            for n, tier in enumerate(tiers)
        ],
        "minimum": grouped(terms.minimum),
        "cap_total": grouped(terms.cap_total),
        "cap_customer": grouped(terms.cap_customer),
        "left": grouped(offer.left),
        "commission": plain(Decimal(terms.commission_bps) / 100),
        "budget": grouped(terms.daily_budget),
        "band": plain(Decimal(terms.band_bps) / 100),
        "is_open": offer.is_open,
        "votes": plain(Decimal(product.vote_weight) / 100),
    }


def available(customer: Any, offer: queries.Offer) -> str:
    found = ledger.balance(customer_id=customer.pk, asset_id=offer.product.asset_id)
    return grouped(found.available)


def calculated(offer: queries.Offer, request: HttpRequest) -> dict[str, Any] | None:
    """The calculator's answer, of what stands in the address."""
    if offer.product.earns != Product.Earns.RATE:
        return None
    days = offer.product.lock_days or 365
    asked = request.GET.get("days", "")
    if (wanted := whole_of(asked)) is not None and not offer.product.pays_at_end:
        days = wanted
    example = _example(offer.terms)
    try:
        amount = written(request.GET.get("amount", "") or plain(example))
    except Invalid:
        amount = example
    compound = request.GET.get("compound") == "yes"
    found = project(
        product=offer.product, terms=offer.terms, amount=amount, days=days, compound=compound
    )
    return {**projected(found), "compound": compound}


def _example(terms: Terms) -> Decimal:
    """A round amount to begin with, that one customer may really put in: 1,000 USDT, 1 BTC."""
    room = terms.cap_customer / 10
    fitting = (Decimal(n) for n in (1000, 100, 10, 1) if n <= room)
    return max(next(fitting, terms.minimum), terms.minimum)


def projected(projection: Projection) -> dict[str, Any]:
    return {
        "amount": plain(projection.amount),
        "days": projection.days,
        "a_day": grouped(projection.a_day),
        "total": grouped(projection.total),
        "rate": percent(projection.blended_ppm),
    }


def shown_positions(found: Sequence[queries.Held]) -> list[dict[str, Any]]:
    """Each as a page shows it; their terms are read together."""
    terms = queries.terms_of_each([each.position for each in found])
    return [shown_position(each, terms[each.position.pk]) for each in found]


def shown_position(held: queries.Held, terms: Terms) -> dict[str, Any]:
    position = held.position
    product = position.product
    expected = None
    if product.earns == Product.Earns.RATE and position.state == "open":
        expected = projected(
            project(
                product=product, terms=terms, amount=position.amount, days=product.lock_days or 30
            )
        )
    return {
        "id": position.pk,
        "product": product,
        "asset": product.asset.code,
        "state": position.state,
        "amount": grouped(position.amount),
        "accrued": grouped(held.accrued),
        "paid": grouped(held.paid),
        "pending": grouped(held.pending),
        "forfeited": grouped(position.forfeited) if position.forfeited else "",
        "compound": position.compound,
        "earns_from": position.earns_from,
        "unlocks_at": position.unlocks_at,
        "locked": position.unlocks_at is not None and position.unlocks_at > clock.now(),
        "free_at": position.free_at,
        "closed_at": position.closed_at,
        "projected": expected,
    }


def shown_leaving(leaving: redeem.Leaving) -> dict[str, Any]:
    return {
        "amount": leaving.amount,
        "at_once": leaving.at_once,
        "free_at": leaving.free_at,
        "forfeits": grouped(leaving.forfeits) if leaving.forfeits else "",
    }


def written(text: str) -> Decimal:
    """An amount as people write it. Raises Invalid."""
    amount = amount_of(text)
    if amount is None:
        raise Invalid(_("Write an amount such as 0.25."), field="amount")
    return amount
