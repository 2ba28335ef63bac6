"""A customer's own events: who may hear them, and for how long."""

from __future__ import annotations

import asyncio
import json

ORDERS = "spot/user/orders:ALL_SYMBOLS"
BALANCE = "spot/user/balance:BALANCE_UPDATE"
KEY = ("some-key", "1800000000000", "some-signature")


def order(symbol, number="1"):
    return {"symbol": symbol, "order_id": number, "state": "4", "price": "100.00", "size": "1"}


def event(*orders, balances=()):
    return {"orders": list(orders), "balances": list(balances), "ms": 1_800_000_000_000}


async def logged_in(client, *args):
    assert await client.ask("login", *(args or KEY)) == {"event": "login"}


def test_private_topics_are_refused_before_login_and_on_the_public_path(streams):
    async def scenario():
        for path, code in (("/user", "91006"), ("/api", "90004")):
            async with streams.open(path) as client:
                for topic in (ORDERS, BALANCE, "spot/user/order:BTC_USDT"):
                    heard = await client.ask("subscribe", topic)
                    assert (heard["event"], heard["errorCode"]) == ("subscribe", code)

    asyncio.run(scenario())


def test_a_failed_login_says_why_and_closes(streams, web):
    async def scenario():
        for args, code in (
            (("unknown", "1", "s"), "91002"),
            (("key", "1", "wrong"), "91011"),
            (("elsewhere", "1", "s"), "30010"),
            (("key", {"nested": "s"}), "90003"),
            (("a", "b", "c", "d", "e"), "90003"),
        ):
            async with streams.open("/user") as client:
                heard = await client.ask("login", *args)
                assert (heard["event"], heard["errorCode"]) == ("login", code)
                assert await client.ending() == (1008, f"login failed: {code}")

    asyncio.run(scenario())


def test_while_the_web_is_away_a_login_is_refused_as_our_own_fault(streams, web):
    web.fails = True

    async def scenario():
        async with streams.open("/user") as client:
            assert (await client.ask("login", *KEY))["errorCode"] == "95000"
            assert await client.ending() == (1013, "login failed: 95000")

    asyncio.run(scenario())


def test_the_web_hears_the_login_and_the_address_and_the_log_hears_neither(streams, web):
    async def scenario():
        async with streams.open("/user") as client:
            await logged_in(client, "my-key", "1800000000000", "my-precious-signature")
            assert (await client.ask("login", *KEY))["errorCode"] == "91005"
        async with streams.open("/user") as client:
            await client.ask("login", "token", "wrong")

    asyncio.run(scenario())
    assert web.logins[-2:] == [
        {"args": ["my-key", "1800000000000", "my-precious-signature"], "ip": "127.0.0.1"},
        {"args": ["token", "wrong"], "ip": "127.0.0.1"},
    ]
    log = streams.log.read_text()
    assert "my-key" not in log
    assert "precious" not in log
    assert "streams-test-password" not in log


def test_a_customer_hears_all_orders_or_one_markets_and_nobody_elses(streams, valkey):
    async def scenario():
        async with (
            streams.open("/user") as everything,
            streams.open("/user") as bitcoin,
            streams.open("/user") as stranger,
        ):
            await logged_in(everything, "token", "of-31")
            await everything.follow(ORDERS)
            await logged_in(bitcoin, "token", "of-31")
            await bitcoin.follow("spot/user/order:BTC_USDT")
            await logged_in(stranger, "token", "of-32")
            await stranger.follow(ORDERS)

            valkey.tell(31, event(order("BTC_USDT", "1"), order("ETH_USDT", "2")))
            assert await everything.hear() == {
                "table": "spot/user/orders",
                "data": [order("BTC_USDT", "1"), order("ETH_USDT", "2")],
            }
            assert await bitcoin.hear() == {
                "table": "spot/user/order",
                "data": [order("BTC_USDT", "1")],
            }
            valkey.tell(31, event(order("ETH_USDT", "3")))
            assert len((await everything.hear())["data"]) == 1
            assert await bitcoin.silent()
            assert await stranger.silent(0.05)

    asyncio.run(scenario())


def test_each_balance_comes_in_a_message_of_its_own(streams, valkey):
    balances = [
        {"ccy": "BTC", "av_bal": "0.123456789012345678901234567890", "fz_bal": "0"},
        {"ccy": "USDT", "av_bal": "12.5", "fz_bal": "100"},
    ]

    async def scenario():
        async with streams.open("/user") as client:
            await logged_in(client, "token", "of-33")
            await client.follow(BALANCE)
            valkey.tell(33, event(order("BTC_USDT"), balances=balances))
            for balance in balances:
                assert await client.hear() == {
                    "table": "spot/user/balance",
                    "data": [
                        {
                            "event_type": "TRANSACTION_COMPLETED",
                            "event_time": "1800000000000",
                            "balance_details": [balance],
                        }
                    ],
                }
            assert await client.silent(0.05)

    asyncio.run(scenario())


def test_market_topics_are_served_on_the_private_path_too(streams, valkey, symbol, picture):
    valkey.publish(picture())

    async def scenario():
        async with streams.open("/user") as client:
            await client.follow(f"spot/ticker:{symbol}")
            assert (await client.hear())["table"] == "spot/ticker"

    asyncio.run(scenario())


def test_logging_out_elsewhere_ends_the_customers_sockets_and_no_others(streams, valkey):
    async def scenario():
        async with streams.open("/user") as mine, streams.open("/user") as other:
            await logged_in(mine, "token", "of-34")
            await logged_in(other, "token", "of-35")
            valkey.tell(34, {"logout": True})
            assert await mine.ending() == (1008, "logged out")
            await other.follow(BALANCE)

    asyncio.run(scenario())


def test_a_login_ends_when_it_expires(strict_streams, web):
    web.logins_valid_ms = 300

    async def scenario():
        async with strict_streams.open("/user") as client:
            await logged_in(client)
            await client.follow(BALANCE)
            assert await client.ending() == (1008, "login expired: log in again")

    asyncio.run(scenario())


def test_after_too_many_failures_an_address_is_not_even_asked_about(strict_streams, web):
    async def scenario():
        async with strict_streams.open("/user") as client:
            assert (await client.ask("login", "unknown", "1", "s"))["errorCode"] == "91002"
        asked = len(web.logins)
        async with strict_streams.open("/user") as client:
            assert (await client.ask("login", *KEY))["errorCode"] == "94001"
        assert len(web.logins) == asked

    asyncio.run(scenario())


def test_a_customer_is_followed_from_the_login_until_the_last_socket_leaves(streams, valkey):
    async def scenario():
        async with streams.open("/user") as client:
            await logged_in(client, "token", "of-36")
            assert valkey.listeners("user:36") == 1
        for _ in range(100):
            if valkey.listeners("user:36") == 0:
                break
            await asyncio.sleep(0.02)
        assert valkey.listeners("user:36") == 0
        async with streams.open("/user") as again:
            await logged_in(again, "token", "of-36")
            await again.follow(ORDERS)
            valkey.tell(36, event(order("BTC_USDT")))
            assert json.loads(await again.socket.recv())["data"] == [order("BTC_USDT")]

    asyncio.run(scenario())


def test_a_withdrawal_that_moved_is_told_to_its_customer_alone(streams, valkey):
    moved = {"id": 9, "state": "broadcast"}

    async def scenario():
        async with streams.open("/user") as hers, streams.open("/user") as stranger:
            for client, token in ((hers, "of-39"), (stranger, "of-40")):
                await logged_in(client, "token", token)
                await client.follow("spot/user/withdrawal:WITHDRAWAL_UPDATE")
            valkey.tell(39, {"withdrawals": [moved], "ms": 1})
            assert await hers.hear() == {"table": "spot/user/withdrawal", "data": [moved]}
            assert await stranger.silent(0.05)

    asyncio.run(scenario())


def test_a_deposit_on_its_way_is_told_to_its_customer_alone(streams, valkey):
    deposit = {"id": 7, "state": "confirming", "confirmations": 1, "needed": 2}

    async def scenario():
        async with streams.open("/user") as hers, streams.open("/user") as stranger:
            for client, token in ((hers, "of-37"), (stranger, "of-38")):
                await logged_in(client, "token", token)
                await client.follow("spot/user/deposit:DEPOSIT_UPDATE")
            valkey.tell(37, {"deposits": [deposit], "ms": 1})
            assert await hers.hear() == {"table": "spot/user/deposit", "data": [deposit]}
            assert await stranger.silent(0.05)

    asyncio.run(scenario())
