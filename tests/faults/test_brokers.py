"""The same exchange over three brokers: the embedded Valkey, a Redis and a RabbitMQ.

A message only wakes a worker up. Sent, it is enough; lost, doubled or refused by a broker that is
down, it changes nothing, because the sweep finds the rows. Redis and RabbitMQ are installed by
.ci/run; where one is not, its tests are skipped.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import Connection

from exchange.celery import app
from tests import without
from tests.faults.brokers import RABBITMQ, Broker, RabbitMQ, Redis
from tests.faults.exchange import Exchange

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("brokers")]

NOBODY_LISTENS = "amqp://127.0.0.1:9//"
WORKERS = ("worker-matching", "worker-default", "beat")


class Venue:
    """An exchange whose broker can be changed, and whose workers can be told to rest."""

    def __init__(self, var: Path) -> None:
        self.exchange = Exchange(var)
        self.broker: Broker | None = None

    def start(self) -> None:
        self.exchange.start(first=())  # each starts with the broker that it is tried with
        del self.exchange.watches["web"]
        self.exchange.python("-m", "tests.faults.people", "2")

    def use(self, broker: Broker | None) -> None:
        """Let everybody start again with a broker: None is the embedded one."""
        self.broker = broker
        valkey = self.exchange.env["REDIS_URL"].removesuffix("/1") + "/0"
        self.exchange.env["CELERY_BROKER_URL"] = broker.url() if broker else valkey

    def let_work(self, *names: str) -> None:
        """These work, the others rest."""
        for name in WORKERS:
            child = self.exchange.watches[name].child
            if child.running() and (name not in names or dict(child.env) != self.exchange.env):
                child.stop()
            if name in names and not child.running():
                child.env = dict(self.exchange.env)
                child.start()

    def trade(self, broker: str = "") -> int:
        """Place two orders that cross. Returns how many trades there should be then."""
        expected = self.trades() + 1
        self.exchange.do("trade", broker=broker)
        return expected

    def trades(self) -> int:
        return self.exchange.rows("SELECT count(*) FROM exchange_trade")[0][0]

    def wait_for_trades(self, expected: int, seconds: float = 30) -> None:
        resting = [name for name in WORKERS if not self.exchange.watches[name].child.running()]
        watched = {n: w for n, w in self.exchange.watches.items() if n not in resting}
        self.exchange.watches, everybody = watched, self.exchange.watches
        try:
            self.exchange.wait_for(lambda: self.trades() >= expected, seconds, "no trade")
        finally:
            self.exchange.watches = everybody
        assert self.trades() == expected

    def declare_queues(self) -> None:
        """What the workers do that serve them."""
        with Connection(self.exchange.env["CELERY_BROKER_URL"]) as connection:
            for queue in app.conf.task_queues:
                queue(connection.default_channel).declare()

    def waiting_messages(self) -> dict[str, int]:
        """How many messages lie in every queue that has any."""
        found = {}
        with Connection(self.exchange.env["CELERY_BROKER_URL"]) as connection:
            for queue in app.conf.task_queues:
                bound = queue(connection.default_channel)
                found[queue.name] = bound.queue_declare().message_count
        return {name: count for name, count in found.items() if count}


@pytest.fixture(scope="module")
def standing(tmp_path_factory) -> Iterator[Venue]:
    venue = Venue(tmp_path_factory.mktemp("var"))
    try:
        venue.start()
        yield venue
    finally:
        venue.exchange.stop()


@pytest.fixture(scope="module", params=["valkey", "redis", "rabbitmq"])
def venue(request, standing, tmp_path_factory) -> Iterator[Venue]:
    folder = tmp_path_factory.mktemp(request.param) / "broker"
    broker: Broker | None = None
    if request.param == "redis":
        if not shutil.which("redis-server"):
            without("redis-server")
        broker = Redis(folder, "redis")
    if request.param == "rabbitmq":
        if not os.path.exists(RABBITMQ):
            without("rabbitmq-server")
        broker = RabbitMQ(folder, "rabbitmq")
    try:
        if broker:
            broker.start()
        standing.use(broker)
        yield standing
    finally:
        standing.let_work()
        if broker:
            broker.stop()


def test_a_message_wakes_the_matcher_and_nobody_else(venue):
    venue.declare_queues()  # all of them, so that a message has many places to go
    venue.let_work()
    before = venue.waiting_messages()  # beat's, which nobody has taken
    venue.let_work("worker-matching")
    venue.wait_for_trades(venue.trade())
    assert venue.waiting_messages() == before


def test_a_message_sent_often_trades_once(venue):
    venue.let_work("worker-matching")
    expected = venue.trade(NOBODY_LISTENS)
    assert venue.trades() == expected - 1  # nobody has been told

    venue.exchange.do("wake")

    venue.wait_for_trades(expected)
    assert "The books agree" in venue.exchange.do("reconcile")


def test_a_message_lost_is_made_good_by_the_sweep(venue):
    venue.let_work(*WORKERS)
    venue.wait_for_trades(venue.trade(NOBODY_LISTENS))


def test_a_broker_that_was_killed_is_found_again(venue):
    if venue.broker is None:
        pytest.skip("test_kills kills the embedded one")
    venue.let_work(*WORKERS)
    venue.wait_for_trades(venue.trade())
    venue.broker.kill()
    expected = venue.trade()

    venue.broker.start()

    venue.wait_for_trades(expected, seconds=60)
    venue.let_work("worker-matching")  # and it is not the sweep alone that works now
    venue.wait_for_trades(venue.trade())
