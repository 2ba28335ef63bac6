"""Halting a market, and opening it again."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from redis.exceptions import ConnectionError as RedisConnectionError

from exchange.audit.models import AuditEvent
from exchange.core import clock, outbox
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused
from exchange.core.models import OutboxEvent
from exchange.markets import halt, publish
from exchange.markets.models import Market
from tests import factories

pytestmark = pytest.mark.django_db

COMMANDER = factories.officer("exchange.halt_market", label="commander@holdfast.example")


@pytest.fixture
def btc() -> Market:
    return factories.market("BTC_USDT")


def test_a_halt_is_written_down_announced_and_told_to_customers(btc):
    halt.halt(market_id=btc.pk, actor=COMMANDER, reason="prices look wrong", told="We are looking.")

    btc.refresh_from_db()
    assert (btc.status, btc.status_reason) == ("halted", "We are looking.")
    event = AuditEvent.objects.get()
    assert (event.verb, event.reason) == ("markets.set_status", "prices look wrong")
    assert event.before == {"status": "trading", "status_reason": ""}
    assert OutboxEvent.objects.get().payload["status"] == "halted"


def test_customers_are_never_told_the_reason(btc):
    halt.halt(market_id=btc.pk, actor=COMMANDER, reason="suspected manipulation")

    btc.refresh_from_db()
    assert btc.status_reason == ""


def test_a_market_opens_again_and_says_nothing_any_more(btc):
    halt.cancel_only(market_id=btc.pk, actor=COMMANDER, reason="upgrade", told="Back soon.")
    halt.reopen(market_id=btc.pk, actor=COMMANDER, reason="done")

    btc.refresh_from_db()
    assert (btc.status, btc.status_reason) == ("trading", "")


def test_halting_twice_is_halting_once(btc):
    for _ in range(2):
        halt.halt(market_id=btc.pk, actor=COMMANDER, reason="x")

    assert AuditEvent.objects.count() == 1


def test_a_delisted_market_stays_delisted(btc):
    Market.objects.update(status="delisted")

    with pytest.raises(Conflict):
        halt.reopen(market_id=btc.pk, actor=COMMANDER, reason="x")

    btc.refresh_from_db()
    assert btc.status == "delisted"


def test_every_status_has_its_moves():
    assert set(halt.MOVES) == set(Market.Status)


@pytest.mark.parametrize(
    ("actor", "reason", "refusal"),
    [(factories.officer(), "x", PermissionRefused), (COMMANDER, "  ", Invalid)],
)
def test_without_permission_or_reason_nothing_moves(btc, actor, reason, refusal):
    with pytest.raises(refusal):
        halt.halt(market_id=btc.pk, actor=actor, reason=reason)

    btc.refresh_from_db()
    assert btc.status == "trading"
    assert not AuditEvent.objects.exists()


def test_a_market_that_is_not_there_is_not_found(db):
    with pytest.raises(NotFound):
        halt.halt(market_id=404, actor=COMMANDER, reason="x")


def kept(symbol: str = "BTC_USDT") -> tuple[str, str] | None:
    text = publish.valkey().get(f"md:status:{symbol}")
    return None if text is None else (json.loads(text)["status"], json.loads(text)["reason"])


def test_open_pages_are_told_of_a_halt_and_of_its_end(btc):
    heard = publish.valkey().pubsub(ignore_subscribe_messages=True)
    heard.subscribe("md:BTC_USDT")
    heard.get_message(timeout=1)

    halt.halt(market_id=btc.pk, actor=COMMANDER, reason="odd prices", told="We are looking.")
    outbox.deliver()
    assert kept() == ("halted", "We are looking.")
    halt.reopen(market_id=btc.pk, actor=COMMANDER, reason="all clear")
    outbox.deliver()
    assert kept() == ("trading", "")

    told = []
    while message := heard.get_message(timeout=1):  # tests beside this one may use the channel too
        told.append(json.loads(message["data"]).get("status"))
    assert "trading" in told[told.index("halted") :]


def test_a_change_that_is_told_late_does_not_undo_a_newer_one(btc):
    publish.status(symbol="BTC_USDT", status="trading", reason="", ms=2_000)

    assert not publish.status(symbol="BTC_USDT", status="halted", reason="", ms=1_000)

    assert kept() == ("trading", "")


def test_a_halt_is_told_again_until_valkey_took_it(btc, monkeypatch):
    def away(**_: object) -> None:
        raise RedisConnectionError("valkey is away")

    halt.halt(market_id=btc.pk, actor=COMMANDER, reason="odd prices")
    with monkeypatch.context() as patched:
        patched.setattr(publish, "status", away)
        assert outbox.deliver() == 0
    assert OutboxEvent.objects.get().attempts == 1
    assert kept() is None

    with time_machine.travel(clock.now() + timedelta(seconds=2)):
        assert outbox.deliver() == 1
    assert kept() == ("halted", "")


def test_valkey_gets_back_the_halts_it_lost(btc):
    open_one = factories.market("ETH_USDT")
    halt.halt(market_id=btc.pk, actor=COMMANDER, reason="odd prices", told="We are looking.")
    outbox.deliver()
    publish.valkey().flushdb()

    assert halt.tell_missing() == 1
    assert halt.tell_missing() == 0

    assert kept() == ("halted", "We are looking.")
    assert kept(open_one.symbol) is None
