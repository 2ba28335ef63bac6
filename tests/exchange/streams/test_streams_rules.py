"""What a client may say and how much of it."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
import websockets


def told(event, code):
    """Matches an error of that event and code, whatever its text says beyond the code's meaning."""

    class Same:
        def __eq__(self, heard):
            return (heard["event"], heard["errorCode"]) == (event, code) and heard["errorMessage"]

        def __repr__(self):
            return f"error {code} of {event}"

    return Same()


@pytest.mark.parametrize(
    ("text", "event", "code"),
    [
        ("not json", "error", "90001"),
        ("[" * 5000, "error", "90001"),
        ("[1]", "error", "90001"),
        ('{"op":"subscribe","args":[NaN]}', "error", "90001"),
        ('{"op":"dance","args":["x"]}', "error", "90002"),
        ('{"op":["subscribe"],"args":["x"]}', "error", "90002"),
        ('{"op":"login","args":["k","1","s"]}', "login", "90002"),
        ('{"op":"subscribe"}', "subscribe", "90003"),
        ('{"op":"subscribe","args":"spot/ticker:BTC_USDT"}', "subscribe", "90003"),
        ('{"op":"subscribe","args":[7]}', "subscribe", "90003"),
        ('{"op":"subscribe","args":["spot/nothing:BTC_USDT"]}', "subscribe", "90004"),
        ('{"op":"subscribe","args":["spot/kline7m:BTC_USDT"]}', "subscribe", "90004"),
        ('{"op":"request","args":["spot/ticker:BTC_USDT"]}', "request", "90004"),
        ('{"op":"subscribe","args":["spot/ticker:btc/usdt"]}', "subscribe", "92001"),
        ('{"op":"subscribe","args":["spot/ticker:BTC_USDT\\n"]}', "subscribe", "92001"),
        ('{"op":"subscribe","args":["spot/ticker"]}', "subscribe", "92001"),
    ],
)
def test_nonsense_is_answered_with_its_code_and_the_socket_lives_on(streams, text, event, code):
    async def scenario():
        async with streams.open() as client:
            await client.socket.send(text)
            assert await client.hear() == told(event, code)
            await client.socket.send("ping")
            assert await client.socket.recv() == "pong"

    asyncio.run(scenario())


def test_a_second_subscription_to_the_same_topic_is_named_a_duplicate(streams, symbol):
    async def scenario():
        async with streams.open() as client:
            await client.follow(f"spot/ticker:{symbol}")
            again = await client.ask("subscribe", f"spot/ticker:{symbol}")
            assert again == told("subscribe", "90008")

    asyncio.run(scenario())


def test_the_hundred_and_first_topic_is_refused_and_the_hundred_stay(
    streams, valkey, symbol, picture
):
    async def scenario():
        async with streams.open() as client:
            mine = [f"spot/ticker:{symbol}", *(f"spot/ticker:X{n}_{symbol[:8]}" for n in range(99))]
            await client.say("subscribe", *mine)
            for topic in mine:
                assert await client.hear() == {"event": "subscribe", "topic": topic}
            refused = await client.ask("subscribe", "spot/ticker:ONE_MORE")
            assert refused == told("subscribe", "90006")
            assert await client.ask("subscribe", *mine, "x") == told("subscribe", "90005")
            valkey.publish(picture())
            assert (await client.hear())["data"][0]["symbol"] == symbol

    asyncio.run(scenario())


def test_a_market_that_does_not_exist_is_refused_once_the_markets_are_known(
    strict_streams_with_markets,
):
    streams, markets = strict_streams_with_markets

    async def scenario():
        async with streams.open() as client:
            await client.follow("spot/ticker:REAL_USDT")
            wrong = await client.ask("subscribe", "spot/ticker:WRONG_USDT")
            assert wrong == told("subscribe", "92001")
            markets.add("LISTED_USDT")
            await client.follow("spot/ticker:LISTED_USDT")

    asyncio.run(scenario())


def test_a_message_too_big_ends_the_connection(streams):
    async def scenario():
        async with streams.open() as client:
            await client.socket.send("x" * 8193)
            assert await client.ending() == (1009, "message too big")

    asyncio.run(scenario())


def test_too_many_messages_end_the_connection(streams):
    async def scenario():
        async with streams.open() as client:
            for _ in range(101):
                await client.socket.send("ping")
            for _ in range(100):
                assert await client.socket.recv() == "pong"
            assert await client.hear() == told("error", "90007")
            assert await client.ending() == (1008, "too many messages")

    asyncio.run(scenario())


def test_protocol_pings_are_answered_as_well(streams):
    async def scenario():
        async with streams.open() as client:
            assert await asyncio.wait_for(await client.socket.ping(), 2) < 2

    asyncio.run(scenario())


def test_binary_frames_are_read_as_text(streams):
    async def scenario():
        async with streams.open() as client:
            await client.socket.send(b"ping")
            assert await client.socket.recv() == "pong"

    asyncio.run(scenario())


def test_any_origin_and_any_query_is_welcome_but_no_other_path(streams):
    async def scenario():
        async with streams.open("/api", origin="https://elsewhere.example") as client:
            await client.socket.send("ping")
            assert await client.socket.recv() == "pong"
        with pytest.raises(websockets.InvalidStatus):
            await streams.open("/other").__aenter__()

    asyncio.run(scenario())


def test_health_answers_over_http(streams):
    assert streams.get("/livez") == (200, {"status": "ok"})
    assert streams.get("/readyz") == (200, {"status": "ok"})
    assert streams.get("/api")[0] == 404


def test_connections_are_counted_and_the_place_of_one_that_left_is_free(strict_streams):
    async def scenario():
        first = strict_streams.open()
        async with strict_streams.open(), strict_streams.open("/user"):
            await first.__aenter__()
            async with strict_streams.open() as fourth:
                assert await fourth.hear() == told("error", "94002")
                assert await fourth.ending() == (1013, "Connection limit exceeded")
            await first.__aexit__()
            async with strict_streams.open() as fifth:
                await fifth.socket.send("ping")
                assert await fifth.socket.recv() == "pong"

    asyncio.run(scenario())


def test_who_asks_for_nothing_is_let_go_but_a_quiet_subscriber_stays(strict_streams, symbol):
    async def scenario():
        async with strict_streams.open() as idle, strict_streams.open() as quiet:
            await quiet.follow(f"spot/ticker:{symbol}")
            assert await idle.ending() == (1000, "idle: nothing subscribed")
            await quiet.socket.send("ping")
            assert await quiet.socket.recv() == "pong"

    asyncio.run(scenario())


def test_a_polite_stop_is_quick_and_leaves_no_client_hanging(strict_streams, symbol):
    async def scenario():
        async with strict_streams.open() as client:
            await client.follow(f"spot/ticker:{symbol}")
            stopping = asyncio.create_task(asyncio.to_thread(strict_streams.stop))
            await client.ending(seconds=2)
            assert await stopping < 3

    asyncio.run(scenario())


def test_the_process_loads_no_django_and_no_database_driver():
    unwanted = "django celery rest_framework psycopg"
    program = (
        "import sys, exchange.streams.app\n"
        f"print([m for m in {unwanted.split()!r} if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert said.stdout.strip() == b"[]"
