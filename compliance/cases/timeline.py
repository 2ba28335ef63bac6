"""A case's story in order: what its people did, what was raised, what we did about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from compliance.cases import money
from compliance.cases.models import Case, CaseQuestion
from compliance.cases.money import Choice, Day
from exchange.accounts.models import Restriction
from exchange.audit.models import AuditEvent
from exchange.core import clock

MOST_OF_A_KIND = 60
MOST_DAYS = 120
BEFORE = timedelta(days=14)
FACT, ALERT, WORK, ACCOUNT = "fact", "alert", "work", "account"


class Event(NamedTuple):
    """One line of the story; `sort` says whose doing it is."""

    at: datetime
    sort: str
    words: str
    by: str


class Chart(NamedTuple):
    """In and out by day, and on which days alerts look back to."""

    since: datetime
    until: datetime
    days: list[Day]
    alerts: list[datetime]


def events_of(case: Case, people: list[int]) -> list[Event]:
    """Newest first; at most sixty of each sort, so that one sort does not drown the others."""
    found = [*_facts(people), *_alerts(case), *_work(case), *_account(people)]
    return sorted(found, key=lambda event: event.at, reverse=True)


def window_of(case: Case) -> tuple[datetime, datetime]:
    """From two weeks before the first alert's window until now; at most 120 days."""
    first = (
        case.alerts.order_by("alert__window_start")
        .values_list("alert__window_start", flat=True)
        .first()
    )
    until = case.closed_at or clock.now()
    since = (first or case.raised_at) - BEFORE
    return max(since, until - timedelta(days=MOST_DAYS)), until


def chart_of(case: Case, people: list[int]) -> Chart:
    since, until = window_of(case)
    ends = case.alerts.values_list("alert__at", flat=True)[:MOST_OF_A_KIND]
    return Chart(since, until, money.days(people=people, since=since, until=until), sorted(ends))


def _facts(people: list[int]) -> list[Event]:
    found = []
    for group in ("money", "access"):
        rows = money.transactions(people=people, choice=Choice(group=group), limit=MOST_OF_A_KIND)
        found += [Event(row.at, FACT, fact_words(row), f"#{row.customer_id}") for row in rows]
    return found


def fact_words(fact: Any) -> str:
    """A fact in a line: what, how much, where."""
    parts = [fact.get_kind_display()]
    if fact.usd is not None:
        parts.append(f"{fact.usd:,.2f} USD")
    elif fact.amount is not None:
        parts.append(f"{fact.amount.normalize():f} {fact.asset}")
    if fact.counterparty_id is not None:
        parts.append(f"→ #{fact.counterparty_id}")
    if fact.address:
        parts.append(fact.address)
    if fact.ip:
        parts.append(f"{fact.ip} {fact.ip_country}".strip())
    return " · ".join(parts)


def _alerts(case: Case) -> list[Event]:
    rows = case.alerts.select_related("alert").order_by("-id")[:MOST_OF_A_KIND]
    return [
        Event(row.alert.raised_at, ALERT, f"{row.alert.title}: {row.alert.explanation}", "")
        for row in rows
    ]


def _work(case: Case) -> list[Event]:
    found = [
        Event(row.at, WORK, row.text, str(row.by))
        for row in case.notes.select_related("by").order_by("-id")[:MOST_OF_A_KIND]
    ]
    for asked in case.questions.select_related("asked_by").order_by("-id")[:MOST_OF_A_KIND]:
        found.append(
            Event(asked.asked_at, WORK, _("Asked: %(text)s") % {"text": asked.text},
                  str(asked.asked_by))
        )  # fmt: skip
        if asked.state == CaseQuestion.State.ANSWERED and asked.answered_at:
            words = _("Answered: %(text)s") % {"text": asked.answer}
            found.append(Event(asked.answered_at, WORK, words, f"#{asked.customer_id}"))
    log = AuditEvent.objects.filter(target_type="case", target_id=str(case.pk)).exclude(
        verb__in=["cases.note", "cases.ask", "cases.answer", "cases.view_evidence"]
    )
    for row in log.order_by("-id")[:MOST_OF_A_KIND]:
        words = WORDS.get(row.verb, row.verb)
        found.append(Event(row.at, WORK, f"{words}: {row.reason}" if row.reason else f"{words}",
                           row.actor))  # fmt: skip
    return found


def _account(people: list[int]) -> list[Event]:
    rows = Restriction.objects.filter(customer_id__in=people[:200]).order_by("-id")
    return [
        Event(
            row.imposed_at,
            ACCOUNT,
            _("May not %(what)s: %(why)s") % {"what": row.get_kind_display(), "why": row.reason},
            row.imposed_by,
        )
        for row in rows[:MOST_OF_A_KIND]
    ]


WORDS = {
    "cases.collect": "An alert joined",
    "cases.claim": "Claimed",
    "cases.release": "Given back",
    "cases.reassign": "Reassigned",
    "cases.hand_on": "Handed on",
    "cases.establish": "First knowledge of facts put right",
    "cases.link": "Linked",
    "cases.hand_in": "Evidence handed in",
    "cases.close": "Closed",
    "cases.reopen": "Opened again",
    "cases.review": "Reviewed",
    "cases.withdraw_question": "Question withdrawn",
}
