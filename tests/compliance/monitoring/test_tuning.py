"""A change of numbers, on history, before it takes effect."""

from __future__ import annotations

import pytest

from compliance.monitoring import lookback, tuning
from compliance.monitoring.engine import Active
from compliance.monitoring.scenarios import scenario_named
from compliance.monitoring.scenarios.definition import UnknownParameter
from tests.compliance.monitoring.histories import fact, tables

STRUCTURING = scenario_named("structuring")
CHAMPION = Active.default(STRUCTURING)


def deposits(user: str, count: int, usd: float) -> list[dict]:
    return [fact("fiat_deposit", user, day=n / 2, usd=usd) for n in range(count)]


@pytest.fixture
def history(tmp_path):
    facts = [*deposits("four", 4, 9_000), *deposits("three", 3, 9_000), *deposits("low", 5, 7_500)]
    events, accounts = tables(facts)
    lookback.write_extract(tmp_path, [events], accounts)
    with lookback.opened(tmp_path) as runner:
        yield runner


def test_a_challenger_is_compared_by_what_it_gains_and_loses(history):
    challenger = Active(STRUCTURING, STRUCTURING.params.changed({"near": 0.7, "count": 5}))

    compared = tuning.compare(history, CHAMPION, challenger, labels={("four", "structuring"): True})

    assert [each.user for each in compared.gained] == ["low"]
    assert [each.user for each in compared.lost] == ["four"]
    assert compared.kept == 0
    assert compared.champion == tuning.Conversion(alerts=1, decided=1, productive=1)
    assert compared.as_figures()["challenger"] == {
        "alerts": 1,
        "decided": 0,
        "productive": 0,
        "rate": None,
    }


def test_what_lies_just_below_the_line_is_sampled_and_judged_by_labels(history):
    labels = {("three", "structuring"): True}

    line = tuning.around_the_line(history, CHAMPION, "count", 3, labels=labels)

    assert [each.user for each in line.above] == ["four"]
    assert [each.user for each in line.below] == ["three"]
    assert line.missed == 1.0
    assert line.as_figures()["below_sample"][0]["explanation"].startswith("3 deposits of 9,000")


def test_exceptions_by_country_are_loosened_in_proportion():
    params = STRUCTURING.params.changed({}, [{"country": "CA", "threshold": 5_000}])

    loosened = tuning.loosened(params, "threshold", 8_000)

    assert loosened.base["threshold"] == 8_000
    assert loosened.overrides[-1] == {"country": "CA", "threshold": 4_000}


def test_a_parameter_that_does_not_exist_is_refused(history):
    with pytest.raises(UnknownParameter):
        tuning.around_the_line(history, CHAMPION, "counts", 3)


def test_a_scenario_that_comes_to_nothing_is_poor():
    assert tuning.Conversion(alerts=300, decided=200, productive=1).is_poor
    assert not tuning.Conversion(alerts=300, decided=200, productive=2).is_poor
    assert not tuning.Conversion(alerts=300, decided=0, productive=0).is_poor
