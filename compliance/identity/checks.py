"""What rooms above want to have looked at before somebody is approved.

A check is a function of an application that passes, holds (it must be settled first) or refuses.
It reads; it changes nothing. Screening registers one at start, so that identity need not know it:

    checks.register("names", screened, order=checks.SCREENING)
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple

from django.db import transaction

from compliance.identity.models import Application

log = logging.getLogger(__name__)

COMPLETENESS, DOCUMENTS, SCREENING, RISK = 10, 20, 30, 40


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105  a verdict, no secret
    HOLD = "hold"
    REFUSE = "refuse"


class Outcome(NamedTuple):
    """`says` is for staff: what was found, or what has to be done first."""

    verdict: Verdict
    says: str = ""


PASS = Outcome(Verdict.PASS)
Check = Callable[[Application], Outcome]


class Registered(NamedTuple):
    order: int
    name: str
    check: Check


class Said(NamedTuple):
    name: str
    verdict: Verdict
    says: str


_checks: dict[str, Registered] = {}


def register(name: str, check: Check, *, order: int = 50) -> None:
    """Have a check asked about every approval. Raises RuntimeError for a second of one name."""
    standing = _checks.setdefault(name, Registered(order, name, check))
    if standing.check is not check:
        raise RuntimeError(f"there are two checks called {name}")


def in_order() -> list[Registered]:
    return sorted(_checks.values(), key=lambda each: (each.order, each.name))


def ask_all(application: Application) -> list[Said]:
    """Every check's word, in order. One that breaks is a hold: nobody is approved because a check
    could not be made."""
    return [Said(each.name, *_asked(each, application)) for each in in_order()]


def standing_in_the_way(said: Sequence[Said]) -> list[Said]:
    """What has to be settled before an approval."""
    return [each for each in said if each.verdict != Verdict.PASS]


def _asked(registered: Registered, application: Application) -> Outcome:
    try:
        with transaction.atomic():
            return registered.check(application)
    except Exception as error:
        log.exception("check %s broke over application %s", registered.name, application.pk)
        return Outcome(Verdict.HOLD, f"the check could not be made: {type(error).__name__}")
