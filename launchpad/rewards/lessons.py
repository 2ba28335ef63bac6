"""The education centre: short lessons as data, their questions, and the reward for right answers.

A lesson is a file of `data/lessons/`: words, then questions with their choices, of which one is
right, and why. A reward is given once for each person and lesson, whatever campaigns come and go;
without one that runs, lessons are there all the same.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.identity.queries import main_account
from exchange.accounts.models import Customer
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Invalid, NotFound, Refused
from launchpad.rewards import campaigns, terms
from launchpad.rewards.errors import TooManyAnswers
from launchpad.rewards.grant import grant
from launchpad.rewards.models import Campaign, LessonTry, PersonGroup, Reward
from launchpad.rewards.vip import own_account

DIRECTORY = Path(__file__).parent / "data" / "lessons"
Words = str | Promise  # in the reader's language, which is known when they are shown
TRIES, WITHIN = 3, timedelta(days=1)


class Question(NamedTuple):
    asks: Words
    choices: tuple[Words, ...]
    right: int
    why: Words


class Lesson(NamedTuple):
    """`order` is its place among the lessons; paragraphs may be headed."""

    key: str
    order: int
    title: Words
    minutes: int
    parts: tuple[tuple[Words, tuple[Words, ...]], ...]  # heading, paragraphs
    questions: tuple[Question, ...]

    @property
    def of(self) -> str:
        """What a reward for it is `of`."""
        return f"lesson:{self.key}"


class Answered(NamedTuple):
    """What came of a try: for each question whether it was right, and why."""

    right: tuple[bool, ...]
    passed: bool
    reward: Reward | None
    refused: str  # why a pass earned nothing, in words for the customer
    tries_left: int


class Seen(NamedTuple):
    """A lesson as one customer's list shows it."""

    lesson: Lesson
    passed: bool
    reward: Reward | None


def every() -> tuple[Lesson, ...]:
    """All lessons in their order."""
    return _all()


def lesson(key: str) -> Lesson:
    """Raises NotFound."""
    for each in _all():
        if each.key == key:
            return each
    raise NotFound(_("There is no such lesson."), field="lesson")


def seen_by(customer_id: int | None) -> list[Seen]:
    """All lessons, with what this customer has done. Two queries."""
    passed: set[str] = set()
    rewards: dict[str, Reward] = {}
    if customer_id is not None:
        owner_id = main_account(customer_id)
        tries = LessonTry.objects.filter(customer_id=owner_id)
        passed = {each.lesson for each in tries if each.passed}
        rewards = {
            reward.of: reward
            for reward in Reward.objects.filter(
                customer_id=owner_id, campaign__kind=Campaign.Kind.LESSONS
            ).select_related("campaign__programme__asset")
        }
    return [Seen(each, each.key in passed, rewards.get(each.of)) for each in _all()]


def tries_left(customer_id: int, key: str) -> int:
    """How often they may answer this lesson's questions yet, in the day that ends now."""
    spent = LessonTry.objects.filter(
        customer_id=main_account(customer_id), lesson=key, at__gt=clock.now() - WITHIN
    ).count()
    return max(TRIES - spent, 0)


def answer(*, key: str, customer_id: int, answers: Mapping[int, int], actor: Actor) -> Answered:
    """Answer a lesson's questions: all right is a pass, and the first pass earns the reward.

    The try counts whatever comes of the reward. Raises NotFound, Invalid when a question is not
    answered, TooManyAnswers after three tries in a day, PermissionRefused.
    """
    owner_id = own_account(customer_id, actor)
    learned = lesson(key)
    for number, question in enumerate(learned.questions):
        if not 0 <= answers.get(number, -1) < len(question.choices):
            raise Invalid(_("Answer every question."), field=f"q{number}")
    right = tuple(answers[n] == q.right for n, q in enumerate(learned.questions))
    with transaction.atomic():
        # One try at a time, so that the bound holds however many are sent at once.
        Customer.objects.select_for_update(no_key=True).get(pk=owner_id)
        left = tries_left(owner_id, key)
        before = LessonTry.objects.filter(customer_id=owner_id, lesson=key)
        if not left and not any(each.passed for each in before):
            raise TooManyAnswers(
                _("That was %(n)d tries today. Read it once more, and come back tomorrow.")
                % {"n": TRIES},
                limit=TRIES,
            )
        LessonTry.objects.create(
            customer_id=owner_id, lesson=key, right=sum(right), of=len(right), at=clock.now()
        )
    if not all(right):
        return Answered(right, False, None, "", max(left - 1, 0))
    reward, refused = _reward(learned, owner_id, actor)
    return Answered(right, True, reward, refused, max(left - 1, 0))


def _reward(learned: Lesson, owner_id: int, actor: Actor) -> tuple[Reward | None, str]:
    campaign = campaigns.running(Campaign.Kind.LESSONS)
    if campaign is None:
        return None, ""
    if _had_before(learned, owner_id, campaign):
        return None, _("You had the reward for this lesson already: it is given once.")
    try:
        given = grant(
            campaign_id=campaign.pk,
            customer_id=owner_id,
            amount=terms.lessons(campaign).each,
            of=learned.of,
            actor=actor,
            alerts=False,
        )
    except Refused as refused:
        return None, str(refused)
    return given, ""


def _had_before(learned: Lesson, owner_id: int, campaign: Campaign) -> bool:
    """Whether this person was given something for this lesson by an earlier campaign, with whatever
    account."""
    person = PersonGroup.objects.filter(
        certain_id__in=PersonGroup.objects.filter(pk=owner_id).values("certain_id")
    ).values_list("pk", flat=True)
    return (
        Reward.objects.filter(
            customer_id__in=[owner_id, *person],
            campaign__kind=Campaign.Kind.LESSONS,
            of=learned.of,
        )
        .exclude(campaign=campaign)
        .exclude(state=Reward.State.REFUSED)
        .exists()
    )


@cache
def _all() -> tuple[Lesson, ...]:
    made = [_read(path) for path in sorted(DIRECTORY.glob("*.toml"))]
    return tuple(sorted(made, key=lambda each: each.order))


def _read(path: Path) -> Lesson:
    with path.open("rb") as file:
        data = tomllib.load(file)
    return Lesson(
        path.stem,
        data["order"],
        gettext_lazy(data["title"]),
        data["minutes"],
        tuple(
            (gettext_lazy(part["heading"]), tuple(gettext_lazy(text) for text in part["says"]))
            for part in data["part"]
        ),
        tuple(_question(each) for each in data["question"]),
    )


def _question(data: Mapping[str, Any]) -> Question:
    right = data["choices"].index(data["right"])
    choices = tuple(gettext_lazy(text) for text in data["choices"])
    return Question(gettext_lazy(data["asks"]), choices, right, gettext_lazy(data["why"]))
