"""Market topics, as a client sees them."""

from __future__ import annotations

import asyncio
import json
import random
import socket

import websockets

from exchange.streams.topics import CANDLE_STEPS, MARKET_TABLES


def applied(book, rows):
    for side in ("bids", "asks"):
        for price, size in rows[side]:
            if size == "0":
                del book[side][price]
            else:
                book[side][price] = size


def as_book(update):
    return {side: dict(update[side]) for side in ("bids", "asks")}


def test_a_new_subscriber_gets_the_current_picture_at_once(streams, valkey, symbol, picture):
    update = picture(trades=[[41, "100.50", "0.2", "sell", 1_800_000_000_123]])
    valkey.publish(update)
    ticker = {k: v for k, v in update["ticker"].items() if not k.startswith(("bid", "ask"))}
    best = {"bid_px": "100.00", "bid_sz": "1.5", "ask_px": "101.00", "ask_sz": "0.7"}
    ms = update["ms"]
    minute = update["candles"]["1m"][0]
    full = {"symbol": symbol, "asks": update["asks"], "bids": update["bids"], "ms_t": ms}
    expected = {
        "spot/ticker": {"symbol": symbol, **ticker, **best, "s_t": ms // 1000, "ms_t": ms},
        "spot/bookTicker": {"symbol": symbol, **best, "ms_t": ms},
        "spot/trade": {
            "symbol": symbol, "price": "100.50", "size": "0.2", "side": "sell",
            "s_t": 1_800_000_000, "ms_t": 1_800_000_000_123, "m": True, "trade_id": "41",
        },
        **{f"spot/depth{levels}": full for levels in (5, 20, 50, 100)},
        **{
            f"spot/kline{step}": {
                "symbol": symbol,
                "candle": [minute, "90.00", "110.00", "89.00", "100.50", "12.5"],
            }
            for step in CANDLE_STEPS
        },
    }  # fmt: skip

    async def scenario():
        async with streams.open() as client:
            for table in sorted(MARKET_TABLES):
                await client.follow(f"{table}:{symbol}")
                push = await client.hear()
                assert push["table"] == table
                [row] = push["data"]
                if table == "spot/depth/increase100":
                    assert isinstance(row.pop("version"), int)
                    assert row == {**full, "type": "snapshot"}
                else:
                    assert row == expected[table]

    asyncio.run(scenario())


def test_increments_rebuild_the_book_exactly(streams, valkey, symbol, picture):
    chance = random.Random(20260801)
    prices = [f"{100 + i / 100:.2f}" for i in range(120)]

    def side(levels, *, best_first):
        chosen = sorted(chance.sample(levels, 50), reverse=best_first)
        return [[price, f"{chance.randint(1, 9)}.{chance.randint(1, 9)}"] for price in chosen]

    def walk(count):
        book = {
            "bids": side(prices[:60], best_first=True),
            "asks": side(prices[60:], best_first=False),
        }
        for _ in range(count):
            which = chance.choice(["bids", "asks"])
            levels = prices[:60] if which == "bids" else prices[60:]
            changed = dict(book[which])
            for price in chance.sample(levels, 5):
                changed[price] = f"{chance.randint(0, 9)}.5"
            kept = sorted(changed.items(), reverse=which == "bids")[:50]
            book[which] = [list(level) for level in kept]
            yield picture(bids=list(book["bids"]), asks=list(book["asks"]))

    history = list(walk(120))
    published = [as_book(update) for update in history]

    async def scenario():
        async with streams.open() as client:
            valkey.publish(history[0])
            await client.follow(f"spot/depth/increase100:{symbol}")
            [first] = (await client.hear())["data"]
            mine, version = as_book(first), first["version"]
            assert (first["type"], mine) == ("snapshot", published[0])
            seen, at = 0, 0
            for update in history[1:]:
                valkey.publish(update)
                await asyncio.sleep(0.004)
            while mine != published[-1]:
                [change] = (await client.hear())["data"]
                assert (change["type"], change["version"]) == ("update", version + 1)
                version += 1
                applied(mine, change)
                at = published.index(mine, at)  # a book that stood, never one that didn't
                seen += 1
            assert seen > 10
            await client.say("request", f"spot/depth/increase100:{symbol}")
            [again] = (await client.hear())["data"]
            assert (again["type"], again["version"], as_book(again)) == ("snapshot", version, mine)

    asyncio.run(scenario())


def test_only_what_changed_is_pushed(streams, valkey, symbol, picture):
    valkey.publish(picture())

    async def scenario():
        async with streams.open() as client:
            for table in ("spot/ticker", "spot/depth5", "spot/kline1m", "spot/depth/increase100"):
                await client.follow(f"{table}:{symbol}")
                await client.hear()
            valkey.publish(picture(asks=[["101.00", "0.6"], ["102.00", "3"]]))
            pushed = {}
            for _ in range(2):
                push = await client.hear()
                pushed[push["table"]] = push["data"][0]
            assert pushed["spot/depth5"]["asks"] == [["101.00", "0.6"], ["102.00", "3"]]
            increase = pushed["spot/depth/increase100"]
            assert (increase["asks"], increase["bids"]) == ([["101.00", "0.6"]], [])
            assert await client.silent()

    asyncio.run(scenario())


def test_trades_come_once_each_and_in_order(streams, valkey, symbol, picture):
    def row(number, side="buy"):
        return [number, "100.00", "0.1", side, 1_800_000_000_000 + number]

    valkey.publish(picture(trades=[row(1), row(2)]))

    async def scenario():
        async with streams.open() as client:
            await client.follow(f"spot/trade:{symbol}")
            heard = (await client.hear())["data"]
            last = picture(trades=[row(3), row(4, "sell")])
            valkey.publish(last)
            valkey.publish(last)
            valkey.publish(picture(trades=[row(5)]))
            while len(heard) < 5:
                heard += (await client.hear())["data"]
            assert [(t["trade_id"], t["m"]) for t in heard] == [
                ("1", False), ("2", False), ("3", False), ("4", True), ("5", False),
            ]  # fmt: skip
            assert await client.silent()

    asyncio.run(scenario())


def test_two_hundred_clients_all_get_the_same_frames(streams, valkey, symbol, picture):
    valkey.publish(picture())
    news = picture(bids=[["100.50", "9"]])

    async def scenario():
        clients = [streams.open(ping_interval=None) for _ in range(200)]
        await asyncio.gather(*(client.__aenter__() for client in clients))
        try:
            await asyncio.gather(*(client.follow(f"spot/depth5:{symbol}") for client in clients))
            await asyncio.gather(*(client.hear() for client in clients))
            assert valkey.listeners(f"md:{symbol}") == 1
            valkey.publish(news)
            heard = await asyncio.gather(*(client.socket.recv() for client in clients))
            assert len(set(heard)) == 1
            assert json.loads(heard[0])["data"][0]["bids"] == [["100.50", "9"]]
        finally:
            await asyncio.gather(*(client.__aexit__() for client in clients))
        deadline = asyncio.get_running_loop().time() + 3
        while valkey.listeners(f"md:{symbol}"):
            assert asyncio.get_running_loop().time() < deadline, "nobody listens any more"
            await asyncio.sleep(0.02)

    asyncio.run(scenario())


async def read_on(client):
    """The next message, or None when the connection has ended."""
    try:
        return await client.hear(5)
    except websockets.ConnectionClosed:
        return None


def test_a_slow_consumer_is_dropped_and_nobody_waits_for_it(streams, valkey, symbol, picture):
    valkey.publish(picture())
    topic = f"spot/trade:{symbol}"
    total = 90_000

    async def scenario():
        narrow = socket.socket()  # else the kernels hold megabytes for a client that doesn't read
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        narrow.connect(("127.0.0.1", streams.port))
        async with streams.open() as fast, streams.open(max_queue=1, sock=narrow) as slow:
            await fast.follow(topic)
            await slow.follow(topic)
            sent = 0
            heard = 0
            while sent < total:
                trades = [
                    [sent + i, "100.00", "0.1", "buy", 1_800_000_000_000] for i in range(3000)
                ]
                valkey.publish(picture(trades=trades))
                sent += len(trades)
                while heard < sent:
                    heard += len((await fast.hear())["data"])
            assert heard == total
            delivered = 0
            while (push := await read_on(slow)) is not None:
                delivered += len(push["data"])
            assert delivered < total

    asyncio.run(scenario())
    dropped = [json.loads(line) for line in streams.log.read_text().splitlines() if "slow" in line]
    assert dropped[-1]["event"] == "slow consumer dropped"
    assert dropped[-1]["bytes"] > 1_000_000


def test_after_unsubscribing_nothing_more_comes(streams, valkey, symbol, picture):
    valkey.publish(picture())
    topic = f"spot/ticker:{symbol}"

    async def scenario():
        async with streams.open() as client:
            await client.follow(topic)
            await client.hear()
            assert await client.ask("unsubscribe", topic) == {
                "event": "unsubscribe",
                "topic": topic,
            }
            valkey.publish(picture(ticker={"last_price": "1"}))
            assert await client.silent()
            await client.follow(topic)
            assert (await client.hear())["data"][0]["last_price"] == "1"

    asyncio.run(scenario())


def test_a_malformed_update_is_skipped_and_the_next_one_shown(streams, valkey, symbol, picture):
    valkey.publish(picture())

    async def scenario():
        async with streams.open() as client:
            await client.follow(f"spot/depth5:{symbol}")
            await client.hear()
            valkey.client.publish(f"md:{symbol}", "{not json")
            valkey.client.publish(f"md:{symbol}", json.dumps(picture(bids=[[1.5, "2"]])))
            valkey.client.publish(f"md:{symbol}", json.dumps(picture(trades=[["too short"]])))
            valkey.publish(picture(bids=[["100.25", "4"]]))
            assert (await client.hear())["data"][0]["bids"] == [["100.25", "4"]]

    asyncio.run(scenario())


def status_of(symbol, status, ms, reason=""):
    return {"symbol": symbol, "status": status, "reason": reason, "ms": ms}


def tell_status(valkey, message):
    valkey.client.set(f"md:status:{message['symbol']}", json.dumps(message))
    valkey.client.publish(f"md:{message['symbol']}", json.dumps(message))


def test_a_halt_reaches_those_who_watch_the_market_before_the_next_price(
    streams, valkey, symbol, picture
):
    async def scenario():
        async with streams.open() as client, streams.open() as late:
            valkey.publish(picture())
            await client.follow(f"spot/status:{symbol}")
            await client.follow(f"spot/ticker:{symbol}")
            assert (await client.hear())["table"] == "spot/ticker"

            tell_status(valkey, status_of(symbol, "halted", 2_000, "We are looking."))
            halted = await client.hear()
            tell_status(valkey, status_of(symbol, "trading", 1_000))  # late, and older
            tell_status(valkey, status_of(symbol, "trading", 3_000))
            reopened = await client.hear()
            await late.follow(f"spot/status:{symbol}")

            assert halted == {
                "table": "spot/status",
                "data": [
                    {
                        "symbol": symbol,
                        "status": "halted",
                        "reason": "We are looking.",
                        "ms_t": 2_000,
                    }
                ],
            }
            assert (reopened["data"][0]["status"], reopened["data"][0]["ms_t"]) == (
                "trading",
                3_000,
            )
            assert (await late.hear())["data"] == reopened["data"]

    asyncio.run(scenario())


def test_whoever_opens_a_halted_market_hears_it_though_nobody_watched(streams, valkey, symbol):
    tell_status(valkey, status_of(symbol, "halted", 2_000))

    async def scenario():
        async with streams.open() as client:
            await client.follow(f"spot/status:{symbol}")
            assert (await client.hear())["data"][0]["status"] == "halted"

    asyncio.run(scenario())
