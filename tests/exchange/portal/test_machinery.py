"""Counting faults and hearing heartbeats: useful when things work, harmless when they don't."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest
import redis
from kombu import Connection

from exchange.portal import faults, heartbeats, machinery
from exchange.portal.valkey import valkey


@pytest.fixture(autouse=True)
def _nothing_said_yet() -> None:
    for pattern in ("heartbeat:*", "faults:*"):
        for key in valkey().scan_iter(match=pattern):
            valkey().delete(key)


@pytest.fixture
def logger() -> logging.Logger:
    log = logging.getLogger("room.verb")
    log.handlers, log.propagate = [faults.FaultCounter()], False
    log.setLevel(logging.INFO)
    return log


def test_warnings_and_errors_are_counted_and_the_rest_is_not(logger):
    logger.info("fine")
    logger.warning("hm")
    logger.error("broken")
    logger.critical("on fire")

    assert faults.last_hour() == faults.Faults(errors=2, warnings=1)


def test_the_latest_are_kept_without_their_arguments(logger):
    logger.error("no key for %s", "alice@example.com")

    (last,) = faults.latest()
    assert (last.level, last.logger, last.message) == ("error", "room.verb", "no key for %s")


def test_only_so_many_are_kept(logger):
    for number in range(60):
        logger.warning("warning %s", number)

    assert len(faults.latest()) == 50
    assert faults.last_hour().warnings == 60


def test_logging_goes_on_when_valkey_is_away(logger, monkeypatch):
    tries = []

    def away(url: str = "") -> redis.Redis:
        tries.append(url)
        raise redis.ConnectionError("refused")

    monkeypatch.setattr(faults, "valkey", away)
    for _ in range(5):
        logger.error("broken")

    assert len(tries) == 1  # the others did not wait for it


def test_another_broker_tells_its_lengths_and_an_undeclared_queue_is_empty():
    with Connection("memory://") as broker:
        queue = broker.SimpleQueue("payouts")
        for number in range(3):
            queue.put({"number": number})

        assert machinery.lengths_at(broker, ["payouts", "nobody-declared"]) == {
            "payouts": 3,
            "nobody-declared": 0,
        }


def test_a_broker_that_is_away_is_an_os_error():
    with Connection("amqp://127.0.0.1:1//", connect_timeout=0.2) as broker:
        with pytest.raises(OSError, match="refused"):
            machinery.lengths_at(broker, ["payouts"])


def test_a_worker_is_heard_with_its_queues():
    heartbeats.beat("matching@here", ["matching.0"])

    (worker,) = heartbeats.workers()
    assert (worker.name, worker.queues) == ("matching@here", ["matching.0"])
    assert worker.silent_seconds < 60
    assert 0 < valkey().ttl("heartbeat:matching@here") <= heartbeats.GONE_SECONDS


def test_a_worker_that_ends_on_purpose_is_forgotten():
    heartbeats.beat("matching@here", ["matching.0"])

    heartbeats.forget("matching@here")

    assert heartbeats.workers() == []


def test_a_starting_worker_begins_to_beat(monkeypatch):
    started = []
    monkeypatch.setattr(heartbeats.threading.Thread, "start", lambda self: started.append(self))
    queues = SimpleNamespace(consume_from={"default": 1, "wallets": 2})

    class Consumer:
        hostname = "default@here"
        app = SimpleNamespace(amqp=SimpleNamespace(queues=queues))

    heartbeats.worker_ready.send(sender=Consumer)

    assert heartbeats.workers()[0].queues == ["default", "wallets"]
    assert [thread.daemon for thread in started] == [True]
