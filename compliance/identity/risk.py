"""How risky a customer is, and why: a table of facts and points, by version.

`data/risk_rules.csv` names a fact, the value that counts and its points. The sum is the class:
from 25 points medium, from 60 high, from 1,000 prohibited. A foreign politically exposed person is
high by law (60 points alone). A changed table is a new VERSION: assessments keep the one they were
made by.
"""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from typing import NamedTuple

from compliance.identity import jurisdictions
from compliance.identity.jurisdictions import DATA
from compliance.identity.models import Application, Assessment
from compliance.identity.words import Kind, Office, Risk
from exchange.core import clock

VERSION = "2026.11"
BANDS = ((1000, Risk.PROHIBITED), (60, Risk.HIGH), (25, Risk.MEDIUM), (0, Risk.LOW))
# How long an identity is good before its customer is asked again, in months.
REFRESH_MONTHS = {Risk.LOW: 36, Risk.MEDIUM: 24, Risk.HIGH: 12, Risk.PROHIBITED: 12}
LARGE, HUGE = 100_000, 1_000_000  # USD a year
EXPLAINED_PERCENT = 75
CASH_TRADES = (
    "casino", "gambling", "pawn", "jewel", "precious", "money transfer", "currency exchange",
    "car dealer", "car wash", "scrap", "vending", "bar owner", "nightclub", "antique", "art dealer",
)  # fmt: skip


class Rule(NamedTuple):
    code: str
    fact: str
    value: str
    points: int
    says: str


class Rated(NamedTuple):
    """The class, the points behind it, and the rules that gave them."""

    risk: Risk
    score: int
    reasons: tuple[Rule, ...]


def rate(application: Application, *, today: date | None = None) -> Rated:
    """What the table says of an application as it stands. A handful of indexed queries."""
    facts = facts_of(application, today=today or clock.now().date())
    reasons = tuple(rule for rule in rules() if rule.value in facts.get(rule.fact, ()))
    score = sum(rule.points for rule in reasons)
    return Rated(next(risk for least, risk in BANDS if score >= least), score, reasons)


def keep(application: Application, rated: Rated) -> Assessment:
    """Write an assessment down beside the application that it is about."""
    return Assessment.objects.create(
        customer_id=application.customer_id,
        application=application,
        at=clock.now(),
        rules_version=VERSION,
        score=min(rated.score, 32_000),
        risk=rated.risk,
        reasons=[{"code": r.code, "points": r.points, "says": r.says} for r in rated.reasons],
    )


def facts_of(application: Application, *, today: date) -> dict[str, set[str]]:
    """The values that the table's rules look for, by fact."""
    home = jurisdictions.rules_of(application.country)
    facts: dict[str, set[str]] = {
        "country_risk": {home.risk},
        "fatf": {home.fatf},
        "kind": {application.kind},
        "source_of_funds": {application.source_of_funds},
        "purpose": {application.purpose},
        "note": set(application.notes),
        "office": set(
            application.declarations.exclude(office=Office.NONE).values_list("office", flat=True)
        ),
    }
    if application.nationality:
        facts["nationality_risk"] = {jurisdictions.rules_of(application.nationality).risk}
    if jurisdictions.blocked_region(
        country=application.country,
        region=application.region,
        city=application.city,
        postal_code=application.postal_code,
    ):
        facts["region"] = {"blocked"}
    yearly = application.declared_yearly or 0
    facts["yearly"] = {"huge" if yearly >= HUGE else "large" if yearly >= LARGE else ""}
    trade = application.occupation.casefold()
    facts["occupation"] = {"cash"} if any(word in trade for word in CASH_TRADES) else set()
    if application.kind == Kind.COMPANY:
        facts.update(_company(application, today))
    elif application.birth_date is not None:
        age = years_between(application.birth_date, today)
        facts["age"] = {"young" if age < 21 else "old" if age >= 70 else ""}
    return facts


def years_between(birth: date, today: date) -> int:
    """Whole years, as birthdays count them."""
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def _company(application: Application, today: date) -> dict[str, set[str]]:
    owners = list(application.owners.all()[:50])
    explained = sum(owner.percent for owner in owners)
    incorporated = application.birth_date
    young = incorporated is not None and years_between(incorporated, today) < 1
    return {
        "company_age": {"young"} if young else set(),
        "ownership": {"unexplained"} if explained < EXPLAINED_PERCENT else set(),
        "owner_country_risk": {
            jurisdictions.rules_of(owner.country).risk for owner in owners if owner.country
        },
    }


@cache
def rules() -> tuple[Rule, ...]:
    """The table, in its order."""
    with (DATA / "risk_rules.csv").open(encoding="utf8", newline="") as file:
        return tuple(
            Rule(row["code"], row["fact"], row["value"], int(row["points"]), row["says"])
            for row in csv.DictReader(file)
        )
