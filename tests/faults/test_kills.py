"""kill -9 of the worker, the web, the broker and the database under load loses nothing.

HOLDFAST_FAULT_ROUNDS says how often each is killed (once), HOLDFAST_FAULT_SEED in which order and
at which moments.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from exchange.launcher.environment import ROOT
from tests.faults.exchange import Exchange

pytestmark = pytest.mark.server

ROUNDS = int(os.environ.get("HOLDFAST_FAULT_ROUNDS", "1"))
SEED = int(os.environ.get("HOLDFAST_FAULT_SEED", "7"))
VICTIMS = ("worker-matching", "web", "valkey", "postgres")
ORDERS_A_SECOND = 50
CUSTOMERS = 8


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    standing = Exchange(tmp_path_factory.mktemp("var"))
    try:
        standing.start()
        yield standing
    finally:
        standing.stop()


@pytest.fixture(scope="module")
def answers(exchange, tmp_path_factory) -> list[dict[str, str]]:
    """Load the exchange, kill its parts one after another, and return what customers were told."""
    folder: Path = tmp_path_factory.mktemp("load")
    pick = random.Random(SEED)
    keys = exchange.json("-m", "tests.faults.people", str(CUSTOMERS))
    exchange.wait_for(exchange.answers, 30, "the web does not answer")
    plan = {
        "url": exchange.url,
        "keys": keys,
        "seed": SEED,
        "go": str(folder / "go"),
        "a_second": ORDERS_A_SECOND,
        "answers": str(folder / "answers"),
    }
    (folder / "plan.json").write_text(json.dumps(plan))
    (folder / "go").touch()
    load = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.load", str(folder / "plan.json")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for _ in range(ROUNDS):
            for victim in pick.sample(VICTIMS, len(VICTIMS)):
                exchange.watch_for(pick.uniform(0.8, 2.2))
                exchange.kill(victim)
                exchange.wait_for(exchange.is_whole, 60, f"still without {victim}")
        exchange.watch_for(1.5)
        (folder / "go").unlink()
        exchange.wait_for(lambda: load.poll() is not None, 90, "the load did not end")
        said, complaints = load.communicate()
        assert load.returncode == 0, complaints + exchange.logs()
        print(f"seed {SEED}: {said.strip()}")
    finally:
        load.kill()
        load.wait()
    lines = [json.loads(line) for line in (folder / "answers").read_text().splitlines()]
    exchange.wait_for(
        lambda: exchange.rows("SELECT count(*) FROM exchange_matchcommand") == [(0,)],
        20,
        "commands still wait",
    )
    return lines


def ids(answers: list[dict[str, str]], did: str, field: str = "order") -> list[str]:
    return [line[field] for line in answers if line["did"] == did]


def test_every_part_was_killed_and_came_back(exchange, answers):
    assert Counter(exchange.killed) == Counter(dict.fromkeys(VICTIMS, ROUNDS))
    assert all(watch.child.running() for watch in exchange.watches.values())
    assert len(ids(answers, "placed")) > 50 * ROUNDS  # the load went on in between


def test_every_acknowledged_order_is_there_once_open_or_final(exchange, answers):
    placed = {line["client"]: int(line["order"]) for line in answers if line["did"] == "placed"}
    assert len(placed) == len(ids(answers, "placed"))  # nobody was told of one order twice

    rows = exchange.rows("SELECT client_order_id, id, state, held FROM exchange_spotorder")

    assert {client: order_id for client, order_id, _, _ in rows} == placed
    assert len(rows) == len(placed)
    for _, order_id, state, held in rows:
        is_open = state in ("new", "partially_filled")
        assert (held > 0) == is_open, f"order {order_id} is {state} and holds {held}"


def test_no_refused_order_exists(exchange, answers):
    assert (
        exchange.rows(
            "SELECT id FROM exchange_spotorder WHERE client_order_id = ANY(%s)",
            ids(answers, "refused", "client"),
        )
        == []
    )


def test_every_acknowledged_cancel_holds(exchange, answers):
    cancelled = [int(i) for i in ids(answers, "cancelled")]
    assert cancelled
    states = exchange.rows(
        "SELECT DISTINCT state FROM exchange_spotorder WHERE id = ANY(%s)", cancelled
    )
    assert {state for (state,) in states} <= {"canceled", "partially_canceled"}


def test_the_books_agree(exchange, answers):
    assert "The books agree" in exchange.do("reconcile")
    assert exchange.rows("SELECT count(*) > 10 FROM exchange_trade") == [(True,)]


def test_replay_gives_the_same_digests_and_the_same_book(exchange, answers):
    said = exchange.python("manage.py", "replay_market", "--all").splitlines()
    assert [line.partition(":")[0] for line in said] == ["BTC_USDT", "ETH_USDT"]
    assert all(line.endswith(": agrees") for line in said)


def test_it_still_trades(exchange, answers):
    """A market order finds its counterpart, so wake-ups, matching and settlement all work."""
    before = exchange.rows("SELECT count(*) FROM exchange_trade")
    exchange.do("trade")
    exchange.wait_for(
        lambda: exchange.rows("SELECT count(*) FROM exchange_trade") != before, 30, "no trade"
    )
