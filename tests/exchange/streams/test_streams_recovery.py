"""Valkey dies without a word and comes back: nobody stays stale, or is left believing so."""

from __future__ import annotations

import asyncio

import redis


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
            before = valkey.client.client_list(_type="pubsub")
            assert before
            valkey.client.client_kill_filter(_type="pubsub")
            valkey.publish(picture(bids=[["100.10", "1"]]))
            assert (await client.hear())["data"][0]["bids"] == [["100.10", "1"]]

    asyncio.run(scenario())
    assert isinstance(valkey.client, redis.Redis)
