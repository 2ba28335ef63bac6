"""When a report has to be with its regulator: one table, with where each number comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from compliance.reporting import holidays
from compliance.reporting.models import Report

Kind = Report.Kind

CONTINUING_AFTER_PREVIOUS = timedelta(days=120)  # FinCEN FAQ of 9 October 2025
CONTINUING_AFTER_DETECTION = timedelta(days=30)
ZONES = {"us": ZoneInfo("America/New_York"), "ca": ZoneInfo("America/Toronto")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """So many calendar days or working days after the day on which the clock started."""

    jurisdiction: str
    days: int
    working: bool
    says: object
    years: int  # that it is kept


RULES = {
    Kind.SAR: Rule(  # 31 CFR 1022.320(b)(3); no 60-day extension for a money services business
        jurisdiction=holidays.US, days=30, working=False, years=5,
        says=_("30 days after the facts were first known"),
    ),
    Kind.CTR: Rule(  # 31 CFR 1010.306(a)(1)
        jurisdiction=holidays.US, days=15, working=False, years=5,
        says=_("15 days after the transaction"),
    ),
    # "As soon as practicable": the number is a target of ours, not the law's.
    Kind.STR: Rule(
        jurisdiction=holidays.CA, days=3, working=True, years=5,
        says=_("as soon as practicable; our own target is 3 working days"),
    ),
    Kind.LVCTR: Rule(
        jurisdiction=holidays.CA, days=5, working=True, years=5,
        says=_("5 working days after the day of receipt"),
    ),
    Kind.EFTR: Rule(
        jurisdiction=holidays.CA, days=5, working=True, years=5,
        says=_("5 working days after the day of the transfer"),
    ),
    Kind.OFAC_BLOCKED: Rule(  # 31 CFR 501.603; kept ten years since 12 March 2025 (501.601)
        jurisdiction=holidays.US, days=10, working=True, years=10,
        says=_("10 business days after the property was blocked"),
    ),
    Kind.OFAC_REJECTED: Rule(  # 31 CFR 501.604
        jurisdiction=holidays.US, days=10, working=True, years=10,
        says=_("10 business days after the transaction was rejected"),
    ),
    Kind.OFAC_ANNUAL: Rule(  # 31 CFR 501.603(b)(2)
        jurisdiction=holidays.US, days=0, working=False, years=10,
        says=_("30 September, of what is blocked on 30 June"),
    ),
}  # fmt: skip


def local_day(kind: str, at: datetime) -> date:
    """The day of a moment where the regulator is."""
    return at.astimezone(ZONES[RULES[Kind(kind)].jurisdiction]).date()


def due_on(kind: str, known_at: datetime) -> date:
    """The last day on which the report may arrive."""
    rule = RULES[Kind(kind)]
    day = local_day(kind, known_at)
    if kind == Kind.OFAC_ANNUAL:
        return annual_due(day)
    if rule.working:
        return holidays.add_working_days(rule.jurisdiction, day, rule.days)
    return day + timedelta(days=rule.days)


def file_by(kind: str, due: date) -> date:
    """The last working day on or before the deadline: when somebody is at their desk."""
    return holidays.last_working_day(RULES[Kind(kind)].jurisdiction, due)


def annual_due(day: date) -> date:
    """The next 30 September."""
    due = date(day.year, 9, 30)
    return due if day <= due else date(day.year + 1, 9, 30)


def continuing_due(*, previous: date, detected: date | None = None) -> date:
    """For activity that goes on: 120 days after the previous report, or 30 after new detection.

    Whoever detects it anew (outside of the review) has the shorter time.
    """
    if detected is not None:
        return detected + CONTINUING_AFTER_DETECTION
    return previous + CONTINUING_AFTER_PREVIOUS


def retain_until(kind: str, day: date) -> date:
    """How long it is kept: 5 years, and 10 what OFAC may ask for."""
    years = RULES[Kind(kind)].years
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)
