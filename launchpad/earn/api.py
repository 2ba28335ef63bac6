"""Earn for integrators: products for everybody; positions, in and out for their owner."""

from __future__ import annotations

from typing import Any

from exchange.api.endpoints import Access, Call, Room
from exchange.api.errors import FUNDING
from exchange.api.parameters import Amount, Choice, Text, Whole
from exchange.api.shapes import strings
from exchange.core import clock
from exchange.core.money import ZERO, plain
from launchpad.earn import queries, redeem, subscribe
from launchpad.earn.models import Position
from launchpad.earn.terms import percent

room = Room("Earn")

PRODUCT = Text(name="product", required=True, about="A product's short name.")
AMOUNT = Amount(name="amount", about="In the product's asset; left out when redeeming: all.")
TERMS = Whole(name="terms", required=True, about="The version of the terms that you agree to.")
REQUEST_NO = Text(name="requestNo", required=True, about="Your own number of this request.")
POSITION = Whole(name="positionId", required=True)
COMPOUND = Choice(name="compound", among=("yes", "no"), default="no")
ACCEPT_LOSS = Choice(
    name="acceptLoss",
    among=("yes", "no"),
    default="no",
    about="Ending fixed savings early gives up their interest: say yes to that.",
)
PRODUCT_SHAPE = {
    **strings(
        "product name kind earns currency state summary risk minimum cap_total cap_customer left"
        " commission_percent daily_budget band_percent market"
    ),
    "lock_days": "integer",
    "bonding_days": "integer",
    "unbonding_days": "integer",
    "pays_at_end": "boolean",
    "early_exit": "boolean",
    "vote_weight": "integer",
    "terms": "integer",
    "terms_from": "string",
    "tiers": [strings("above rate_percent")],
}
POSITION_SHAPE = {
    "position_id": "integer",
    **strings("product currency state amount earned paid pending forfeited compound earns_from"),
    "unlocks_at": "integer",
    "free_at": "integer",
}


@room.get("/launchpad/v1/earn/products", gives={"products": [PRODUCT_SHAPE]})
def products(call: Call) -> dict[str, Any]:
    """Every product, with the terms for who puts something in now."""
    return {"products": [_offer(each) for each in queries.offers()]}


@room.post(
    "/launchpad/v1/earn/positions",
    access=Access.SIGNED,
    gives={"positions": [POSITION_SHAPE]},
    family=FUNDING,
)
def positions(call: Call) -> dict[str, Any]:
    """The caller's positions that are open or on their way out."""
    found = queries.positions(customer_id=call.customer_id)
    return {"positions": [_held(each) for each in found]}


@room.post(
    "/launchpad/v1/earn/subscribe",
    access=Access.TRADE,
    takes=[PRODUCT, AMOUNT, TERMS, REQUEST_NO, COMPOUND],
    gives=POSITION_SHAPE,
    family=FUNDING,
)
def put_in(call: Call) -> dict[str, Any]:
    """Move an available amount into a product."""
    made = subscribe.subscribe(
        customer_id=call.customer_id,
        slug=call.read(PRODUCT),
        amount=call.read(AMOUNT) or ZERO,
        terms_version=call.read(TERMS),
        request_no=call.read(REQUEST_NO),
        compound=call.read(COMPOUND) == "yes",
        actor=call.actor,
    )
    return _one(call, made)


@room.post(
    "/launchpad/v1/earn/redeem",
    access=Access.TRADE,
    takes=[POSITION, AMOUNT, REQUEST_NO, ACCEPT_LOSS],
    gives=POSITION_SHAPE,
    family=FUNDING,
)
def take_out(call: Call) -> dict[str, Any]:
    """Take an amount, or all, out of a position."""
    out = redeem.redeem(
        customer_id=call.customer_id,
        position_id=call.read(POSITION),
        amount=call.read(AMOUNT),
        request_no=call.read(REQUEST_NO),
        accept_loss=call.read(ACCEPT_LOSS) == "yes",
        actor=call.actor,
    )
    return _one(call, out)


def _one(call: Call, position: Position) -> dict[str, Any]:
    return _held(queries.position(customer_id=call.customer_id, position_id=position.pk))


def _offer(offer: queries.Offer) -> dict[str, Any]:
    product, terms = offer.product, offer.terms
    return {
        "product": product.slug,
        "name": product.name,
        "kind": product.kind,
        "earns": product.earns,
        "currency": product.asset.code,
        "state": product.state,
        "summary": product.summary,
        "risk": product.risk,
        "minimum": plain(terms.minimum),
        "cap_total": plain(terms.cap_total),
        "cap_customer": plain(terms.cap_customer),
        "left": plain(offer.left),
        "commission_percent": percent(terms.commission_bps * 100),
        "daily_budget": plain(terms.daily_budget),
        "band_percent": percent(terms.band_bps * 100),
        "market": product.market,
        "lock_days": product.lock_days,
        "bonding_days": product.bonding_days,
        "unbonding_days": product.unbonding_days,
        "pays_at_end": product.pays_at_end,
        "early_exit": product.early_exit,
        "vote_weight": product.vote_weight,
        "terms": terms.version,
        "terms_from": terms.from_day.isoformat(),
        "tiers": [
            {"above": plain(tier.above), "rate_percent": percent(tier.rate_ppm)}
            for tier in terms.tiers.all()
        ],
    }


def _held(held: queries.Held) -> dict[str, Any]:
    position = held.position
    return {
        "position_id": position.pk,
        "product": position.product.slug,
        "currency": position.product.asset.code,
        "state": position.state,
        "amount": plain(position.amount),
        "earned": plain(held.accrued),
        "paid": plain(held.paid),
        "pending": plain(held.pending),
        "forfeited": plain(position.forfeited),
        "compound": "yes" if position.compound else "no",
        "earns_from": position.earns_from.isoformat(),
        "unlocks_at": clock.to_ms(position.unlocks_at) if position.unlocks_at else None,
        "free_at": clock.to_ms(position.free_at) if position.free_at else None,
    }


urlpatterns = room.urlpatterns()
