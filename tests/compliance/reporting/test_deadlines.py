"""When reports are due, with the holidays of their country."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.reporting import deadlines, holidays
from compliance.reporting.models import Report

Kind = Report.Kind


@pytest.mark.parametrize(
    ("country", "day", "name"),
    [
        ("us", date(2026, 1, 19), "Birthday of Martin Luther King, Jr."),
        ("us", date(2026, 5, 25), "Memorial Day"),
        ("us", date(2026, 7, 3), "Independence Day"),  # the fourth is a Saturday
        ("us", date(2026, 11, 26), "Thanksgiving Day"),
        ("us", date(2027, 7, 5), "Independence Day"),  # the fourth is a Sunday
        ("us", date(2027, 12, 31), "New Year's Day"),  # of 2028, a Saturday
        ("us", date(2027, 12, 24), "Christmas Day"),
        ("ca", date(2026, 4, 3), "Good Friday"),
        ("ca", date(2026, 5, 18), "Victoria Day"),
        ("ca", date(2026, 9, 30), "National Day for Truth and Reconciliation"),
        ("ca", date(2026, 10, 12), "Thanksgiving Day"),
        ("ca", date(2026, 12, 28), "Boxing Day"),  # the 26th is a Saturday
        ("ca", date(2027, 12, 27), "Christmas Day"),  # the 25th is a Saturday
        ("ca", date(2027, 12, 28), "Boxing Day"),
    ],
)
def test_a_holiday_is_observed_on_its_day(country, day, name):
    assert holidays.holidays(country, day.year)[day] == name
    assert not holidays.is_working_day(country, day)


def test_a_year_has_eleven_federal_holidays_or_one_more_or_less_at_its_end():
    assert len(holidays.holidays("us", 2026)) == 11
    assert len(holidays.holidays("us", 2027)) == 12  # New Year's Day of 2028 is in 2027
    assert len(holidays.holidays("us", 2028)) == 10
    assert len(holidays.holidays("ca", 2026)) == 10


@pytest.mark.parametrize(
    ("kind", "known", "due"),
    [
        (Kind.SAR, datetime(2026, 11, 26, 12, tzinfo=UTC), date(2026, 12, 26)),
        # Late in the evening in New York is the next day in UTC, and still counts as that evening.
        (Kind.SAR, datetime(2026, 11, 27, 3, tzinfo=UTC), date(2026, 12, 26)),
        (Kind.CTR, datetime(2026, 11, 26, 12, tzinfo=UTC), date(2026, 12, 11)),
        # Received on a Tuesday: Christmas and Boxing Day, observed on Monday, do not count.
        (Kind.LVCTR, datetime(2026, 12, 22, 12, tzinfo=UTC), date(2026, 12, 31)),
        (Kind.EFTR, datetime(2026, 11, 26, 12, tzinfo=UTC), date(2026, 12, 3)),
        (Kind.OFAC_BLOCKED, datetime(2026, 11, 20, 12, tzinfo=UTC), date(2026, 12, 7)),
        (Kind.OFAC_REJECTED, datetime(2026, 12, 18, 12, tzinfo=UTC), date(2027, 1, 5)),
        (Kind.OFAC_ANNUAL, datetime(2026, 6, 30, 12, tzinfo=UTC), date(2026, 9, 30)),
        (Kind.OFAC_ANNUAL, datetime(2026, 10, 1, 12, tzinfo=UTC), date(2027, 9, 30)),
    ],
)
def test_a_report_is_due_when_its_rule_says(kind, known, due):
    assert deadlines.due_on(kind, known) == due


def test_a_deadline_on_a_saturday_is_met_on_the_working_day_before():
    assert deadlines.file_by(Kind.SAR, date(2026, 12, 26)) == date(2026, 12, 24)


def test_reports_are_kept_five_years_and_those_of_ofac_ten():
    assert deadlines.retain_until(Kind.SAR, date(2026, 3, 12)) == date(2031, 3, 12)
    assert deadlines.retain_until(Kind.OFAC_BLOCKED, date(2026, 3, 12)) == date(2036, 3, 12)
    assert deadlines.retain_until(Kind.STR, date(2028, 2, 29)) == date(2033, 3, 1)


@given(
    st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    st.integers(1, 30),
    st.sampled_from("us ca".split()),
)
def test_working_days_are_counted_one_by_one(start, count, country):
    due = holidays.add_working_days(country, start, count)

    between = [
        date.fromordinal(number) for number in range(start.toordinal() + 1, due.toordinal() + 1)
    ]
    assert sum(holidays.is_working_day(country, each) for each in between) == count
    assert holidays.is_working_day(country, due)
