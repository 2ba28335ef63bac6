"""What is shown while pip works."""

from __future__ import annotations

import pytest

from exchange.launcher import packages
from exchange.launcher.packages import Progress


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Collecting django==5.2.19 (from -r requirements.txt (line 2))", "1 found, now django"),
        ("  Downloading django-5.2.19-py3-none-any.whl (8.3 MB)", "0 found, now django 8.3 MB"),
        (
            "  Downloading https://x.example/psycopg_binary-3.3.9-cp311.whl (4.1 MB)",
            "0 found, now psycopg_binary 4.1 MB",
        ),
        ("Installing collected packages: a, b, c", "0 found, now unpacking 3 packages"),
        ("Looking in indexes: https://x.example", "0 found, now looking"),
    ],
)
def test_pips_lines_become_one(line, shown):
    progress = Progress()
    progress.read(line + "\n")
    assert str(progress).strip() == shown


def test_a_failure_shows_why(tmp_path, capsys):
    (tmp_path / "wanted.txt").write_text("this is no requirement\n")
    assert packages.install(str(tmp_path / "wanted.txt")) != 0
    said = capsys.readouterr().out
    assert "Invalid requirement" in said
    assert said.splitlines()[-1].startswith("  packages           failed")


def test_a_success_is_one_line_with_its_time(tmp_path, capsys):
    (tmp_path / "wanted.txt").write_text("pip\n")
    assert packages.install(str(tmp_path / "wanted.txt")) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("  packages           installed")
