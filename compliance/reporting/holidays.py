"""Days on which the regulators' clocks stand still: weekends, and the holidays of their country.

United States: the federal holidays (5 U.S.C. 6103), on the Friday before when they fall on a
Saturday and on the Monday after when on a Sunday. Canada: the general holidays of the Canada Labour
Code, on the Monday after (or the next free day) when they fall on a weekend.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

US, CA = "us", "ca"
MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6
DAY = timedelta(days=1)


@lru_cache(maxsize=64)
def holidays(country: str, year: int) -> dict[date, str]:
    """The days off of a year with their names, as they are observed."""
    if country == US:
        # New Year's Day of the next year may be observed on the last day of this one.
        days = [*_us(year), *((day, name) for day, name in _us(year + 1) if day.month == 1)]
        observed = {_nearest(day): name for day, name in days}
    else:
        observed = _next_free(_ca(year))
    return {day: name for day, name in sorted(observed.items()) if day.year == year}


def is_working_day(country: str, day: date) -> bool:
    return day.weekday() < SATURDAY and day not in holidays(country, day.year)


def add_working_days(country: str, day: date, count: int) -> date:
    """The day that is `count` working days after `day`, which is not counted itself."""
    while count > 0:
        day += DAY
        if is_working_day(country, day):
            count -= 1
    return day


def last_working_day(country: str, day: date) -> date:
    """The day itself, or the nearest working day before it."""
    while not is_working_day(country, day):
        day -= DAY
    return day


def _us(year: int) -> list[tuple[date, str]]:
    return [
        (date(year, 1, 1), "New Year's Day"),
        (_nth(year, 1, MONDAY, 3), "Birthday of Martin Luther King, Jr."),
        (_nth(year, 2, MONDAY, 3), "Washington's Birthday"),
        (_last(year, 5, MONDAY), "Memorial Day"),
        (date(year, 6, 19), "Juneteenth National Independence Day"),
        (date(year, 7, 4), "Independence Day"),
        (_nth(year, 9, MONDAY, 1), "Labor Day"),
        (_nth(year, 10, MONDAY, 2), "Columbus Day"),
        (date(year, 11, 11), "Veterans Day"),
        (_nth(year, 11, THURSDAY, 4), "Thanksgiving Day"),
        (date(year, 12, 25), "Christmas Day"),
    ]


def _ca(year: int) -> list[tuple[date, str]]:
    # Victoria Day: the Monday before 25 May.
    victoria = date(year, 5, 24)
    victoria -= timedelta(days=victoria.weekday())
    return [
        (date(year, 1, 1), "New Year's Day"),
        (easter(year) - 2 * DAY, "Good Friday"),
        (victoria, "Victoria Day"),
        (date(year, 7, 1), "Canada Day"),
        (_nth(year, 9, MONDAY, 1), "Labour Day"),
        (date(year, 9, 30), "National Day for Truth and Reconciliation"),
        (_nth(year, 10, MONDAY, 2), "Thanksgiving Day"),
        (date(year, 11, 11), "Remembrance Day"),
        (date(year, 12, 25), "Christmas Day"),
        (date(year, 12, 26), "Boxing Day"),
    ]


def _nearest(day: date) -> date:
    if day.weekday() == SATURDAY:
        return day - DAY
    return day + DAY if day.weekday() == SUNDAY else day


def _next_free(days: list[tuple[date, str]]) -> dict[date, str]:
    """Each on itself, or on the next weekday that is no holiday yet."""
    found: dict[date, str] = {}
    taken = {day for day, _name in days}
    for day, name in days:
        while day.weekday() >= SATURDAY or day in found:
            day += DAY
            while day in taken and day not in found:
                day += DAY
        found[day] = name
    return found


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _last(year: int, month: int, weekday: int) -> date:
    day = date(year, month + 1, 1) - DAY if month < 12 else date(year, 12, 31)
    return day - timedelta(days=(day.weekday() - weekday) % 7)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous computus)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
