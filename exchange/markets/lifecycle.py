"""A market's beginning and end: create it before it trades, mark it, take it off for good.

For the rooms that list. Halting and reopening is everyday business (`halt.py`); these are not, and
nobody on the staff does them alone: the listing that asks for them was approved by two people.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from exchange.audit.record import record
from exchange.core import clock, outbox
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, NotFound
from exchange.markets.halt import CHANGED
from exchange.markets.models import Market

Status = Market.Status
PERMISSION = "exchange.delist_market"
ENDS_FROM = {Status.PRE_TRADE, Status.TRADING, Status.CANCEL_ONLY, Status.HALTED}


def create(*, actor: Actor, **terms: Any) -> Market:
    """A market that nobody can trade on yet. Raises PermissionRefused, Conflict when it exists."""
    actor.require("exchange.add_market")
    with transaction.atomic():
        if Market.objects.filter(symbol=terms["symbol"]).exists():
            raise Conflict(f"There is a market {terms['symbol']} already.", field="symbol")
        market = Market.objects.create(status=Status.PRE_TRADE, **terms)
        record(
            actor=actor,
            verb="markets.create",
            target=market,
            after={name: str(value) for name, value in terms.items()},
        )
    return market


def mark(*, market_id: int, tag: str, says: str, actor: Actor, reason: str) -> Market:
    """Put a word beside a market's name, or take it away (`tag` empty). Raises NotFound."""
    actor.require("exchange.change_market")
    with transaction.atomic():
        market = _locked(market_id)
        before = {"tag": market.tag, "tag_says": market.tag_says}
        if (market.tag, market.tag_says) == (tag, says):
            return market
        market.tag, market.tag_says = tag, says
        market.save(update_fields=["tag", "tag_says"])
        record(
            actor=actor,
            verb="markets.mark",
            target=market,
            reason=reason,
            before=before,
            after={"tag": tag, "tag_says": says},
        )
    return market


def guard(*, market_id: int, until: datetime | None, actor: Actor) -> None:
    """Keep insiders out until a moment. Raises NotFound."""
    actor.require("exchange.change_market")
    with transaction.atomic():
        market = _locked(market_id)
        before, market.guarded_until = market.guarded_until, until
        market.save(update_fields=["guarded_until"])
        record(
            actor=actor,
            verb="markets.guard",
            target=market,
            before={"guarded_until": before},
            after={"guarded_until": until},
        )


def delist(*, market_id: int, actor: Actor, reason: str, told: str) -> Market:
    """No order is taken any more, ever; what rests can still be cancelled. Twice is once.

    Raises PermissionRefused, NotFound.
    """
    actor.require(PERMISSION)
    with transaction.atomic():
        market = _locked(market_id)
        if market.status == Status.DELISTED:
            return market
        if market.status not in ENDS_FROM:
            raise Conflict(f"{market.symbol} is {market.status}.", field="status")
        before = {"status": market.status}
        market.status, market.status_reason = Status.DELISTED, told
        market.save(update_fields=["status", "status_reason"])
        record(
            actor=actor,
            verb="markets.delist",
            target=market,
            reason=reason,
            before=before,
            after={"status": market.status},
        )
        outbox.announce(
            CHANGED,
            market_id=market.pk,
            symbol=market.symbol,
            status=market.status,
            told=told,
            ms=clock.to_ms(clock.now()),
        )
    return market


def _locked(market_id: int) -> Market:
    market = Market.objects.select_for_update(no_key=True).filter(pk=market_id).first()
    if market is None:
        raise NotFound(f"There is no market {market_id}.", field="market_id")
    return market
