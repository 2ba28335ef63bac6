"""Tiers: who rises, who falls and when, and what the venue charges for it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest

from exchange.core import clock
from exchange.core.errors import Invalid, PermissionRefused
from exchange.markets.models import FeeStanding
from launchpad.rewards import measure, tiers, vip
from launchpad.rewards.models import VipChange, VipStanding
from launchpad.rewards.persons import find_all
from tests import factories
from tests.factories.accounts import acting, staff
from tests.factories.identity import identified
from tests.factories.launchpad import NOON, moved, taken
from tests.launchpad.rewards.conftest import same_browser, traded
from wallets.withdrawals import limits

pytestmark = pytest.mark.django_db

TODAY = NOON.date()


@pytest.fixture(autouse=True)
def at_noon():
    with clock.held_at(NOON + timedelta(minutes=1)):
        yield


def level(who) -> int:
    return vip.tier_of(who.pk).level


def discounts(who) -> dict[str, tuple[int, int]]:
    rows = FeeStanding.objects.filter(customer=who)
    return {r.source: (r.maker_discount_ppm, r.taker_discount_ppm) for r in rows}


def test_thirty_whole_days_of_trading_count_and_today_does_not():
    who, bot = factories.customer(), factories.customer()
    traded(who, bot, "49999.99", day=TODAY - timedelta(days=30))
    traded(who, bot, "100000", day=TODAY - timedelta(days=31))
    traded(who, bot, "100000", day=TODAY)

    measure.measure(day=TODAY)
    assert level(who) == 0
    assert VipStanding.objects.get(customer=who).volume_usd == D("49999.99")

    traded(who, bot, "0.01", day=TODAY - timedelta(days=1))
    assert measure.measure(day=TODAY) == 2  # both sides of it
    assert (level(who), level(bot)) == (1, 1)
    assert discounts(who) == {"vip": (100_000, 50_000)}


def test_bmx_held_on_average_is_enough_without_any_trade():
    who, late = factories.customer(), factories.customer()
    moved(who, "2500", at=NOON - timedelta(days=40))
    moved(late, "2500", at=NOON - timedelta(days=3))  # 250 on average of thirty days
    taken(average_of=timedelta(days=30))

    measure.measure(day=TODAY)

    assert (level(who), level(late)) == (2, 0)
    assert VipStanding.objects.get(customer=late).bmx == D(250)


def test_the_same_bmx_lent_from_one_to_the_next_lifts_nobody_further_than_its_days():
    """Two thousand five hundred are a tier for whoever has them for a month; lent round among
    three, each has a third of it on average."""
    friends = [factories.customer() for _ in range(3)]
    for number, who in enumerate(friends):
        moved(who, "2500", at=NOON - timedelta(days=30 - 10 * number))
        moved(who, "-2500", at=NOON - timedelta(days=20 - 10 * number))
    taken(average_of=timedelta(days=30))

    measure.measure(day=TODAY)

    had = VipStanding.objects.filter(customer__in=friends).values_list("bmx", flat=True)
    assert sum(had) <= D(2500)
    assert max(had) < D(834)
    assert {level(who) for who in friends} == {1}  # and not 2


def test_who_is_measured_lower_keeps_the_tier_for_the_days_of_grace():
    who, bot = factories.customer(), factories.customer()
    traded(who, bot, "300000", day=TODAY - timedelta(days=30))
    measure.measure(day=TODAY)
    assert level(who) == 2

    measure.measure(day=TODAY + timedelta(days=1))  # the day has left the thirty
    standing = vip.standing_of(who.pk)
    assert (standing.tier.level, standing.falls_to.level) == (2, 0)
    assert standing.falls_on == TODAY + timedelta(days=15)

    measure.measure(day=TODAY + timedelta(days=14))
    assert level(who) == 2
    measure.measure(day=TODAY + timedelta(days=15))
    assert level(who) == 0
    assert discounts(who) == {}
    changes = VipChange.objects.filter(customer=who).order_by("on").values_list("before", "after")
    assert list(changes) == [(0, 2), (2, 0)]


def test_catching_up_within_grace_keeps_the_tier_for_good():
    who, bot = factories.customer(), factories.customer()
    traded(who, bot, "60000", day=TODAY - timedelta(days=30))
    measure.measure(day=TODAY)
    measure.measure(day=TODAY + timedelta(days=1))
    traded(who, bot, "60000", day=TODAY + timedelta(days=1))

    measure.measure(day=TODAY + timedelta(days=2))

    assert vip.standing_of(who.pk).falls_on is None
    measure.measure(day=TODAY + timedelta(days=20))
    assert level(who) == 1


def test_measuring_twice_is_measuring_once():
    who, bot = factories.customer(), factories.customer()
    traded(who, bot, "60000", day=TODAY - timedelta(days=2))
    measure.measure(day=TODAY)
    since = FeeStanding.objects.get(customer=who).since

    with clock.held_at(NOON + timedelta(hours=1)):
        assert measure.measure(day=TODAY) == 0

    assert FeeStanding.objects.get(customer=who).since == since
    assert VipChange.objects.filter(customer=who).count() == 1


def test_trades_with_oneself_or_ones_other_account_earn_no_tier():
    who, other, bot = (factories.customer() for _ in range(3))
    traded(who, who, "1000000", day=TODAY - timedelta(days=1))
    traded(who, other, "1000000", day=TODAY - timedelta(days=1))
    traded(other, bot, "60000", day=TODAY - timedelta(days=1))
    same_browser(who, other)
    find_all()

    measure.measure(day=TODAY)

    assert (level(who), level(other)) == (0, 1)


def test_staff_have_no_tier_and_sub_accounts_have_their_main_accounts():
    clerk, bot = factories.customer(), factories.customer()
    clerk.user.is_staff = True
    clerk.user.save()
    traded(clerk, bot, "60000", day=TODAY - timedelta(days=1))
    sub = factories.customer(parent=bot)

    measure.measure(day=TODAY)

    assert (level(clerk), level(bot), level(sub)) == (0, 1, 1)


def test_the_page_says_what_the_next_tier_takes():
    who, bot = factories.customer(), factories.customer()
    traded(who, bot, "12500", day=TODAY - timedelta(days=1))
    measure.measure(day=TODAY)

    standing = vip.standing_of(who.pk)

    assert (standing.next_tier.level, standing.volume_missing) == (1, D(37500))
    assert (standing.volume_percent, standing.bmx_percent) == (25, 0)


def test_holders_of_bmx_pay_less_once_they_ask_for_it_and_only_while_they_hold():
    who = factories.customer()
    moved(who, "600", at=NOON - timedelta(days=40))
    taken(average_of=timedelta(days=30))
    measure.measure(day=TODAY)
    assert discounts(who) == {"vip": (100_000, 50_000)}

    assert vip.switch_bmx_discount(customer_id=who.pk, on=True, actor=acting(who))
    assert discounts(who)["bmx"] == (100_000, 100_000)

    VipStanding.objects.filter(customer=who).update(bmx=D("499.99"))
    measure.write_discounts()
    assert "bmx" not in discounts(who)
    assert not vip.switch_bmx_discount(customer_id=who.pk, on=True, actor=acting(who))

    with pytest.raises(PermissionRefused):
        vip.switch_bmx_discount(customer_id=who.pk, on=False, actor=acting(factories.customer()))


def test_a_higher_limit_of_withdrawals_is_for_fully_verified_people_only():
    full, basic = factories.customer(), factories.customer()
    for who, tier in ((full, 2), (basic, 1)):
        identified(who, tier=tier)
        VipStanding.objects.create(
            customer=who, level=2, measured_level=2, since=TODAY, measured_on=TODAY
        )
    mine = limits.Tier("full", D(1000), D(10_000))

    assert vip.raised(full.pk, mine) == limits.Tier("full", D(1250), D(12_500))
    assert vip.raised(basic.pk, mine) == mine


def test_the_table_changes_by_two_people_and_what_tiers_give_follows_at_once():
    from exchange.audit import proposals

    who = factories.customer()
    VipStanding.objects.create(
        customer=who, level=1, measured_level=1, since=TODAY, measured_on=TODAY
    )
    rows = [tier.row() for tier in tiers.table().tiers]
    rows[0]["taker_discount"] = "7.5"
    first = staff("launchpad.propose_vip_table", "launchpad.approve_vip_table")
    words = {
        "rows": rows, "bmx_least": D(500), "bmx_discount": D(10), "grace_days": 7, "reason": "x",
    }  # fmt: skip
    with pytest.raises(PermissionRefused):
        vip.propose_table(**words, actor=staff())

    proposal = vip.propose_table(**words, actor=first)
    with pytest.raises(proposals.OwnProposal):
        proposals.approve(proposal_id=proposal.pk, actor=first)
    assert discounts(who) == {}

    done = proposals.approve(proposal_id=proposal.pk, actor=staff("launchpad.approve_vip_table"))

    assert done.state == "executed", done.outcome
    assert tiers.table().grace_days == 7
    assert discounts(who) == {"vip": (100_000, 75_000)}


@pytest.mark.parametrize(
    ("line", "change", "says"),
    [
        (1, {"volume_usd": "1"}, "line 2"),
        (0, {"taker_discount": "91"}, "line 1"),
        (0, {"maker_discount": "1e1"}, "line 1"),
        (2, {"withdrawal_percent": "99"}, "line 3"),
        (0, {"level": "2"}, "line 1"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused_by_its_line(line, change, says):
    rows = [tier.row() for tier in tiers.table().tiers]
    rows[line] |= change

    with pytest.raises(Invalid, match=f"(?i){says}"):
        tiers.checked(rows)
