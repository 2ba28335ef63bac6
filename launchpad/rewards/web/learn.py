"""Lessons and their questions."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from exchange.accounts.actors import actor_of
from exchange.core.errors import NotFound, Refused
from exchange.portal.columns import amount_text
from exchange.portal.pages import open_page
from launchpad.rewards import campaigns, lessons, terms
from launchpad.rewards.models import Campaign
from launchpad.rewards.web import shown


@open_page
def every(request: HttpRequest) -> HttpResponse:
    context = {
        "tab": "rewards",
        "part": "learn",
        "lessons": lessons.seen_by(shown.customer_id(request)),
        **_reward(),
    }
    return render(request, "launchpad/rewards/lessons.html", context)


@open_page
def one(request: HttpRequest, key: str) -> HttpResponse:
    """The words, the questions, and after answering which were right and why."""
    try:
        lesson = lessons.lesson(key)
    except NotFound as unknown:
        raise Http404 from unknown
    customer_id = shown.customer_id(request)
    came: lessons.Answered | None = None
    refused = ""
    given = _given(request, len(lesson.questions))
    if request.method == "POST":
        if customer_id is None:
            return redirect("login")
        try:
            came = lessons.answer(
                key=key, customer_id=customer_id, answers=given, actor=actor_of(request)
            )
        except Refused as why:
            refused = str(why)
    context: dict[str, Any] = {
        "tab": "rewards",
        "part": "learn",
        "lesson": lesson,
        "came": came,
        "refused": refused,
        "questions": [
            {
                "name": f"q{n}",
                "asks": question.asks,
                "why": question.why,
                "choices": [
                    (c, text, given.get(n) == c) for c, text in enumerate(question.choices)
                ],
                "right": came.right[n] if came else None,
            }
            for n, question in enumerate(lesson.questions)
        ],
        "amount": amount_text(came.reward.amount) if came and came.reward else "",
        "tries_left": lessons.tries_left(customer_id, key) if customer_id else None,
        "next": _after(lesson),
        **_reward(),
    }
    return render(request, "launchpad/rewards/lesson.html", context, status=422 if refused else 200)


def _given(request: HttpRequest, count: int) -> dict[int, int]:
    """What was ticked: question to choice; nonsense is no answer."""
    found: dict[int, int] = {}
    for number in range(count):
        text = request.POST.get(f"q{number}", "")
        if text.isascii() and text.isdigit() and len(text) < 3:
            found[number] = int(text)
    return found


def _reward() -> dict[str, Any]:
    """What a lesson earns now, if anything."""
    campaign = campaigns.running(Campaign.Kind.LESSONS)
    if campaign is None:
        return {"each": "", "spent": False}
    figures = terms.lessons(campaign)
    asset = campaign.programme.asset.code
    return {"each": f"{amount_text(figures.each)} {asset}", "spent": campaign.left < figures.each}


def _after(lesson: lessons.Lesson) -> lessons.Lesson | None:
    return next((each for each in lessons.every() if each.order > lesson.order), None)
