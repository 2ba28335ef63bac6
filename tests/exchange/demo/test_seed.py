"""The seed may be killed at any moment: the next one finishes it, and one more changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command

from exchange.demo import history
from exchange.trading.models import MatchCommand, SpotOrder, Trade


class Killed(BaseException):
    """Not an error that somebody might handle."""


def moments() -> list[timedelta]:
    """When there was trading, counted from the first time."""
    times = list(Trade.objects.order_by("executed_at").values_list("executed_at").distinct())
    return [at - times[0][0] for (at,) in times]


@pytest.mark.django_db
def test_a_seed_that_is_killed_half_way_is_finished_by_the_next(monkeypatch, settings, tmp_path):
    settings.VAR = tmp_path
    monkeypatch.setattr(history, "HOURS", 1)
    tell = history.tell

    def cut_off(**terms):
        for number, done in enumerate(tell(**terms)):
            if number == 2:
                raise Killed
            yield done

    with monkeypatch.context() as killer:
        killer.setattr(history, "tell", cut_off)
        with pytest.raises(Killed):
            call_command("seed_demo", verbosity=0)
    assert moments() == [history.STEP * number for number in range(3)]
    assert not (tmp_path / "demo.json").exists()

    call_command("seed_demo", verbosity=0)

    assert moments() == [history.STEP * number for number in range(5)]
    assert not MatchCommand.objects.exists()
    assert (tmp_path / "demo.json").exists()

    before = (Trade.objects.count(), SpotOrder.objects.count())
    call_command("seed_demo", verbosity=0)
    assert (Trade.objects.count(), SpotOrder.objects.count()) == before
