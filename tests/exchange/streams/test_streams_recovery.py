"""Valkey dies without a word and comes back: nobody stays stale, or is left believing so."""

from __future__ import annotations

import asyncio

from exchange.streams.cancel import until_ended
from exchange.streams.feed import Feed


def test_after_valkey_was_killed_markets_catch_up_and_private_sockets_are_told(
    streams, valkey, symbol, picture
):
    valkey.publish(picture())
    book = f"spot/depth/increase100:{symbol}"

    async def scenario():
        async with streams.open() as public, streams.open("/user") as private:
            await public.follow(book)
            [first] = (await public.hear())["data"]
            assert await private.ask("login", "token", "of-41") == {"event": "login"}
            await private.follow("spot/user/orders:ALL_SYMBOLS")

            valkey.kill()
            await asyncio.sleep(0.1)
            assert streams.get("/livez")[0] == 200
            assert streams.get("/readyz")[0] == 503
            async with streams.open() as meanwhile:
                await meanwhile.follow(f"spot/depth5:{symbol}")
                assert (await meanwhile.hear())["data"][0]["bids"][0] == ["100.00", "1.5"]

                await asyncio.to_thread(valkey.start)
                # set, and published before anybody has had time to listen again
                missed = picture(bids=[["100.75", "8"]])
                valkey.publish(missed)
                assert (await meanwhile.hear(5))["data"][0]["bids"] == [["100.75", "8"]]
            [change] = (await public.hear(5))["data"]
            assert change["version"] == first["version"] + 1
            assert sorted(change["bids"]) == [["100.00", "0"], ["100.75", "8"], ["99.50", "0"]]
            code, reason = await private.ending()
            assert (code, reason.split(":")[0]) == (1012, "feed was interrupted")

            valkey.publish(picture(bids=[["100.80", "1"]]))
            [change] = (await public.hear())["data"]
            assert change["version"] == first["version"] + 2
            assert streams.get("/readyz")[0] == 200

    asyncio.run(scenario())


def test_a_connection_cut_by_the_server_is_made_again(streams, valkey, symbol, picture):
    valkey.publish(picture())

    async def scenario():
        async with streams.open() as client:
            await client.follow(f"spot/depth5:{symbol}")
            await client.hear()
            assert valkey.client.client_kill_filter(_type="pubsub") >= 1
            valkey.publish(picture(bids=[["100.10", "1"]]))
            assert (await client.hear())["data"][0]["bids"] == [["100.10", "1"]]

    asyncio.run(scenario())


def test_a_channel_left_and_wanted_again_in_one_breath_tells_its_picture_again(
    valkey, symbol, picture
):
    valkey.publish(picture())
    channel = f"md:{symbol}"
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def scenario():
        feed = Feed(
            redis_url=valkey.url,
            on_message=lambda name, _: heard.put_nowait(name),
            on_recovered=lambda: None,
        )
        running = asyncio.create_task(feed.run())
        try:
            feed.want(channel)
            assert await asyncio.wait_for(heard.get(), 3) == channel
            feed.unwant(channel)
            feed.want(channel)
            assert await asyncio.wait_for(heard.get(), 3) == channel
        finally:
            await until_ended([running])
            await feed.close()

    asyncio.run(scenario())


def test_a_task_that_swallows_its_cancellation_is_ended_all_the_same():
    async def stubborn():
        for _ in range(3):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                continue

    async def scenario():
        task = asyncio.create_task(stubborn())
        await asyncio.sleep(0)
        await asyncio.wait_for(until_ended([task]), 2)
        assert task.done()

    asyncio.run(scenario())
