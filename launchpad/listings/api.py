"""Listings for integrators: the calendar and one listing for anybody, one's applications by key."""

from __future__ import annotations

from typing import Any

from exchange.api.endpoints import Access, Call, Room
from exchange.api.parameters import Text
from exchange.api.shapes import strings
from exchange.core import clock
from exchange.core.errors import NotFound
from exchange.core.money import plain
from launchpad.listings import checks, missing, queries
from launchpad.listings.models import Listing

room = Room("Listings")

CODE = Text(name="code", required=True, about="The asset's code.")
ROW = {
    **strings("code name network contract stage symbol"),
    "deposits_at": "integer",
    "trading_at": "integer",
    "withdrawals_at": "integer",
    "schedule_version": "integer",
}


@room.get("/launchpad/v1/listings", gives={"coming": [ROW], "listed": [ROW], "delisting": [ROW]})
def listings(call: Call) -> dict[str, Any]:
    """What opens next, what was listed lately, what is being delisted. Moments in milliseconds."""
    return {
        "coming": [_row(each) for each in queries.coming()],
        "listed": [_row(each) for each in queries.listed()],
        "delisting": [_row(each) for each in queries.going()],
    }


@room.get(
    "/launchpad/v1/listings/detail",
    takes=[CODE],
    gives={
        **ROW,
        **strings("about risks company website min_notional taker_rate withdraw_fee"),
        "trading_closes_at": "integer",
        "withdrawals_close_at": "integer",
        "checked_at_block": "integer",
        "findings": [strings("key verdict says")],
        "announcements": [{"at": "integer", **strings("kind words")}],
    },
)
def detail(call: Call) -> dict[str, Any]:
    """One listing with its facts, what was read from its contract, and what was announced."""
    listing = queries.one(call.read(CODE))
    if listing is None:
        raise NotFound("There is no such listing.", field="code")
    run = checks.newest(listing)
    plan = listing.schedule
    return {
        **_row(listing),
        "about": listing.about,
        "risks": listing.risks,
        "company": listing.company,
        "website": listing.website,
        "min_notional": plain(plan.min_notional),
        "taker_rate": plain(plan.taker_rate),
        "withdraw_fee": plain(plan.withdraw_fee),
        "trading_closes_at": _ms(listing.trading_closes_at),
        "withdrawals_close_at": _ms(listing.withdrawals_close_at),
        "checked_at_block": (run.height or 0) if run else 0,
        "findings": [
            {"key": each.key, "verdict": each.verdict, "says": each.says}
            for each in (run.findings.order_by("id") if run else ())
        ],
        "announcements": [
            {"at": _ms(each.at), "kind": each.kind, "words": each.words}
            for each in queries.news(listing)
        ],
    }


@room.get(
    "/launchpad/v1/listings/applications",
    access=Access.SIGNED,
    gives={
        "applications": [
            {
                "id": "integer",
                **strings("code name stage next"),
                "since": "integer",
                "missing": ["string"],
                "events": [{"at": "integer", "words": "string"}],
            }
        ]
    },
)
def applications(call: Call) -> dict[str, Any]:
    """One's own applications: where each stands, what is missing and what happens next."""
    return {
        "applications": [
            {
                "id": each.pk,
                "code": each.code,
                "name": each.name,
                "stage": each.stage,
                "next": missing.next_words(each),
                "since": _ms(each.since),
                "missing": [lack.says for lack in missing.of(each)]
                if each.stage == "draft"
                else [],
                "events": [
                    {"at": _ms(event.at), "words": event.words} for event in queries.told(each)[:20]
                ],
            }
            for each in queries.of_customer(call.customer_id)[:10]
        ]
    }


def _row(listing: Listing) -> dict[str, Any]:
    plan = listing.schedule
    return {
        "code": listing.code,
        "name": listing.name,
        "network": listing.network.code if listing.network else "",
        "contract": listing.contract,
        "stage": listing.stage,
        "symbol": listing.market.symbol if listing.market else "",
        "deposits_at": _ms(plan.deposits_at),
        "trading_at": _ms(plan.trading_at),
        "withdrawals_at": _ms(plan.withdrawals_at),
        "schedule_version": plan.version,
    }


def _ms(at: Any) -> int:
    return clock.to_ms(at) if at else 0


urlpatterns = room.urlpatterns()
