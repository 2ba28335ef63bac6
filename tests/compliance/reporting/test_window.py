"""The 24-hour rule, with the examples of FINTRAC's own guidance and a few of ours."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.reporting.fintrac.window import Transaction, Window, sums, to_send

EASTERN = timezone(timedelta(hours=-5))
WINDOW = Window(starts=time(0, 0), zone=EASTERN)
BOTH = ("conductor", "beneficiary")

# (reference, day and time, dollars, conductor, beneficiary, third party)
EXAMPLES = {
    "the same conductor and beneficiary": (
        [
            ("101", "01 10:00", 8000, "Henry", "Henry", None),
            ("102", "01 11:00", 6000, "Henry", "Henry", None),
        ],
        {("conductor", "Henry", "101 102", 14000), ("beneficiary", "Henry", "101 102", 14000)},
        1,
    ),
    "a conductor here is no third party there": (
        [
            ("1", "01 09:00", 9000, "Martha", "Mike", None),
            ("2", "01 10:00", 4000, "Iris", "Tom", "Martha"),
        ],
        set(),
        0,
    ),
    "each above the threshold, and together": (
        [
            ("01", "06 11:30", 14000, "Jeremy", "Jeremy", None),
            ("02", "06 13:40", 13000, "Jeremy", "Jeremy", None),
        ],
        {("conductor", "Jeremy", "01 02", 27000), ("beneficiary", "Jeremy", "01 02", 27000)},
        1,
    ),
    "sets that overlap are both sent": (
        [
            ("01", "01 11:55", 7000, "Celine", "James", None),
            ("02", "01 15:15", 6000, "Eve", "Irene", None),
            ("03", "01 15:20", 4000, "Eve", "James", None),
            ("04", "01 17:08", 3000, "Sam", "James", None),
            ("05", "01 18:00", 4000, "Eve", "James", None),
            ("06", "02 08:30", 8000, "Sam", "James", None),
        ],
        {("conductor", "Eve", "02 03 05", 14000), ("beneficiary", "James", "01 03 04 05", 18000)},
        2,
    ),
    "the same third party": (
        [
            ("01", "05 11:12", 12000, "Eve", "James", "Celine"),
            ("02", "05 13:32", 4000, "James", "Eve", "Celine"),
        ],
        {("third_party", "Celine", "01 02", 16000)},
        1,
    ),
    "a person as conductor, a company as third party": (
        [
            ("01", "03 13:30", 5000, "Yara", "Rosie", "Rosie"),
            ("02", "03 13:40", 6000, "Yara", "Yara", None),
            ("03", "03 15:05", 8000, "Yara", "Blueberry", "Rosie"),
        ],
        {("conductor", "Yara", "01 02 03", 19000), ("third_party", "Rosie", "01 03", 13000)},
        2,
    ),
    "one at the threshold goes alone": (
        [("1", "01 09:00", 10000, "Ann", "Ann", None), ("2", "02 09:00", 9999, "Ann", "Ann", None)],
        {("alone", "Ann", "1", 10000)},
        1,
    ),
    "two that make exactly the threshold": (
        [("1", "01 00:00", 1, "Ann", "Bo", None), ("2", "01 23:59", 9999, "Ann", "Cy", None)],
        {("conductor", "Ann", "1 2", 10000)},
        1,
    ),
    "midnight is the next window": (
        [("1", "01 23:59", 9999, "Ann", "Ann", None), ("2", "02 00:00", 9999, "Ann", "Ann", None)],
        set(),
        0,
    ),
}


def transactions(rows: list[tuple[str, str, int, str, str, str | None]]) -> list[Transaction]:
    return [
        Transaction(
            ref=ref,
            at=datetime.strptime(f"2024-01-{at}", "%Y-%m-%d %H:%M").replace(tzinfo=EASTERN),
            cad=Decimal(cad),
            conductor=conductor,
            beneficiary=beneficiary,
            third_party=third,
        )
        for ref, at, cad, conductor, beneficiary, third in rows
    ]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_gives_exactly_its_reports(name):
    rows, expected, to_file = EXAMPLES[name]

    found = sums(transactions(rows), window=WINDOW)

    assert {(s.role, s.party, " ".join(s.refs), int(s.total)) for s in found} == expected
    assert len(found) == len(expected)
    assert len(to_send(found)) == to_file


def test_one_report_for_equal_sets_says_what_it_stands_for():
    rows, _expected, _n = EXAMPLES["the same conductor and beneficiary"]

    (sent,) = to_send(sums(transactions(rows), window=WINDOW))

    assert (sent.role, sent.stands_for) == ("conductor", ("beneficiary:Henry",))


def test_no_sum_is_made_for_a_public_body_but_a_large_amount_still_goes_alone():
    rows = [
        ("1", "01 09:00", 6000, "Ann", "City of Halifax", None),
        ("2", "01 10:00", 6000, "Bo", "City of Halifax", None),
        ("3", "01 11:00", 10500, "Cy", "City of Halifax", None),
    ]

    with_sum = sums(transactions(rows), window=WINDOW)
    without = sums(transactions(rows), window=WINDOW, excepted={"City of Halifax"})

    assert [(s.role, s.refs) for s in with_sum] == [("beneficiary", ("1", "2", "3"))]
    assert [(s.role, s.refs) for s in without] == [("alone", ("3",))]


def test_the_window_starts_when_the_business_line_says_so_in_its_own_zone():
    window = Window(starts=time(17, 0), zone=ZoneInfo("America/Toronto"))

    begins, ends = window.of(datetime(2026, 7, 1, 20, 59, tzinfo=UTC))  # 16:59 in Toronto

    assert begins == datetime(2026, 6, 30, 21, 0, tzinfo=UTC)
    assert ends == datetime(2026, 7, 1, 21, 0, tzinfo=UTC)


def test_the_day_on_which_clocks_go_back_holds_no_window_of_25_hours():
    window = Window(starts=time(0, 0), zone=ZoneInfo("America/Toronto"))

    first = window.of(datetime(2026, 11, 1, 4, 0, tzinfo=UTC))  # midnight in Toronto
    last = window.of(datetime(2026, 11, 2, 4, 30, tzinfo=UTC))  # 23:30, the 25th hour

    assert first[1] - first[0] == timedelta(hours=24)
    assert last == (datetime(2026, 11, 2, 4, tzinfo=UTC), datetime(2026, 11, 2, 5, tzinfo=UTC))


PEOPLE = st.sampled_from(["Ann", "Bo", "Cy", "Di"])
ANY = st.builds(
    lambda n, minutes, cad, conductor, beneficiary, third: (
        n, datetime(2024, 1, 1, tzinfo=EASTERN) + timedelta(minutes=minutes), cad,
        conductor, beneficiary, third,
    ),
    st.integers(), st.integers(0, 4000), st.integers(1, 15000), PEOPLE, PEOPLE,
    st.one_of(st.none(), PEOPLE),
)  # fmt: skip


@given(st.lists(ANY, max_size=14))
def test_nothing_large_is_lost_no_sum_is_small_and_no_role_is_mixed(rows):
    given_ones = [
        Transaction(
            ref=str(number), at=at, cad=Decimal(cad), conductor=c, beneficiary=b, third_party=t
        )
        for number, (_n, at, cad, c, b, t) in enumerate(rows)
    ]
    by_ref = {each.ref: each for each in given_ones}

    found = sums(given_ones, window=WINDOW)

    covered = {ref for each in found for ref in each.refs}
    assert all(each.ref in covered for each in given_ones if each.cad >= 10_000)
    for each in found:
        theirs = [by_ref[ref] for ref in each.refs]
        assert each.total == sum(one.cad for one in theirs) >= 10_000
        assert all(each.window[0] <= one.at < each.window[1] for one in theirs)
        if each.role == "alone":
            assert len(theirs) == 1
        else:
            assert len(theirs) >= 2
            assert {getattr(one, each.role) for one in theirs} == {each.party}
    assert sums(list(reversed(given_ones)), window=WINDOW) == found
    kept = to_send(found)
    assert len({each.refs for each in kept}) == len(kept)
    assert {each.refs for each in kept} == {each.refs for each in found}
