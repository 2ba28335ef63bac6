"""What votes may change of products and of VIP tiers: within bounds, as two people would."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest

from exchange.audit import proposals
from exchange.core import clock
from exchange.core.errors import Invalid, NotFound
from launchpad.earn.models import Terms
from launchpad.governance import carry, parameters
from launchpad.governance.models import VoteProposal
from launchpad.governance.propose import ParameterChange, move, schedule, write
from launchpad.governance.states import State
from launchpad.rewards import tiers
from launchpad.rewards.models import VipTable
from tests.factories import SYSTEM
from tests.factories.accounts import staff
from tests.factories.launchpad import CLOSES, NOON, OPENS, Timeline, counted, holder, opened, voted
from tests.launchpad.earn.conftest import product
from tests.launchpad.rewards.test_vip import at_noon  # noqa: F401

pytestmark = pytest.mark.django_db


def refused(key: str, target: str, value: str) -> str:
    with pytest.raises((Invalid, NotFound)) as refusal:
        parameters.refuse_change(key, target, value)
    return refusal.value.field or ""


def passed(key: str, target: str, value: str) -> VoteProposal:
    whale = holder("5000")
    with clock.held_at(NOON - timedelta(days=1)):
        proposal = write(
            kind="parameter", title="A change", text="Because it would be better for everybody.",
            change=ParameterChange(key, target, value), actor=SYSTEM,
        )  # fmt: skip
        move(proposal, State.REVIEW)
        schedule(proposal, Timeline(NOON, OPENS, CLOSES), SYSTEM)
    opened(proposal)
    voted(proposal, whale, "yes")
    return counted(proposal)


def carried(vote: VoteProposal) -> None:
    asked = carry.carry_over(proposal_id=vote.pk, actor=staff("launchpad.carry_over_vote"))
    proposals.approve(
        proposal_id=asked.pk, actor=staff("launchpad.approve_voted_change"), reason="as voted"
    )


def test_a_vote_changes_the_discount_for_holders_of_bmx():
    vote = passed("vip.bmx_discount", "BMX", "15")
    assert tiers.table().bmx_discount == D(10)

    carried(vote)

    assert tiers.table().bmx_discount == D(15)
    assert VipTable.objects.get().reason == "a vote passed it"
    vote.refresh_from_db()
    assert (vote.state, vote.execution_note) == ("executed", "BMX: 10 -> 15")


def test_a_vote_changes_what_one_tier_asks_for_and_the_others_stay():
    before = tiers.table().tiers
    carried(passed("vip.tier_bmx", "VIP 2", str(before[1].bmx + 1)))

    after = tiers.table().tiers
    assert after[1] == before[1]._replace(bmx=before[1].bmx + 1)
    assert (after[0], after[2:]) == (before[0], before[2:])


def test_a_vote_changes_what_a_product_takes_from_the_day_after():
    made = product("flex", cap_total="100000", cap_customer="5000")

    carried(passed("earn.cap_total", made.slug, "200000"))

    newest = Terms.objects.filter(product=made).latest("version")
    assert newest.cap_total == D(200_000)
    assert newest.version == 2
    assert newest.tiers.count() == Terms.objects.get(product=made, version=1).tiers.count()


@pytest.mark.parametrize(
    ("key", "target", "value"),
    [
        ("vip.bmx_discount", "BMX", "50.01"),
        ("vip.bmx_discount", "BMX", "10"),  # as it is
        ("vip.bmx_discount", "USDT", "12"),
        ("vip.grace_days", "BMX", "1.5"),
        ("vip.grace_days", "BMX", "91"),
        ("vip.bmx_least", "BMX", "0"),
        ("vip.tier_bmx", "VIP 2", "1"),  # less than the tier below
        ("vip.tier_bmx", "VIP 99", "5000"),
        ("vip.taker_discount", "VIP 1", "91"),
        ("earn.cap_total", "none", "5"),
    ],
)
def test_what_is_out_of_bounds_can_not_be_voted_on(key, target, value):
    assert refused(key, target, value) in ("value", "target")


def test_a_product_takes_no_less_than_one_customer_may_put_in_and_only_arrivals_have_a_part():
    made = product("flex", cap_total="100000", cap_customer="5000")

    assert refused("earn.cap_total", made.slug, "4999") == "value"
    assert refused("earn.commission", made.slug, "5") == "target"


def test_every_parameter_says_what_it_is_and_of_what_it_can_be_changed():
    product("flex")
    for each in parameters.declared():
        assert str(each.label), each.key
        assert str(each.about), each.key
        for target in each.targets()[:3]:
            each.current(target)
