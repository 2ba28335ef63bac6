"""Is the exchange well? Each card says ok, watch or bad for a reason that a test can cause."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from exchange.accounts import roles
from exchange.audit.check import check_chain
from exchange.audit.seal import seal_waiting
from exchange.core import clock
from exchange.core.models import OutboxEvent, Switch
from exchange.ledger.models import Reconciliation
from exchange.portal import cards, faults, heartbeats, machinery
from exchange.portal.valkey import valkey
from exchange.trading.match import match
from exchange.trading.models import MatchCommand, Trade
from tests.exchange.portal.screens import screens

pytestmark = pytest.mark.django_db


def read(key: str) -> cards.Reading:
    return next(card for card in cards.cards() if card.key == key).read()


@pytest.fixture(autouse=True)
def _nothing_said_yet() -> None:
    """No worker has spoken, no fault was counted, no queue is long."""
    for pattern in ("heartbeat:*", "faults:*"):
        for key in valkey().scan_iter(match=pattern):
            valkey().delete(key)


def test_the_page_shows_a_verdict_and_every_card(root, world):
    answer = root.get("/staff/")
    shown = answer.content.decode()

    assert len(answer.context["cards"]) == len(cards.cards()) >= 14
    for card in cards.cards():
        assert str(card.title) in shown
    assert "to watch" in shown or "wrong" in shown


def test_every_card_leads_to_a_screen_that_opens(root, world):
    for card in cards.cards():
        assert root.get(card.leads_to()).status_code == 200, card.key


def test_a_card_leads_nowhere_that_its_reader_may_not_go(as_role, world):
    for role in roles.ROLES:
        client = as_role(role)
        for shown in client.get("/staff/").context["cards"]:
            assert client.get(shown.url).status_code == 200, (role, shown.card.key)


def test_the_page_costs_few_queries_and_none_while_readings_are_fresh(root, world):
    cache.clear()
    with CaptureQueriesContext(connection) as cold:
        root.get("/staff/")
    with CaptureQueriesContext(connection) as warm:
        root.get("/staff/")

    assert len(cold) <= 40
    assert len(warm) <= 14


def test_the_pulse_is_the_cards_alone_and_is_not_stored(root, world):
    answer = root.get("/staff/pulse/")

    assert "<html" not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert set(re.findall(r'data-key="([^"]+)"', answer.content.decode())) == {
        "verdict",
        *(card.key for card in cards.cards()),
    }


def test_a_state_is_said_in_words_and_by_shape(root, world):
    Switch.objects.create(name="trading", closed=True, reason="incident")

    shown = root.get("/staff/").content.decode()

    card = shown[shown.index('data-key="switches"') :][:900]
    assert "#state-bad" in card
    assert "Bad" in card


def test_lines_are_described_for_those_who_do_not_see_them(root, world):
    shown = root.get("/staff/").content.decode()

    assert re.search(r'role="img" aria-label="trades in 5 minutes; 0 to \d+ every ten', shown)
    assert "style=" not in shown


def test_waiting_commands_grow_old(world):
    assert read("matching").state == cards.OK
    MatchCommand.objects.update(created_at=clock.now() - timedelta(seconds=5))
    assert read("matching").state == cards.WATCH
    MatchCommand.objects.update(created_at=clock.now() - timedelta(seconds=30))
    assert read("matching").state == cards.BAD
    assert ("BTC_USDT", "1") in read("matching").details

    match(market_id=world["market"].pk)
    assert (read("matching").state, read("matching").number) == (cards.OK, "idle")


def test_orders_and_trades_are_counted_as_they_came(world):
    trades = read("trades")

    assert trades.number == str(Trade.objects.count())
    assert sum(trades.spark.values) == Trade.objects.count()
    assert len(trades.spark.values) == 30
    assert int(read("orders").number) == 11


def test_a_silent_market_is_named(world):
    assert read("last-trades").state == cards.OK
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE exchange_trade SET executed_at = now() - interval '1 hour'")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")

    reading = read("last-trades")
    assert (reading.state, reading.number) == (cards.BAD, "0/1")
    assert reading.details == [("BTC_USDT", "60 min")]


def test_a_halt_is_to_watch(world):
    assert read("halted").state == cards.OK
    type(world["market"]).objects.update(status="halted")

    assert read("halted").details == [("BTC_USDT", "Halted")]
    assert read("halted").state == cards.WATCH


@pytest.mark.parametrize(
    ("ok", "minutes", "state"),
    [(True, 1, "ok"), (True, 20, "watch"), (True, 90, "bad"), (False, 1, "bad")],
)
def test_the_ledger_is_as_good_as_its_last_comparison(db, ok, minutes, state):
    check = {"name": "sums", "says": "x", "ok": ok, "looked_at": 9, "wrong": 0 if ok else 2}
    Reconciliation.objects.create(
        at=clock.now() - timedelta(minutes=minutes),
        ok=ok,
        checks=[{**check, "findings": [], "took_ms": 1}],
        took_ms=1,
    )

    assert read("reconciliation").state == state


def test_a_ledger_that_was_never_compared_is_to_watch(db):
    assert read("reconciliation").state == cards.WATCH


def test_the_outbox_counts_what_waits_and_what_fails(world):
    OutboxEvent.objects.all().delete()
    assert (read("outbox").state, read("outbox").number) == (cards.OK, "0")
    event = OutboxEvent.objects.create(topic="x", payload={})
    assert (read("outbox").state, read("outbox").number) == (cards.OK, "1")
    OutboxEvent.objects.update(created_at=clock.now() - timedelta(minutes=5))
    assert read("outbox").state == cards.WATCH
    event.attempts = 3
    event.save(update_fields=["attempts"])
    assert read("outbox").state == cards.BAD


def test_the_audit_chain_says_what_is_sealed_and_when_it_was_verified(world):
    seal_waiting()
    assert dict(read("chain").details)["verified"] == "not yet"
    sealed = read("chain").number

    check_chain()

    reading = read("chain")
    assert (reading.state, reading.number) == (cards.OK, sealed)
    assert dict(reading.details)["verified"] != "not yet"


def test_a_proposal_about_to_expire_is_to_watch(world):
    assert (read("proposals").state, read("proposals").number) == (cards.OK, "1")
    world["proposal"].expires_at = clock.now() + timedelta(hours=2)
    world["proposal"].save()
    assert read("proposals").state == cards.WATCH


@pytest.fixture
def streams() -> Iterator[None]:
    """A streams process listens."""
    heard = valkey().pubsub()
    heard.subscribe(machinery.STREAMS_CHANNEL)
    heard.get_message(timeout=2)
    yield
    heard.close()


def test_workers_that_stop_speaking_are_missed(settings, streams):
    assert read("workers").state == cards.BAD
    queues = [f"matching.{shard}" for shard in range(settings.MATCHING_SHARDS)]
    heartbeats.beat("matching@here", queues)
    heartbeats.beat("default@here", ["default"])
    heartbeats.beat("beat@here", [])

    assert (read("workers").state, read("workers").number) == (cards.OK, "3")

    valkey().delete("heartbeat:matching@here")
    reading = read("workers")
    assert reading.state == cards.BAD
    assert ("nobody listens to", "4 queues") in reading.details


def test_queues_are_measured_where_the_broker_keeps_them(settings):
    broker: Any = valkey(settings.CELERY_BROKER_URL)
    broker.delete("payouts")
    assert machinery.queue_lengths()["payouts"] == 0
    broker.rpush("payouts", *["{}"] * 150)
    try:
        assert set(machinery.queue_lengths()) == {q.name for q in current_app.conf.task_queues}
        assert machinery.queue_lengths()["payouts"] == 150
        assert read("queues").state == cards.WATCH
    finally:
        broker.delete("payouts")


def test_errors_of_the_last_hour_are_counted(db):
    assert (read("faults").state, read("faults").number) == (cards.OK, "0")
    this_minute = clock.now_ms() // 60_000
    for ago, errors in ((1, 4), (30, 4), (58, 4), (61, 100)):
        valkey().hincrby(faults.KEY.format(minute=this_minute - ago), "error", errors)

    assert (read("faults").state, read("faults").number) == (cards.BAD, "12")


def test_the_database_says_how_large_and_how_busy_it_is(db):
    reading = read("database")

    assert reading.state == cards.OK
    assert reading.number.endswith((" MB", " GB"))
    assert "/" in dict(reading.details)["connections"]


def test_a_card_that_can_not_be_read_says_so_and_the_others_stand(root, world, monkeypatch):
    def away(*_args: object, **_kwargs: object) -> None:
        raise OSError("connection refused")

    monkeypatch.setattr(machinery, "queue_lengths", away)
    cache.clear()

    shown = {each.card.key: each.reading.state for each in root.get("/staff/").context["cards"]}

    assert shown["queues"] == cards.UNKNOWN
    assert shown["matching"] == cards.OK
    assert "Out of reach" in root.get("/staff/system/machinery/").content.decode()


def test_every_desk_shows_its_screens_and_its_own_cards(root, world):
    for group in root.get("/staff/").context["menu"]:
        answer = root.get(group.url)
        assert answer.status_code == 200
        assert {each.card.desk.key for each in answer.context["cards"]} <= {group.desk.key}
        assert all(
            str(escape(str(screen.label))) in answer.content.decode() for screen in group.screens
        )
    assert len(screens()) >= 25


def test_a_desk_that_is_not_theirs_is_refused(as_role):
    assert as_role(roles.LISTING_MANAGER).get("/staff/desk/system/").status_code == 403
    assert as_role(roles.LISTING_MANAGER).get("/staff/desk/nothing/").status_code == 404
