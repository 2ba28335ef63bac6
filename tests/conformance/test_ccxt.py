"""A day's trading with ccxt, between a maker and a taker, to the last decimal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import ccxt
import ccxt.async_support
import pytest

from tests.conformance.venue import Venue, eventually

pytestmark = pytest.mark.server

PAIR = "BTC/USDT"
Connect = Callable[..., ccxt.bitmart]


def wallet(exchange: ccxt.bitmart) -> dict[str, tuple[str, str]]:
    """(available, frozen) by currency, as text: ccxt's own numbers are floats."""
    rows = exchange.fetch_balance()["info"]["data"]["wallet"]
    return {row["id"]: (row["available"], row["frozen"]) for row in rows}


def settled(exchange: ccxt.bitmart, order_id: str, status: str = "closed") -> dict[str, Any]:
    return eventually(
        lambda: exchange.fetch_order(order_id, PAIR), lambda order: order["status"] == status
    )


def test_what_clients_load_first(client: Connect) -> None:
    exchange = client("maker")

    market = exchange.load_markets(reload=True)[PAIR]

    assert (market["id"], market["spot"], market["active"]) == ("BTC_USDT", True, True)
    assert (market["precision"]["amount"], market["precision"]["price"]) == (0.00001, 0.01)
    assert market["limits"]["amount"] == {"min": 0.00001, "max": 1000.0}
    assert market["limits"]["cost"]["min"] == 5.0
    assert exchange.currencies["USDT"]["networks"]["ERC20"]["fee"] == 4
    assert abs(exchange.fetch_time() - exchange.milliseconds()) < 10_000
    assert exchange.fetch_status()["status"] == "ok"
    fee = exchange.fetch_trading_fee(PAIR)
    assert (fee["maker"], fee["taker"]) == (0.001, 0.002)


def test_every_pair_and_coin_is_listed_so_that_clients_can_use_it(listed: ccxt.bitmart) -> None:
    assert len(listed.markets) >= 1500
    assert len(listed.currencies) >= 1000
    for market in listed.markets.values():
        assert market["active"]
        assert market["limits"]["amount"]["min"] == market["precision"]["amount"] > 0
        assert market["precision"]["price"] > 0
        assert {market["base"], market["quote"]} <= listed.currencies.keys()
    assert len({m["id"] for m in listed.markets.values()}) == len(listed.markets)
    assert len(listed.fetch_tickers()) == len(listed.markets)


def test_a_days_trading(client: Connect) -> None:
    maker, taker = client("maker"), client("taker")
    assert wallet(maker) == wallet(taker)
    assert wallet(maker)["BTC"] == ("10", "0")

    # The maker quotes.
    near = maker.create_order(PAIR, "limit", "sell", 0.5, 50_000)["id"]
    far = maker.create_order(PAIR, "limit", "sell", 0.3, 50_100, {"postOnly": True})["id"]
    bid = maker.create_order(PAIR, "limit", "buy", 0.4, 49_000, {"clientOrderId": "makersbid"})[
        "id"
    ]
    assert wallet(maker)["BTC"] == ("9.2", "0.8")
    assert wallet(maker)["USDT"] == ("980360.8", "19639.2")  # 19,600 and 0.2 % of it
    book = eventually(
        lambda: taker.fetch_order_book(PAIR), lambda b: len(b["asks"]) + len(b["bids"]) == 3
    )
    assert book["asks"] == [[50_000, 0.5], [50_100, 0.3]]
    assert book["bids"] == [[49_000, 0.4]]
    named = maker.fetch_order(bid, PAIR, {"clientOrderId": "makersbid"})
    assert (named["id"], named["clientOrderId"], named["status"]) == (bid, "makersbid", "open")

    # The taker takes: a limit that crosses, a market buy by cost, a market sell, an IOC.
    crossing = taker.create_order(PAIR, "limit", "buy", 0.2, 50_050)["id"]
    taken = settled(taker, crossing)
    assert (taken["filled"], taken["average"], taken["cost"]) == (0.2, 50_000, 10_000)
    partly = maker.fetch_order(near, PAIR)
    assert (partly["status"], partly["filled"], partly["remaining"]) == ("open", 0.2, 0.3)

    by_cost = taker.create_market_buy_order_with_cost(PAIR, 20_030)["id"]
    assert settled(taker, by_cost, "closed")["filled"] == 0.40039
    assert settled(maker, near)["filled"] == 0.5

    market_sell = taker.create_order(PAIR, "market", "sell", 0.1)["id"]
    assert settled(taker, market_sell)["cost"] == 4_900

    ioc = taker.create_order(PAIR, "limit", "sell", 0.5, 49_000, {"timeInForce": "IOC"})["id"]
    ended = settled(taker, ioc, "canceled")
    assert (ended["filled"], ended["info"]["state"]) == (0.3, "partially_canceled")
    assert settled(maker, bid)["filled"] == 0.4

    # A post-only that would cross is let go by the system, and has moved nothing.
    before = wallet(taker)
    crossing_maker = taker.create_order(PAIR, "limit", "buy", 0.1, 50_200, {"postOnly": True})["id"]
    dropped = settled(taker, crossing_maker, "canceled")
    assert (dropped["filled"], dropped["info"]["cancelSource"]) == (0, "system")
    assert wallet(taker) == before

    assert wallet(maker)["BTC"] == ("9.6", "0.19961")
    assert wallet(maker)["USDT"] == ("1010379.909461", "0")
    assert wallet(taker)["BTC"] == ("10.20039", "0")
    assert wallet(taker)["USDT"] == ("989471.201922", "0")
    check_trades(maker, taker, crossing, by_cost, far)
    check_market_data(taker)


def check_trades(
    maker: ccxt.bitmart, taker: ccxt.bitmart, crossing: str, by_cost: str, far: str
) -> None:
    """Fees are in the quote, and both sides saw the same trades."""
    mine, theirs = maker.fetch_my_trades(PAIR), taker.fetch_my_trades(PAIR)
    assert [t["id"] for t in mine] == [t["id"] for t in theirs]
    assert len(mine) == 5
    assert {t["takerOrMaker"] for t in mine} == {"maker"}
    assert {t["takerOrMaker"] for t in theirs} == {"taker"}
    paid = [Decimal(t["info"]["fee"]) for t in theirs]
    assert sorted(paid) == [
        Decimal("9.8"), Decimal("10.059078"), Decimal(20), Decimal("29.4"), Decimal(30)
    ]  # fmt: skip
    assert {t["fee"]["currency"] for t in mine + theirs} == {"USDT"}
    (first,) = taker.fetch_order_trades(crossing, PAIR)
    assert (first["price"], first["amount"], first["cost"], first["side"]) == (
        50_000, 0.2, 10_000, "buy"
    )  # fmt: skip
    assert {t["price"] for t in taker.fetch_order_trades(by_cost, PAIR)} == {50_000, 50_100}
    assert [o["id"] for o in maker.fetch_open_orders(PAIR)] == [far]


def check_market_data(anybody: ccxt.bitmart) -> None:
    ticker = anybody.fetch_ticker(PAIR)
    assert (ticker["last"], ticker["high"], ticker["low"]) == (49_000, 50_100, 49_000)
    assert (ticker["baseVolume"], ticker["ask"], ticker["bid"]) == (1.00039, 50_100, None)
    assert anybody.fetch_tickers()[PAIR]["symbol"] == PAIR
    tape = [(t["side"], t["amount"]) for t in anybody.fetch_trades(PAIR)]
    # Two trades of one order happened at the same time.
    assert (tape[0], sorted(tape[1:3]), tape[3:]) == (
        ("buy", 0.2),
        [("buy", 0.10039), ("buy", 0.3)],
        [("sell", 0.1), ("sell", 0.3)],
    )
    for timeframe in ("1m", "1h", "1d", "1w", "1M"):
        candle = anybody.fetch_ohlcv(PAIR, timeframe, limit=3)[-1]
        assert candle[1:] == [50_000, 50_100, 49_000, 49_000, 1.00039]
    since = anybody.milliseconds() - 3 * 3_600_000
    assert len(anybody.fetch_ohlcv(PAIR, "1h", since=since, limit=10)) >= 1


def test_batches_and_cancels(client: Connect) -> None:
    exchange = client("batcher")
    before = wallet(exchange)

    def limit(price: int) -> dict[str, Any]:
        return {"symbol": PAIR, "type": "limit", "side": "buy", "amount": 0.01, "price": price}

    placed = [o["id"] for o in exchange.create_orders([limit(40_000 + n) for n in range(6)])]
    one = exchange.create_order(PAIR, "limit", "buy", 0.01, 39_000, {"clientOrderId": "byname"})
    assert {o["id"] for o in exchange.fetch_open_orders(PAIR)} == {*placed, one["id"]}

    exchange.cancel_order(placed[0], PAIR)
    exchange.cancel_order(None, PAIR, {"clientOrderId": "byname"})
    several = exchange.cancel_orders([placed[1], placed[2], "12345"], PAIR)
    assert [(o["id"], o["status"]) for o in several] == [
        (placed[1], "canceled"),
        (placed[2], "canceled"),
        ("12345", "failed"),
    ]
    assert {o["id"] for o in exchange.fetch_open_orders(PAIR)} == set(placed[3:])
    exchange.cancel_all_orders(PAIR)
    assert exchange.fetch_open_orders(PAIR) == []

    assert wallet(exchange) == before
    closed = {o["id"]: o["status"] for o in exchange.fetch_closed_orders(PAIR)}
    assert closed == dict.fromkeys([*placed, one["id"]], "canceled")
    assert {o["id"] for o in exchange.fetch_canceled_orders(PAIR)} == closed.keys()
    with pytest.raises(ccxt.OrderNotFound):
        exchange.cancel_order(placed[0], PAIR)
    with pytest.raises(ccxt.OrderNotFound):
        exchange.fetch_order("999999999", PAIR)


def test_the_async_client(venue: Venue) -> None:
    async def session() -> list[str]:
        key = venue.key("async")
        exchange = ccxt.async_support.bitmart(
            {
                "apiKey": key.key,
                "secret": key.secret,
                "uid": key.memo,
                "urls": {"api": {"spot": venue.url, "swap": venue.url}},
            }
        )
        try:
            await exchange.load_markets()
            orders = await asyncio.gather(
                *(exchange.create_order("LTC/USDT", "limit", "buy", 1, 50 + n) for n in range(10))
            )
            listed = await exchange.fetch_open_orders("LTC/USDT")
            assert {o["id"] for o in listed} == {o["id"] for o in orders}
            await exchange.cancel_all_orders("LTC/USDT")
            return await exchange.fetch_open_orders("LTC/USDT")
        finally:
            await exchange.close()

    assert asyncio.run(session()) == []
