"""Unmodified clients of other people: ccxt.pro and BitMart's own SDK."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import queue
import threading
from contextlib import asynccontextmanager

import ccxt.pro
import pytest
from bitmart.websocket.spot_socket_client import SpotSocketClient

SYMBOL = "BTC_USDT"


@pytest.fixture
def symbol():
    return SYMBOL


@pytest.fixture(autouse=True)
def _no_market_left(valkey):
    valkey.client.delete(f"md:last:{SYMBOL}")


@asynccontextmanager
async def ccxt_client(streams, web):
    ws = {
        "public": streams.url + "/api?protocol=1.1",
        "private": streams.url + "/user?protocol=1.1",
    }
    rest = {"spot": web.url, "swap": web.url, "ws": {"spot": ws, "swap": ws}}
    client = ccxt.pro.bitmart(
        {"apiKey": "k", "secret": "s", "uid": "m", "urls": {"api": rest}, "enableRateLimit": False}
    )
    try:
        yield client
    finally:
        await client.close()


def test_ccxt_watches_a_market(streams, valkey, web, picture):
    valkey.publish(picture(trades=[[1, "100.50", "0.2", "sell", 1_800_000_000_123]]))

    async def scenario():
        async with ccxt_client(streams, web) as client:
            ticker = await client.watch_ticker("BTC/USDT")
            assert (ticker["last"], ticker["bid"], ticker["ask"]) == (100.5, 100.0, 101.0)
            assert (ticker["baseVolume"], ticker["quoteVolume"]) == (12.5, 1250.75)
            best = (await client.watch_bids_asks(["BTC/USDT"]))["BTC/USDT"]
            assert (best["bid"], best["askVolume"]) == (100.0, 0.7)
            [trade] = await client.watch_trades("BTC/USDT")
            assert (trade["id"], trade["side"], trade["price"], trade["amount"]) == (
                "1", "sell", 100.5, 0.2,
            )  # fmt: skip
            [candle] = await client.watch_ohlcv("BTC/USDT", "1m")
            assert candle[1:] == [90.0, 110.0, 89.0, 100.5, 12.5]

    asyncio.run(scenario())


def test_ccxt_keeps_the_book_by_increments(streams, valkey, web, picture):
    valkey.publish(picture())

    async def scenario():
        async with ccxt_client(streams, web) as client:
            book = await client.watch_order_book("BTC/USDT")
            assert (book["bids"], book["asks"]) == (
                [[100.0, 1.5], [99.5, 2.0]], [[101.0, 0.7], [102.0, 3.0]],
            )  # fmt: skip
            valkey.publish(picture(bids=[["100.00", "1"], ["99.75", "4"]]))
            book = await client.watch_order_book("BTC/USDT")
            assert (book["bids"], book["asks"]) == (
                [[100.0, 1.0], [99.75, 4.0]], [[101.0, 0.7], [102.0, 3.0]],
            )  # fmt: skip

    asyncio.run(scenario())


def test_ccxt_watches_its_orders_and_balance(streams, valkey, web):
    order = {
        "symbol": SYMBOL, "order_id": "77", "client_order_id": "mine", "clientOid": "mine",
        "side": "buy", "type": "limit", "price": "100.00", "size": "2", "filled_size": "0.5",
        "state": "5", "ms_t": "1800000000000",
    }  # fmt: skip
    event = {
        "orders": [order],
        "balances": [
            {"ccy": "BTC", "av_bal": "0.5", "fz_bal": "0"},
            {"ccy": "USDT", "av_bal": "7", "fz_bal": "150"},
        ],
        "ms": 1_800_000_000_000,
    }

    async def tell_until_heard(done):
        while not done.is_set():
            valkey.tell(7, event)
            await asyncio.sleep(0.1)

    async def scenario():
        async with ccxt_client(streams, web) as client:
            done = asyncio.Event()
            telling = asyncio.create_task(tell_until_heard(done))
            [heard] = await asyncio.wait_for(client.watch_orders("BTC/USDT"), 5)
            assert (heard["id"], heard["clientOrderId"], heard["status"], heard["filled"]) == (
                "77", "mine", "open", 0.5,
            )  # fmt: skip
            async with asyncio.timeout(5):
                while True:
                    balance = await client.watch_balance()
                    if "USDT" in balance and "BTC" in balance:
                        break
            assert balance["USDT"] == {"free": 7.0, "used": 150.0, "total": 157.0}
            done.set()
            await telling

    asyncio.run(scenario())


def test_the_official_sdk_logs_in_and_listens(streams, valkey, web, picture):
    valkey.publish(picture())
    heard: queue.Queue = queue.Queue()
    client = SpotSocketClient(
        stream_url=streams.url + "/user?protocol=1.1",
        on_message=heard.put,
        api_key="key", api_secret_key="secret", api_memo="memo",
        reconnection=False,
    )  # fmt: skip
    try:
        client.login(timeout=0)
        assert heard.get(timeout=3) == {"event": "login"}
        key, stamp, signature = web.logins[-1]["args"]
        payload = f"{stamp}#memo#bitmart.WebSocket".encode()
        assert (key, signature) == (
            "key", hmac.new(b"secret", payload, hashlib.sha256).hexdigest(),
        )  # fmt: skip
        client.subscribe(args=f"spot/ticker:{SYMBOL}")
        assert heard.get(timeout=3) == {"event": "subscribe", "topic": f"spot/ticker:{SYMBOL}"}
        assert heard.get(timeout=3)["data"][0]["last_price"] == "100.50"
    finally:
        client.socket_manager.is_close = True
        client.stop()
        for (
            timer
        ) in threading.enumerate():  # the SDK re-arms its ping for ever and offers no way out
            if isinstance(timer, threading.Timer):
                timer.cancel()
