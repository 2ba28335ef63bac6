"""Wake-ups: one lost is found by the sweep, one too many does nothing."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as NoValkey

from exchange.core import dispatch
from exchange.trading import wake
from exchange.trading.models import MatchBatch, MatchCommand, SpotOrder
from exchange.trading.tasks import match as match_task
from exchange.trading.tasks import sweep as sweep_task
from tests import factories
from tests.factories.trading import limit, trader

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def btc():
    return factories.market("BTC_USDT")


@pytest.fixture
def sent(monkeypatch) -> list[int]:
    """Messages that reach the broker, and go no further."""
    messages: list[int] = []
    monkeypatch.setattr(
        dispatch, "send", lambda task, *, queue, market_id: messages.append(market_id)
    )
    return messages


def grow_old() -> None:
    MatchCommand.objects.update(created_at="2020-01-01T00:00:00Z")


@pytest.mark.usefixtures("asleep")
def test_a_lost_wake_up_is_found_by_the_sweep(btc):
    order_id = limit(trader(), "sell", "50000", "1")
    assert sweep_task() == 0  # not yet: its wake-up may be on its way
    assert MatchCommand.objects.exists()

    grow_old()
    assert sweep_task() == 1

    assert not MatchCommand.objects.exists()
    assert SpotOrder.objects.get(pk=order_id).state == "new"
    assert MatchBatch.objects.count() == 1


@pytest.mark.usefixtures("asleep")
def test_a_sweep_with_nothing_to_find_wakes_nobody(btc, sent):
    assert sweep_task() == 0
    assert sent == []


@pytest.mark.usefixtures("asleep")
def test_a_task_that_runs_twice_does_nothing_twice(btc):
    limit(trader(), "sell", "50000", "1")
    assert match_task(btc.pk) == 1
    batches = list(MatchBatch.objects.values())
    assert match_task(btc.pk) == 0
    assert list(MatchBatch.objects.values()) == batches


def test_a_hundred_orders_before_the_matcher_looks_send_one_message(btc, sent, monkeypatch):
    monkeypatch.setattr(wake, "KEY_SECONDS", 60)  # however long a busy machine takes for ten
    who = trader()
    for _ in range(10):
        limit(who, "sell", "50000", "0.01")
    assert sent == [btc.pk]

    wake.begun(btc.pk)  # it looks; whoever comes now must be heard again
    limit(who, "sell", "50000", "0.01")
    assert sent == [btc.pk, btc.pk]


def test_without_valkey_every_order_sends_a_message(btc, sent, monkeypatch):
    def down(*args, **kwargs):
        raise NoValkey

    monkeypatch.setattr(cache, "add", down)
    who = trader()
    for _ in range(3):
        limit(who, "sell", "50000", "0.01")
    assert sent == [btc.pk] * 3


def test_an_order_that_is_not_committed_wakes_nobody(btc, sent):
    from django.db import transaction

    with transaction.atomic():
        limit(trader(), "sell", "50000", "0.01")
        assert sent == []
        transaction.set_rollback(True)
    assert sent == []


def test_who_matches_what_it_places_wakes_nobody(btc, sent):
    with wake.unneeded():
        limit(trader(), "sell", "50000", "1")
    assert sent == []
    assert MatchCommand.objects.count() == 1

    limit(trader(), "sell", "50000", "1")
    assert sent == [btc.pk]
