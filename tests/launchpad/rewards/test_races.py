"""Races for rewards, each with a control that shows it without the lock."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal as D

import pytest

from exchange.core import dispatch
from exchange.core.errors import Refused
from launchpad.rewards import campaigns, grant, lessons, persons
from launchpad.rewards.models import Campaign, LessonTry, Reward
from tests.concurrency.together import together
from tests.factories.accounts import acting
from tests.launchpad.rewards.conftest import campaign, person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr(dispatch, "send", lambda *args, **kwargs: None)


def give(made, who, amount: str = "2"):
    try:
        return grant.grant(
            campaign_id=made.pk, customer_id=who.pk, amount=D(amount), of="x", actor=acting(who)
        )
    except Refused as refused:
        return refused


def unlocked(monkeypatch, people: int) -> None:
    """The control: nobody waits for the campaign, and all have looked before anybody writes."""
    gate = threading.Barrier(people, timeout=20)

    def without_lock(campaign_id):
        return Campaign.objects.select_related("programme__asset").get(pk=campaign_id)

    looked = grant.refuse_same_person

    def look(**words):
        looked(**words)
        gate.wait()

    monkeypatch.setattr(campaigns, "locked", without_lock)
    monkeypatch.setattr(grant, "refuse_same_person", look)


def two_accounts():
    """Of one person, as the night's look found already."""
    born = date(1990, 5, 17)
    people = [person("Anna Olsen", born=born), person("Anna Olsen", born=born)]
    persons.find_all()
    return people


def test_two_accounts_of_one_person_at_once_get_one_reward():
    made, people = campaign("lessons"), two_accounts()

    together([lambda who=who: give(made, who) for who in people])

    assert Reward.objects.count() == 1
    made.refresh_from_db()
    assert made.committed == D(2)


def test_control_without_the_lock_both_accounts_get_it(monkeypatch):
    made, people = campaign("lessons"), two_accounts()
    unlocked(monkeypatch, 2)

    together([lambda who=who: give(made, who) for who in people])

    assert Reward.objects.count() == 2


def test_the_last_of_a_budget_goes_to_one_of_five_at_once():
    made = campaign("lessons", budget="3")
    people = [person() for _ in range(5)]

    got = together([lambda who=who: give(made, who) for who in people])

    assert sum(isinstance(each, Reward) for each in got) == 1
    assert sorted(each.code for each in got if isinstance(each, Refused)) == ["budget_spent"] * 4
    made.refresh_from_db()
    assert (made.committed, Reward.objects.count()) == (D(2), 1)


def test_control_without_the_lock_more_is_promised_than_the_budget(monkeypatch):
    made = campaign("lessons", budget="3")
    people = [person() for _ in range(5)]
    unlocked(monkeypatch, 5)

    together([lambda who=who: give(made, who) for who in people])

    assert Reward.objects.count() * D(2) > D(3)


def test_a_lessons_tries_hold_however_many_are_sent_at_once():
    who = person()
    answers = {n: (q.right + 1) % 3 for n, q in enumerate(lessons.lesson("wallet").questions)}

    def guess():
        try:
            return lessons.answer(
                key="wallet", customer_id=who.pk, answers=answers, actor=acting(who)
            )
        except Refused as refused:
            return refused

    got = together([guess] * 6)

    assert sum(isinstance(each, Refused) for each in got) == 3
    assert LessonTry.objects.count() == 3
