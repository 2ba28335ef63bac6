"""The replay of files, and the bars that the catalogue has to pass on customers it never saw."""

from __future__ import annotations

import csv
import gzip

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from benchmarks import customers
from compliance.monitoring import evaluation


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("life")
    customers.write(customers.make(21, users=300, each=1), made)
    return made


def test_a_replay_writes_who_did_what_when(folder, tmp_path, capsys):
    out = tmp_path / "alerts.csv.gz"

    call_command(
        "monitor_replay",
        events=folder / "events.csv.gz",
        accounts=folder / "accounts.csv",
        out=out,
        truth=folder / "truth.csv",
    )

    with gzip.open(out, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["user", "scenario", "ts"]
    assert {row["scenario"] for row in rows} >= {name for name, _ in customers.CRIMES}
    assert len(rows[0]["ts"]) == len("2025-01-01T00:00:00")
    assert "13/13" in capsys.readouterr().out


def test_a_replay_of_a_file_without_the_columns_says_which(tmp_path, folder):
    bad = tmp_path / "bad.csv"
    bad.write_text("when,who\n1,2\n")

    with pytest.raises(CommandError, match=r"bad\.csv has no column ts, user"):
        call_command(
            "monitor_replay", events=bad, accounts=folder / "accounts.csv", out=tmp_path / "a.csv"
        )


@pytest.mark.parametrize(
    ("seed", "stretch", "recall", "precision"), [(31, 1.0, 0.95, 0.30), (32, 3.0, 0.80, 0.20)]
)
def test_crimes_are_found_and_look_alikes_left_alone(tmp_path, seed, stretch, recall, precision):
    from compliance.monitoring import replay

    customers.write(customers.make(seed, stretch, users=700, each=4), tmp_path)
    files = (tmp_path / "events.csv.gz", tmp_path / "accounts.csv")

    report = evaluation.judge_files(
        replay.replay(*files), tmp_path / "truth.csv", files[1], files[0]
    )

    assert report.total.recall >= recall, report.as_text()
    assert report.total.precision >= precision, report.as_text()
    assert report.per_thousand <= 25, report.as_text()


def test_an_alert_is_right_from_a_day_before_to_three_days_after():
    from dataclasses import dataclass
    from datetime import UTC, datetime, timedelta

    @dataclass
    class Told:
        user: str
        scenario: str
        at: datetime

    start = datetime(2025, 3, 1, tzinfo=UTC)
    case = evaluation.Instance("x-1", "x", frozenset({"u"}), start, start + timedelta(days=2))

    def judged(at: datetime, user: str = "u") -> evaluation.Judged:
        return evaluation.judge([Told(user, "x", at)], [case], users=1_000, days=30).total

    early = judged(start - timedelta(hours=23))
    assert (early.right, early.found) == (1, 0)  # right, but it can't have found what was to come
    assert (judged(start).right, judged(start).found) == (1, 1)
    assert judged(start + timedelta(days=5)).found == 1
    assert judged(start + timedelta(days=5, hours=1)).right == 0
    assert judged(start, "somebody else").right == 0
