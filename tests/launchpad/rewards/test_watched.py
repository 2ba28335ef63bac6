"""What monitoring is told of rewards: each once, with what it was worth and from which browser."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange.core.models import Fact
from launchpad.programmes import payouts
from launchpad.rewards import holds, pay
from launchpad.rewards.errors import RewardedAlready
from launchpad.rewards.grant import grant
from launchpad.rewards.models import Reward, RewardCheck
from tests import factories
from tests.factories.accounts import acting
from tests.launchpad.rewards.conftest import campaign, checker, person, same_browser

pytestmark = pytest.mark.django_db


def give(made, who, amount: str = "5") -> Reward:
    return grant(
        campaign_id=made.pk, customer_id=who.pk, amount=D(amount), of="lesson:fees",
        actor=acting(who),
    )  # fmt: skip


def told() -> list[tuple]:
    rows = Fact.objects.filter(kind__startswith="reward").order_by("id")
    return list(rows.values_list("kind", "customer_id", "asset", "amount", "usd", "device"))


def test_a_paid_reward_is_told_with_the_browser_of_the_last_login(lessons_campaign, monkeypatch):
    monkeypatch.setattr("exchange.core.facts.MOST_AT_ONCE", 1)  # more are paid than told at once
    one, other = person(), person()
    same_browser(one, fingerprint="a" * 64)
    give(lessons_campaign, one)
    give(lessons_campaign, other, "2")

    assert told() == []
    pay.pay_due()
    payouts.sweep()

    assert told() == [
        ("reward_paid", one.pk, "USDT", D(5), D(5), "a" * 32),
        ("reward_paid", other.pk, "USDT", D(2), D(2), ""),
    ]
    assert Fact.objects.get(customer_id=one.pk).extra == {
        "campaign": lessons_campaign.pk, "of": "lessons", "for": "lesson:fees",
    }  # fmt: skip


def test_what_is_held_and_then_refused_is_told_without_saying_of_whom(lessons_campaign):
    one, other = person(), person()
    same_browser(one, other)
    give(lessons_campaign, one)
    give(lessons_campaign, other)

    holds.refuse(check_id=RewardCheck.objects.get().pk, actor=checker(), reason="one person")

    assert [row[:2] for row in told()] == [
        ("reward_held", other.pk), ("reward_refused", other.pk),
    ]  # fmt: skip
    assert Fact.objects.get(kind="reward_held").extra["because"] == ["person"]


def test_that_somebody_tried_to_have_it_twice_is_told_once_however_often(lessons_campaign):
    from datetime import date

    one, other = (person("Ann Lee", born=date(1990, 1, 2)) for _ in range(2))
    give(lessons_campaign, one)

    for _ in range(2):
        with pytest.raises(RewardedAlready):
            give(lessons_campaign, other)

    assert [row[:2] for row in told()] == [("reward_refused", other.pk)]
    assert factories.available(other, "USDT") == 0


def test_campaigns_of_other_kinds_are_told_by_their_name():
    made = campaign("referral")
    who = person()
    Reward.objects.create(
        campaign=made, customer=who, of="fees 2026-11-01", amount=D(1), state="due",
        earned_at=made.starts_at,
    )  # fmt: skip
    made.committed = D(1)
    made.save()

    pay.pay_due()
    payouts.sweep()

    assert Fact.objects.get(kind="reward_paid").extra["of"] == "referral"
