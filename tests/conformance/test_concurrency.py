"""Twenty threads place and cancel at once; afterwards every figure agrees with every other."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import ccxt
import pytest

from tests.conformance.venue import Venue, eventually

pytestmark = pytest.mark.server

PAIR, MARKET = "LTC/USDT", "LTC_USDT"
THREADS, ROUNDS = 20, 8
Connect = Callable[..., ccxt.bitmart]

UNBALANCED = """
SELECT count(*) FROM (
    SELECT p.entry_id FROM exchange_posting p JOIN exchange_ledgeraccount a ON a.id = p.account_id
     GROUP BY p.entry_id, a.asset_id HAVING sum(p.available + p.held) <> 0) broken
"""
NOT_THE_SUM_OF_POSTINGS = """
SELECT count(*) FROM exchange_ledgeraccount a
  LEFT JOIN (SELECT account_id, sum(available) AS available, sum(held) AS held
               FROM exchange_posting GROUP BY account_id) p ON p.account_id = a.id
 WHERE a.available <> coalesce(p.available, 0) OR a.held <> coalesce(p.held, 0)
"""


def trade(exchange: ccxt.bitmart, seed: int) -> list[str]:
    """A thread's work: orders round one price, some of which cross, some of which are cancelled."""
    chance, acknowledged = random.Random(seed), []
    for _ in range(ROUNDS):
        side = chance.choice(["buy", "sell"])
        placed = exchange.create_order(
            PAIR, "limit", side, chance.randint(1, 500) / 100, 100 + chance.randint(-20, 20) / 100
        )
        acknowledged.append(placed["id"])
        if chance.random() < 0.4:
            try:
                exchange.cancel_order(placed["id"], PAIR)
            except ccxt.OrderNotFound:
                continue  # it had traded
    return acknowledged


def test_twenty_threads_lose_nothing_and_double_nothing(venue: Venue, client: Connect) -> None:
    exchanges = [client(f"crowd{1 + n % 2}") for n in range(THREADS)]
    with ThreadPoolExecutor(max_workers=THREADS) as threads:
        ids = [i for found in threads.map(trade, exchanges, range(THREADS)) for i in found]

    assert len(set(ids)) == THREADS * ROUNDS
    waiting = "SELECT count(*) FROM exchange_matchcommand"
    assert eventually(lambda: venue.rows(waiting), lambda rows: rows == [(0,)]) == [(0,)]
    known = venue.rows(
        "SELECT count(*) FROM exchange_spotorder WHERE id = ANY(%s)", [list(map(int, ids))]
    )
    assert known == [(len(ids),)]
    for person in ("crowd1", "crowd2"):
        client(person).cancel_all_orders(PAIR)

    assert venue.rows(UNBALANCED) == [(0,)]
    assert venue.rows(NOT_THE_SUM_OF_POSTINGS) == [(0,)]
    people = [venue.people[name]["customer_id"] for name in ("crowd1", "crowd2")]
    held = "SELECT sum(held) FROM exchange_ledgeraccount WHERE owner_id = ANY(%s)"
    assert venue.rows(held, [people]) == [(Decimal(0),)]
    check_both_against_their_trades(venue, client)


def check_both_against_their_trades(venue: Venue, client: Connect) -> None:
    """Each one's balance is what they began with and what their own list of fills explains."""
    for person in ("crowd1", "crowd2"):
        exchange = client(person)
        base, quote = Decimal(10_000), Decimal(1_000_000)
        fills = exchange.fetch_my_trades(PAIR, limit=200)
        assert 0 < len(fills) < 200
        for fill in fills:
            info = fill["info"]
            sign = 1 if info["side"] == "buy" else -1
            base += sign * Decimal(info["size"])
            quote -= sign * Decimal(info["notional"]) + Decimal(info["fee"])
        rows = exchange.fetch_balance()["info"]["data"]["wallet"]
        have = {row["id"]: Decimal(row["available"]) + Decimal(row["frozen"]) for row in rows}
        assert (have["LTC"], have["USDT"]) == (base, quote)
