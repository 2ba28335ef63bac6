"""Alerts of one ring that come at once open one case; two who want a case do not both get it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from compliance.cases import collect, hold
from compliance.cases.models import Case
from exchange.core import dispatch
from exchange.core.errors import Refused
from tests import factories
from tests.concurrency.together import Meeting
from tests.factories import cases as f

pytestmark = pytest.mark.django_db(transaction=True)


def together(acts: list[Callable[[], Any]]) -> list[str]:
    """Run them at once. What each was told."""
    told: list[str] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> None:
        start.wait(30)
        try:
            act()
            told.append("done")
        except Refused as refused:
            told.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(told)


def a_ring_at_once(monkeypatch: pytest.MonkeyPatch) -> int:
    """Three alerts of one ring, each about another of it. How many cases they open."""
    monkeypatch.setattr(dispatch, "send", lambda *_args, **_more: None)  # nobody else collects
    ring = [factories.customer() for _ in range(3)]
    alerts = [f.alert(each, ring=ring, scenario="cycle") for each in ring]
    monkeypatch.setattr(collect, "_case_for", Meeting(3).after(collect._case_for))
    together([lambda pk=alert.pk: collect.collect(alert_id=pk) for alert in alerts])
    return Case.objects.count()


def test_alerts_of_one_ring_that_come_at_once_open_one_case(monkeypatch):
    assert a_ring_at_once(monkeypatch) == 1


def test_without_taking_turns_they_open_several(monkeypatch):
    """The control."""
    monkeypatch.setattr(collect, "_take_turns", lambda: None)
    assert a_ring_at_once(monkeypatch) == 3


def two_claim(monkeypatch: pytest.MonkeyPatch, locked: Callable[[int], Case]) -> list[str]:
    case = f.case()
    officers = [f.officer(), f.officer()]
    monkeypatch.setattr(hold, "locked", Meeting().after(locked))
    return together([lambda who=who: hold.claim(case_id=case.pk, actor=who) for who in officers])


def test_of_two_who_claim_a_case_one_gets_it(monkeypatch):
    assert two_claim(monkeypatch, hold.locked) == ["case_claimed", "done"]


def test_without_the_lock_both_believe_that_it_is_theirs(monkeypatch):
    """The control."""
    assert two_claim(monkeypatch, lambda pk: Case.objects.get(pk=pk)) == ["done", "done"]


def test_two_who_ask_for_the_next_case_get_two(monkeypatch):
    f.case()
    f.case()
    officers = [f.officer(), f.officer()]

    together([lambda who=who: hold.claim_next(actor=who) for who in officers])

    assert set(Case.objects.values_list("owner_id", flat=True)) == {
        officer.user_id for officer in officers
    }
