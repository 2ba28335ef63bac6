"""Lessons: right answers earn once, and guessing is bounded."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest

from exchange.core import clock
from exchange.core.errors import Invalid, NotFound
from launchpad.rewards import lessons
from launchpad.rewards.errors import TooManyAnswers
from launchpad.rewards.models import LessonTry, Reward
from tests import factories
from tests.factories.accounts import acting
from tests.launchpad.rewards.conftest import person

pytestmark = pytest.mark.django_db


def right(key: str) -> dict[int, int]:
    return {n: q.right for n, q in enumerate(lessons.lesson(key).questions)}


def answer(who, key: str = "wallet", answers: dict[int, int] | None = None):
    return lessons.answer(
        key=key,
        customer_id=who.pk,
        answers=right(key) if answers is None else answers,
        actor=acting(who),
    )


def wrong(key: str = "wallet") -> dict[int, int]:
    answers = right(key)
    answers[0] = (answers[0] + 1) % 3
    return answers


def test_there_are_six_lessons_with_one_right_answer_a_question():
    every = lessons.every()

    assert [each.key for each in every] == [
        "wallet", "two-factors", "orders", "fees", "scams", "staking",
    ]  # fmt: skip
    for each in every:
        for question in each.questions:
            assert len(set(question.choices)) == 3
            assert question.why
    # The right answer does not always stand in the same place.
    assert len({q.right for each in every for q in each.questions}) == 3 - 1


def test_all_right_is_a_pass_and_earns_once(lessons_campaign):
    who = person()

    first, again = answer(who), answer(who)

    assert first.passed
    assert first.reward is not None
    assert first.reward.amount == D(2)
    assert again.reward == first.reward
    assert Reward.objects.count() == 1


def test_one_wrong_answer_earns_nothing_and_says_which(lessons_campaign):
    who = person()

    came = answer(who, answers=wrong())

    assert came.right == (False, True, True)
    assert (came.passed, came.reward, came.tries_left) == (False, None, 2)
    assert not Reward.objects.exists()


def test_three_tries_a_day(lessons_campaign):
    who = person()
    for _ in range(3):
        answer(who, answers=wrong())

    with pytest.raises(TooManyAnswers):
        answer(who)
    assert answer(who, "fees").passed  # another lesson

    with clock.held_at(clock.now() + timedelta(days=1, seconds=1)):
        assert answer(who).passed


def test_a_pass_stands_when_the_reward_is_refused(lessons_campaign):
    who = factories.customer()  # not verified

    came = answer(who)

    assert came.passed
    assert came.reward is None
    assert "verify" in came.refused
    assert LessonTry.objects.get().passed


def test_lessons_are_there_without_a_campaign():
    assert answer(person()).passed
    assert not Reward.objects.exists()


@pytest.mark.parametrize("answers", [{}, {0: 0}, {0: 0, 1: 0, 2: 7}, {0: -1, 1: 0, 2: 0}])
def test_every_question_wants_an_answer_that_exists(answers):
    who = person()

    with pytest.raises(Invalid):
        answer(who, answers=answers)
    assert not LessonTry.objects.exists()


def test_there_is_no_other_lesson():
    with pytest.raises(NotFound):
        lessons.lesson("../settings")


def test_a_lesson_is_rewarded_once_for_each_person_whatever_campaigns_come(lessons_campaign):
    from datetime import date

    from launchpad.rewards import campaigns, persons
    from tests.launchpad.rewards.conftest import campaign, manager

    one, again = (person("Eva Roth", born=date(1991, 4, 5)) for _ in range(2))
    assert answer(one).reward is not None
    Reward.objects.update(state="paid")
    campaigns.close(campaign_id=lessons_campaign.pk, actor=manager(), reason="the next one")
    campaign("lessons")
    persons.find_all()

    with clock.held_at(clock.now() + timedelta(days=2)):
        for who in (one, again):
            came = answer(who)
            assert came.passed
            assert came.reward is None
            assert "once" in came.refused
        assert answer(person()).reward is not None
