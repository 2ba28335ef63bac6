"""Earn for integrators: products and the calculator for everybody; positions, their history, in and
out for their owner."""

from __future__ import annotations

from typing import Any

from exchange.api import errors
from exchange.api.endpoints import Access, Call, Room
from exchange.api.errors import FUNDING
from exchange.api.parameters import Amount, Choice, Text, Whole
from exchange.api.shapes import strings
from exchange.core import clock
from exchange.core.errors import Conflict
from exchange.core.money import ZERO, plain
from launchpad.earn import errors as refused
from launchpad.earn import queries, redeem, subscribe
from launchpad.earn.models import Position, Product
from launchpad.earn.project import MOST_DAYS, project
from launchpad.earn.terms import percent

REFUSALS = {
    **errors.LAUNCHPAD,
    refused.NotOffered: 54201,
    refused.NotAllowed: 54202,
    refused.BelowMinimum: 54203,
    refused.CapReached: 54204,
    refused.TermsChanged: 54205,
    refused.Locked: 54206,
    refused.LosesInterest: 54207,
}
room = Room("Earn", refusals=REFUSALS)

PRODUCT = Text(name="product", required=True, about="A product's short name.")
AMOUNT = Amount(name="amount", about="In the product's asset; left out when redeeming: all.")
TERMS = Whole(name="terms", required=True, about="The version of the terms that you agree to.")
REQUEST_NO = Text(name="requestNo", required=True, about="Your own number of this request.")
POSITION = Whole(name="positionId", required=True)
RECKONED = Amount(name="amount", required=True, about="In the product's asset.")
DAYS = Whole(name="days", least=1, most=MOST_DAYS, default=365)
COMPOUND_SET = Choice(
    name="compound", among=("yes", "no"), required=True, about="Whether interest stays and earns."
)
NEWEST = Whole(name="N", least=1, most=queries.LISTED, default=50, clamp=True)
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


@room.get(
    "/launchpad/v1/earn/projection",
    takes=[PRODUCT, RECKONED, DAYS, COMPOUND],
    gives=strings("product currency amount interest_a_day interest_total yearly_percent")
    | {"days": "integer"},
)
def projection(call: Call) -> dict[str, Any]:
    """What an amount would earn by today's rates, summed day by day as it is accrued.

    Fixed savings are reckoned to their end, whatever `days` says. Refused for products that pay
    what arrives: nobody knows that beforehand.
    """
    offer = queries.offer(call.read(PRODUCT))
    if offer.product.earns != Product.Earns.RATE:
        raise Conflict("This product promises no rate.", field="product")
    days = offer.product.lock_days if offer.product.pays_at_end else call.read(DAYS)
    found = project(
        product=offer.product,
        terms=offer.terms,
        amount=call.read(RECKONED),
        days=days,
        compound=call.read(COMPOUND) == "yes",
    )
    return {
        "product": offer.product.slug,
        "currency": offer.product.asset.code,
        "amount": plain(found.amount),
        "days": found.days,
        "interest_a_day": plain(found.a_day),
        "interest_total": plain(found.total),
        "yearly_percent": percent(found.blended_ppm),
    }


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


@room.post(
    "/launchpad/v1/earn/compound",
    access=Access.TRADE,
    takes=[POSITION, COMPOUND_SET],
    gives=POSITION_SHAPE,
    family=FUNDING,
)
def let_stay(call: Call) -> dict[str, Any]:
    """Let interest stay in a position and earn, or not; from the next payment on."""
    changed = redeem.set_compound(
        customer_id=call.customer_id,
        position_id=call.read(POSITION),
        compound=call.read(COMPOUND_SET) == "yes",
        actor=call.actor,
    )
    return _one(call, changed)


@room.post(
    "/launchpad/v1/earn/history",
    access=Access.SIGNED,
    takes=[POSITION, NEWEST],
    gives={"events": [strings("kind amount") | {"at": "integer"}]},
    family=FUNDING,
)
def history(call: Call) -> dict[str, Any]:
    """What happened to one of the caller's positions, newest first: put in, taken out, interest
    paid (position), interest that stayed (compound), slashes."""
    held = queries.position(customer_id=call.customer_id, position_id=call.read(POSITION))
    events = queries.history(
        customer_id=call.customer_id, position_id=held.position.pk, limit=call.read(NEWEST)
    )
    return {
        "events": [
            {"at": clock.to_ms(each.at), "kind": each.kind, "amount": plain(each.amount)}
            for each in events
        ]
    }


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
