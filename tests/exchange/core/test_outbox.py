"""What fails is tried again, and not until it is given up within a second."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from exchange.core import clock, outbox
from exchange.core.models import OutboxEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What a consumer took. It refuses payloads that say so."""
    taken: list[dict[str, Any]] = []
    monkeypatch.setattr(outbox, "_consumers", {})

    @outbox.consumes("tests.said")
    def take(payload: dict[str, Any]) -> None:
        if payload.get("away"):
            raise OSError("the mail server is away")
        taken.append(payload)

    return taken


def say(**payload: Any) -> OutboxEvent:
    with transaction.atomic():
        return outbox.announce("tests.said", **payload)


def test_one_delivery_tries_an_event_once_and_goes_on_with_the_others(heard):
    failing = say(away=True)
    say(number=1)

    assert outbox.deliver() == 1

    failing.refresh_from_db()
    assert (failing.attempts, failing.last_error) == (1, "the mail server is away")
    assert heard == [{"number": 1}]


def test_each_miss_doubles_the_wait(heard):
    failing = say(away=True)
    began = failing.created_at

    tried = []
    for second in range(33):
        with time_machine.travel(began + timedelta(seconds=second, milliseconds=1), tick=False):
            before = failing.attempts
            outbox.deliver()
            failing.refresh_from_db()
            if failing.attempts > before:
                tried.append(second)

    assert tried == [0, 1, 3, 7, 15, 31]


def test_twenty_tries_reach_over_days(heard):
    failing = say(away=True)
    OutboxEvent.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)

    with time_machine.travel(clock.now() + timedelta(days=5), tick=False):
        outbox.deliver()
    failing.refresh_from_db()
    assert failing.attempts == outbox.MAX_ATTEMPTS - 1

    with time_machine.travel(clock.now() + timedelta(days=7), tick=False):
        outbox.deliver()
    failing.refresh_from_db()
    assert failing.attempts == outbox.MAX_ATTEMPTS
