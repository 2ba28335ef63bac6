"""The launchpad's seed never keeps the exchange from opening."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from exchange.core.errors import Invalid
from launchpad.demo import seed


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Invalid("not yet"), "| 3 things of the launchpad"),
        (RuntimeError("a defect"), "| the launchpad is seeded later: a defect"),
    ],
)
def test_a_part_that_fails_is_left_to_the_task(monkeypatch, error, words):
    def fails():
        raise error

    monkeypatch.setattr(seed, "SEEDS", {"first": lambda: 2, "fails": fails, "last": lambda: 1})
    said = StringIO()

    call_command("seed_launchpad", stdout=said)

    assert said.getvalue().strip() == words
