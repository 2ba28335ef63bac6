"""Token sales for integrators: the calendar, how a sale stands, the draw; signed: take part."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from exchange.api import errors
from exchange.api.endpoints import Access, Call, Room
from exchange.api.parameters import Amount, Choice, Whole
from exchange.api.shapes import integers, strings
from exchange.core import clock
from exchange.core.errors import NotFound
from exchange.core.money import ZERO, plain
from launchpad.sales import commit as committing
from launchpad.sales import errors as refused
from launchpad.sales import explain, queries, release, tiers, turns
from launchpad.sales import withdraw as withdrawing
from launchpad.sales.models import Sale, Subscription

REFUSALS = {
    **errors.LAUNCHPAD,
    refused.NotOpen: 54101,
    refused.NotForYou: 54102,
    refused.TooLittleHeld: 54103,
    refused.BelowLeast: 54104,
    refused.AboveMost: 54105,
    refused.NotWhole: 54106,
    refused.SoldOut: 54107,
    refused.CannotLower: 54108,
    refused.NotWithdrawable: 54109,
    refused.TooManyTurns: 54110,
    refused.TooManyChanges: 54111,
    refused.RisksNotAccepted: 54112,
    refused.NothingDue: 54113,
    refused.NotMain: 54114,
}
room = Room("Launchpad: token sales", refusals=REFUSALS)

SALE = Whole(name="sale_id", least=1, required=True)
AMOUNT = Amount(
    name="amount",
    required=True,
    about="The new total in the quote: sent twice, it is one commitment.",
)
LEFT = Amount(name="left", about="What stays committed; without it, all is taken back.")
RISKS = Choice(
    name="accept_risks",
    among=["yes"],
    required=True,
    about="yes: the customer has read that everything that is paid can be lost.",
)
TERMS = (
    strings(
        "name asset quote mode price lot offered least most ticket_price state public_input"
        " countries_excluded first_percent"
    )
    | integers(
        "sale_id kyc_tier cliff_days periods period_days claim_days snapshot_at opens_at closes_at"
        " distributes_at"
    )
    | {"withdrawable": "boolean"}
)
FIGURES = strings("state committed goal times") | integers("sale_id subscribers percent")
MINE = (
    strings(
        "code salt tier bmx_held committed allocated spent refunded released claimable left_out"
    )
    | integers("sale_id place settled_at")
    | {"places": [strings("committed") | integers("place")]}
)


@room.get("/launchpad/v1/sales", gives={"sales": [TERMS]})
def sales(call: Call) -> dict[str, Any]:
    """Every sale that was announced: those that run, come, and are over."""
    found = queries.calendar()
    rows = [*found["running"], *found["coming"], *found["over"]]
    return {"sales": [_terms(sale) for sale in rows]}


@room.get(
    "/launchpad/v1/sales/detail",
    takes=[SALE],
    gives=TERMS
    | strings("about risks website")
    | {"tiers": [strings("name least_held most")], "releases": [integers("due_at upto_ppm")]},
)
def detail(call: Call) -> dict[str, Any]:
    """One sale with its tiers and the dates on which tokens are released."""
    sale = queries.public_sale(call.read(SALE))
    return {
        **_terms(sale),
        "about": sale.about,
        "risks": sale.risks,
        "website": sale.website,
        "tiers": [
            {"name": t.name, "least_held": plain(t.least_held), "most": plain(t.most)}
            for t in sale.tiers.all()
        ],
        "releases": [
            {"due_at": clock.to_ms(r.due_at), "upto_ppm": r.upto_ppm}
            for r in queries.schedule(sale)
        ],
    }


@room.get("/launchpad/v1/sales/figures", takes=[SALE], gives=FIGURES)
def figures(call: Call) -> dict[str, Any]:
    """How much was committed so far, of what all that is offered costs."""
    sale = queries.public_sale(call.read(SALE))
    found = queries.figures(sale)
    return {
        "sale_id": sale.pk,
        "state": found.state,
        "subscribers": found.subscribers,
        "committed": plain(found.committed),
        "goal": plain(found.goal),
        "percent": found.percent,
        "times": plain(found.times),
    }


@room.get(
    "/launchpad/v1/sales/allocation",
    takes=[SALE],
    gives=strings(
        "state seed_hash seed block_hash inputs_digest result_digest script inputs results"
        " allocated spent refunded left_out_amount"
    )
    | integers("sale_id block_height left_out"),
)
def allocation(call: Call) -> dict[str, Any]:
    """What everybody needs to run the draw again: digests, seed, block, and where the script and
    its files are. Empty is what is not published yet."""
    sale = queries.public_sale(call.read(SALE))
    drawn = bool(sale.result_digest)
    return {
        "sale_id": sale.pk,
        "state": sale.state,
        "seed_hash": sale.seed_hash,
        "seed": sale.seed,
        "block_height": sale.block_height or 0,
        "block_hash": sale.block_hash,
        "inputs_digest": sale.inputs_digest,
        "result_digest": sale.result_digest,
        "script": reverse("sale-script"),
        "inputs": reverse("sale-inputs", args=[sale.pk]) if sale.inputs_digest else "",
        "results": reverse("sale-results", args=[sale.pk]) if drawn else "",
        "allocated": plain(sale.allocated) if sale.allocated is not None else "",
        "spent": plain(sale.spent) if sale.spent is not None else "",
        "refunded": plain(sale.refunded) if sale.refunded is not None else "",
        "left_out": sale.left_out,
        "left_out_amount": plain(sale.left_out_amount),
    }


@room.get("/launchpad/v1/sales/mine", access=Access.KEYED, takes=[SALE], gives=MINE)
def mine(call: Call) -> dict[str, Any]:
    """Your place in a sale: tier, commitment, and what came of it."""
    sale = queries.public_sale(call.read(SALE))
    found = queries.subscription(sale.pk, call.customer_id)
    if found is None:
        standing = tiers.standing_of(sale, call.customer_id)
        if standing.refusal is not None:
            raise standing.refusal
        raise NotFound("You have committed nothing to this sale.", field="sale_id")
    return _mine(sale, found)


@room.post(
    "/launchpad/v1/sales/commit",
    access=Access.TRADE,
    takes=[SALE, AMOUNT, RISKS],
    gives=MINE,
)
def commit(call: Call) -> dict[str, Any]:
    """Make your commitment this much altogether: it is set aside in your spot account."""
    sale = queries.public_sale(call.read(SALE))
    total = call.read(AMOUNT)
    accepted = call.read(RISKS) == "yes"
    made = committing.commit(
        sale_id=sale.pk,
        customer_id=call.customer_id,
        total=total,
        risks_accepted=accepted,
        actor=call.actor,
    )
    return _mine(sale, made)


@room.post("/launchpad/v1/sales/withdraw", access=Access.TRADE, takes=[SALE, LEFT], gives=MINE)
def withdraw(call: Call) -> dict[str, Any]:
    """Lower your commitment, or take it back, while the sale is open and its rules allow it."""
    sale = queries.public_sale(call.read(SALE))
    made = withdrawing.withdraw(
        sale_id=sale.pk,
        customer_id=call.customer_id,
        total=call.read(LEFT) or ZERO,
        actor=call.actor,
    )
    return _mine(sale, made)


@room.post(
    "/launchpad/v1/sales/claim",
    access=Access.TRADE,
    takes=[SALE],
    gives=strings("amount asset") | integers("sale_id"),
)
def claim(call: Call) -> dict[str, Any]:
    """Move the tokens that are due into your spot account."""
    sale = queries.public_sale(call.read(SALE))
    amount = release.claim(sale_id=sale.pk, customer_id=call.customer_id, actor=call.actor)
    return {"sale_id": sale.pk, "amount": plain(amount), "asset": sale.asset.code}


def _terms(sale: Sale) -> dict[str, Any]:
    return {
        "sale_id": sale.pk,
        "name": sale.name,
        "asset": sale.asset.code,
        "quote": sale.quote.code,
        "mode": sale.mode,
        "price": plain(sale.price),
        "lot": plain(sale.lot),
        "offered": plain(sale.offered),
        "least": plain(sale.least),
        "most": plain(sale.most),
        "ticket_price": plain(sale.ticket_price) if sale.mode == "tickets" else "",
        "state": sale.state,
        "public_input": sale.public_input,
        "countries_excluded": ",".join(sorted(tiers.excluded(sale))),
        "first_percent": f"{sale.first_ppm // 10_000}.{sale.first_ppm % 10_000:04}",
        "kyc_tier": sale.kyc_tier,
        "withdrawable": sale.withdrawable,
        "cliff_days": sale.cliff_days,
        "periods": sale.periods,
        "period_days": sale.period_days,
        "claim_days": sale.claim_days,
        "snapshot_at": clock.to_ms(sale.snapshot_at),
        "opens_at": clock.to_ms(sale.opens_at),
        "closes_at": clock.to_ms(sale.closes_at),
        "distributes_at": clock.to_ms(sale.distributes_at),
    }


def _mine(sale: Sale, found: Subscription) -> dict[str, Any]:
    known = found.allocated is not None
    return {
        "sale_id": sale.pk,
        "code": found.code,
        "salt": found.salt,
        "place": found.place or 0,
        "tier": found.tier.name if found.tier else "",
        "bmx_held": plain(found.bmx_held),
        "committed": plain(found.committed),
        "allocated": plain(found.allocated) if known else "",
        "spent": plain(found.spent) if known else "",
        "refunded": plain(found.refunded) if known else "",
        "released": plain(found.released),
        "claimable": plain(queries.claimable(sale, found)),
        "left_out": explain.left_out(found) if found.left_out else "",
        "places": [
            {"place": place, "committed": plain(amount)} for place, amount in turns.places(found)
        ],
        "settled_at": clock.to_ms(found.settled_at) if found.settled_at else 0,
    }


urlpatterns = room.urlpatterns()
