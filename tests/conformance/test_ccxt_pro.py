"""The sockets as ccxt.pro reads them, against the same exchange that takes its orders."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

import ccxt
import ccxt.pro
import pytest

from tests.conformance.venue import Venue

pytestmark = pytest.mark.server
T = TypeVar("T")
PAIR = "LTC/USDT"
PRICE = 61.25


def soon(coming: Awaitable[T]) -> Awaitable[T]:
    return asyncio.wait_for(coming, 20)


async def follow(exchange: Any) -> dict[str, Any]:
    """Place, watch, cancel; everything that was pushed on the way."""
    seen: dict[str, Any] = {}
    await exchange.watch_balance()  # the snapshot; what follows are pushes
    orders = asyncio.ensure_future(exchange.watch_orders(PAIR))
    balance = asyncio.ensure_future(exchange.watch_balance())
    await asyncio.sleep(1)
    placed = await exchange.create_order(PAIR, "limit", "buy", 2, PRICE)
    seen["id"] = placed["id"]
    seen["rested"] = dict((await soon(orders))[-1])  # ccxt updates its own in place
    seen["held"] = dict((await soon(balance))["USDT"])
    seen["bids"] = [level[:2] for level in (await soon(exchange.watch_order_book(PAIR)))["bids"]]
    orders = asyncio.ensure_future(exchange.watch_orders(PAIR))
    await asyncio.sleep(0.2)
    await exchange.cancel_order(placed["id"], PAIR)
    seen["cancelled"] = (await soon(orders))[-1]
    return seen


def test_an_order_is_followed_from_rest_to_cancel(venue: Venue, listed: ccxt.bitmart) -> None:
    key = venue.key("maker")
    sockets = {"public": venue.env["WS_PUBLIC_URL"], "private": venue.env["WS_PRIVATE_URL"]}

    async def run() -> dict[str, Any]:
        exchange = ccxt.pro.bitmart(
            {
                "apiKey": key.key,
                "secret": key.secret,
                "uid": key.memo,
                "urls": {
                    "api": {
                        "spot": venue.url,
                        "swap": venue.url,
                        "ws": {"spot": sockets, "swap": sockets},
                    }
                },
            }
        )
        exchange.set_markets(listed.markets, listed.currencies)
        try:
            return await follow(exchange)
        finally:
            await exchange.close()

    seen = asyncio.run(run())

    assert (seen["rested"]["id"], seen["rested"]["status"]) == (seen["id"], "open")
    assert (seen["rested"]["price"], seen["rested"]["amount"]) == (PRICE, 2.0)
    assert seen["held"]["used"] >= 2 * PRICE
    assert [PRICE, 2.0] in seen["bids"]
    assert (seen["cancelled"]["id"], seen["cancelled"]["status"]) == (seen["id"], "canceled")
