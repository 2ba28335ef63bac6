"""Halt a market, let customers only cancel, and reopen it.

One person may stop a market, and the same permission reopens it: a halt costs trading, a missing
halt costs money. A delisted market stays delisted.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from exchange.audit.record import record
from exchange.core import clock, outbox
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound
from exchange.markets import publish
from exchange.markets.models import Market

Status = Market.Status
CHANGED = "markets.status"

MOVES: dict[str, set[str]] = {
    Status.PRE_TRADE: {Status.TRADING},
    Status.TRADING: {Status.CANCEL_ONLY, Status.HALTED},
    Status.CANCEL_ONLY: {Status.TRADING, Status.HALTED},
    Status.HALTED: {Status.TRADING, Status.CANCEL_ONLY},
    Status.DELISTED: set(),
}


def halt(*, market_id: int, actor: Actor, reason: str, told: str = "") -> Market:
    """No new orders and no cancelling. Raises as `set_status` does."""
    return set_status(
        market_id=market_id, status=Status.HALTED, actor=actor, reason=reason, told=told
    )


def cancel_only(*, market_id: int, actor: Actor, reason: str, told: str = "") -> Market:
    """No new orders; customers may still cancel what rests. Raises as `set_status` does."""
    return set_status(
        market_id=market_id, status=Status.CANCEL_ONLY, actor=actor, reason=reason, told=told
    )


def reopen(*, market_id: int, actor: Actor, reason: str) -> Market:
    """Trading, at once. Raises as `set_status` does."""
    return set_status(market_id=market_id, status=Status.TRADING, actor=actor, reason=reason)


def set_status(*, market_id: int, status: str, actor: Actor, reason: str, told: str = "") -> Market:
    """Move a market to another status. Moving it to where it stands changes nothing.

    `reason` is for the audit log; `told` is what customers read beside the status.

    Orders already waiting for the matcher are still matched: they were accepted while the market
    was open. Raises PermissionRefused, Invalid without a reason, NotFound, Conflict when there is
    no such move.
    """
    actor.require("exchange.halt_market")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        market = Market.objects.select_for_update().filter(pk=market_id).first()
        if market is None:
            raise NotFound(f"There is no market {market_id}.", field="market_id")
        if market.status == status:
            return market
        if status not in MOVES[market.status]:
            raise Conflict(
                f"{market.symbol} is {market.status} and can't become {status}.",
                field="status",
                limit=sorted(MOVES[market.status]),
            )
        before = {"status": market.status, "status_reason": market.status_reason}
        market.status = status
        market.status_reason = "" if status == Status.TRADING else told
        market.save(update_fields=["status", "status_reason"])
        record(
            actor=actor,
            verb="markets.set_status",
            target=market,
            reason=reason,
            before=before,
            after={"status": market.status, "status_reason": market.status_reason},
        )
        outbox.announce(
            CHANGED,
            market_id=market.pk,
            symbol=market.symbol,
            status=market.status,
            told=market.status_reason,
            ms=clock.to_ms(clock.now()),  # under the row's lock: later changes have later times
        )
    return market


@outbox.consumes(CHANGED)
def tell(payload: dict[str, Any]) -> None:
    """Show it on every open page of the market. Tried again until Valkey took it."""
    publish.status(
        symbol=payload["symbol"],
        status=payload["status"],
        reason=payload["told"],
        ms=payload["ms"],
    )


def tell_missing(*, limit: int = 500) -> int:
    """Give Valkey back the halts it lost; open markets need none. Safe to run twice."""
    closed = Market.objects.exclude(status__in=(Status.TRADING, Status.DELISTED))
    rows = {market.symbol: market for market in closed.order_by("pk")[:limit]}
    # As old as can be: a change that was made meanwhile is newer and wins.
    lost = publish.statuses_missing(list(rows))
    for symbol in lost:
        market = rows[symbol]
        publish.status(symbol=symbol, status=market.status, reason=market.status_reason, ms=0)
    return len(lost)
