"""The demo's customers: a history in which officers find what is really there."""

from __future__ import annotations

import shutil

import pytest

from compliance.demo import seed
from compliance.identity.models import Identity
from compliance.monitoring import runs
from compliance.monitoring.models import Alert, AlertLabel, LookBack
from exchange.accounts.models import Customer
from exchange.core import facts
from exchange.core.models import Fact

pytestmark = pytest.mark.django_db
COUNT = 300  # enough for every pattern to have people of its own


@pytest.fixture
def _in_a_folder(settings, tmp_path):
    settings.VAR = tmp_path


def look_back_to_the_end():
    for _ in range(60):
        if not runs._one_step():
            return


@pytest.mark.usefixtures("_in_a_folder")
def test_the_seeded_history_holds_real_patterns_that_the_look_back_puts_into_the_queue():
    told = seed.seed(count=COUNT)

    assert told == Fact.objects.count() > COUNT * 20
    assert facts.waiting() == 0
    assert Customer.objects.count() == Identity.objects.count() == COUNT
    assert seed.seed(count=COUNT) == 0

    look_back_to_the_end()

    run = LookBack.objects.get()
    assert (run.state, run.error) == ("done", "")
    assert run.facts > 0
    assert run.raised == Alert.objects.count() > 0
    by_scenario = set(Alert.objects.values_list("scenario", flat=True))
    assert {
        "structuring", "pass_through", "fan_in", "cycle", "account_takeover", "mixer_exposure",
        "dormant_reactivated", "identity_cluster", "wash_ring",
    } <= by_scenario  # fmt: skip
    guilty = seed._guilty()
    right = [alert for alert in Alert.objects.all() if guilty & set(alert.ring)]
    assert len(right) / Alert.objects.count() > 0.5

    assert seed.decide_old_ones() > 10
    assert seed.decide_old_ones() == 0
    assert set(AlertLabel.objects.values_list("outcome", flat=True)) >= {"productive"}


@pytest.mark.usefixtures("_in_a_folder")
def test_a_look_back_that_was_killed_goes_on_with_its_step_and_raises_nothing_twice():
    seed.seed(count=COUNT)
    for _ in range(6):
        runs._one_step()
    raised = Alert.objects.count()
    row = LookBack.objects.get()
    assert (row.state, row.steps_done) == ("running", 6)

    # As if the step's commit had been lost, and the extract with the machine.
    LookBack.objects.update(steps_done=4)
    shutil.rmtree(runs._folder(row))
    runs._one_step()
    runs._one_step()

    assert Alert.objects.count() == raised
    assert LookBack.objects.get().steps_done == 6
