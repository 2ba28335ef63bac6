"""Many accounts of one browser that are given something and take it out: a farm of rewards."""

from __future__ import annotations

import pytest

from benchmarks import farms
from tests.compliance.monitoring.histories import fact, found


def farm(*members: str, pause: float = 1, hours: float = 5, device: str = "phone") -> list[dict]:
    """Each is given something, one after another, and takes it out some hours later."""
    return [
        each
        for n, who in enumerate(members)
        for each in (
            fact("reward_paid", who, day=n * pause, usd=20, device=device),
            fact("crypto_withdrawal", who, day=n * pause, hour=hours, usd=25, device=device),
        )
    ]


def test_three_accounts_of_one_browser_that_take_rewards_out_at_once_are_a_farm():
    [one] = found("reward_farm", farm("a", "b", "c", "d"))

    assert (one.user, one.ring) == ("c", ("a", "b", "c"))
    assert one.explanation == (
        "3 accounts that use the device phone were each given a reward and took money out within "
        "72 h of it, all within 21 d; threshold 3"
    )


@pytest.mark.parametrize(
    "facts",
    [
        farm("a", "b"),  # a couple
        farm("a", "b", "c", pause=11),  # over months
        farm("a", "b", "c", hours=80),  # who did not take it out at once
        farm("a", "b", device="x") + farm("c", device="y"),
        farm("a", "b", "c", device=""),
        [each for each in farm("a", "b", "c") if each["kind"] != "reward_paid"]
        + [fact("reward_paid", "z", usd=1, device="phone")],
    ],
)
def test_a_couple_or_patient_or_different_people_are_no_farm(facts):
    assert found("reward_farm", facts) == []


@pytest.mark.parametrize("seed", [71, 72])
def test_farms_are_found_among_households_and_libraries(seed):
    judged = farms.judge(farms.months(seed, people=300))

    assert judged["recall"] >= 0.95
    assert judged["precision"] >= 0.8
