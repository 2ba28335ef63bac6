"""Competitions and deposit bonuses: what counts, what does not, and who wins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from exchange.core import clock
from exchange.core.errors import Conflict, Invalid
from launchpad.rewards import bonus, campaigns, competition, persons, volume
from launchpad.rewards.errors import NotEligible, NotRunning
from launchpad.rewards.models import Participation, Reward, TradedDay
from tests import factories
from tests.factories.accounts import acting
from tests.factories.launchpad import moved
from tests.factories.trading import asleep, limit, trader  # noqa: F401
from tests.launchpad.rewards.conftest import (
    campaign,
    joined,
    manager,
    person,
    same_browser,
    traded,
)

pytestmark = pytest.mark.django_db


def places(made, **more) -> list[tuple[int, D, D]]:
    board = competition.board(made, **more)
    return [(p.place, p.usd, p.prize) for p in board.places]


# What is traded ---------------------------------------------------------------------------------


def test_trades_are_added_up_once_by_day_and_pair(asleep):  # noqa: F811
    from exchange.trading.match import match

    market = factories.market()
    maker, taker = trader(), trader()
    sub = factories.customer(parent=taker)
    factories.fund(sub, "USDT", "100000")
    limit(maker, "sell", "50000", "2")
    for who in (taker, sub):
        limit(who, "buy", "50000", "0.5")
    match(market_id=market.pk)

    assert volume.follow() == 2
    assert volume.follow() == 0

    row = TradedDay.objects.get()
    assert (row.one_id, row.other_id, row.trades) == (maker.pk, taker.pk, 2)
    assert (row.usd, row.one_fees_usd, row.other_fees_usd) == (D(50_000), D(50), D(100))
    assert volume.is_whole_until(clock.now())


# Competitions -----------------------------------------------------------------------------------


def test_the_board_orders_by_volume_and_shows_no_name():
    made = campaign("competition")
    one, two, bot = person("Anna Olsen"), person(), factories.customer()
    joined(made, one, two)
    traded(one, bot, "500")
    traded(two, bot, "700")

    board = competition.board(made, customer_id=one.pk)

    assert [(p.place, p.usd, p.prize, p.is_you) for p in board.places] == [
        (1, D(700), D(50), False), (2, D(500), D(30), True),
    ]  # fmt: skip
    names = {p.name for p in board.places}
    assert len(names) == 2
    assert not names & {"Anna Olsen", str(one.pk)}
    assert board.places[0].name == competition.pseudonym(made.pk, two.pk)
    assert competition.pseudonym(made.pk + 1, two.pk) != board.places[0].name


def test_volume_below_the_minimum_or_of_whoever_did_not_join_wins_nothing():
    made = campaign("competition")
    one, stranger, bot = person(), person(), factories.customer()
    joined(made, one)
    traded(one, bot, "99.99")
    traded(stranger, bot, "5000")

    assert places(made) == [(1, D("99.99"), D(0))]


def test_trades_within_one_person_do_not_count():
    made = campaign("competition")
    one, other, bot = person(), person(), factories.customer()
    sub_trades = traded
    joined(made, one, other)
    sub_trades(one, one, "90000")
    traded(one, other, "90000")
    traded(one, bot, "300")
    same_browser(one, other)
    persons.find_all()

    assert places(made) == [(1, D(300), D(50))]


def test_a_ring_that_trades_among_itself_is_found_and_left_out():
    made = campaign("competition")
    a, b, c, honest = (person() for _ in range(4))
    bot = factories.customer()
    joined(made, a, b, c, honest)
    for one, other in ((a, b), (b, c), (a, c)):
        traded(one, other, "40000")
    for who in (a, b, c):
        traded(who, bot, "500")
    traded(honest, bot, "900")
    traded(honest, a, "50")

    assert competition.find_rings(campaign_id=made.pk) == 3

    assert [usd for _place, usd, _prize in places(made)] == [D(950), D(550), D(500), D(500)]
    assert Participation.objects.get(campaign=made, customer=honest).ring is None


def test_an_accomplice_who_did_not_join_helps_nobody_up_the_board():
    made = campaign("competition")
    cheat, accomplice, honest, bot = person(), person(), person(), factories.customer()
    joined(made, cheat, honest)
    traded(cheat, accomplice, "90000")
    traded(cheat, bot, "200")
    traded(honest, bot, "900")
    assert places(made)[0][1] == D(90_200)  # until somebody looks

    assert competition.find_rings(campaign_id=made.pk) == 2

    assert [usd for _place, usd, _prize in places(made)] == [D(900), D(200)]


def test_what_costs_no_fee_counts_for_nothing():
    made = campaign("competition")
    one, other, bot = person(), person(), factories.customer()
    joined(made, one, other)
    traded(one, bot, "70000", fees="0")
    traded(other, bot, "300")

    assert places(made) == [(1, D(300), D(50))]
    factories.market("ETH_USDT", maker_rate="0", taker_rate="0")
    with pytest.raises(Invalid) as refused:
        campaign("competition", markets=["ETH_USDT"])
    assert refused.value.field == "markets"


def test_a_market_maker_with_many_customers_is_no_ring():
    bot = 1
    days = [(bot, customer, D(5_000)) for customer in range(2, 30)]

    assert competition.rings_of(days) == {}


def test_two_who_trade_only_with_each_other_are_a_ring_and_small_change_is_not():
    assert competition.rings_of([(1, 2, D(5_000))]) == {1: 1, 2: 1}
    assert competition.rings_of([(1, 2, D(999))]) == {}


def test_joining_is_for_those_who_may_and_twice_is_once():
    made = campaign("competition")
    who = person()

    for _ in range(2):
        competition.join(campaign_id=made.pk, customer_id=who.pk, actor=acting(who))

    assert Participation.objects.count() == 1
    stranger = factories.customer()
    with pytest.raises(NotEligible):
        competition.join(campaign_id=made.pk, customer_id=stranger.pk, actor=acting(stranger))
    with clock.held_at(made.ends_at), pytest.raises(NotRunning):
        competition.join(campaign_id=made.pk, customer_id=who.pk, actor=acting(who))


def test_the_winners_are_listed_when_it_is_over_and_who_is_left_out_makes_room():
    made = campaign("competition")
    first, barred, third, bot = person(), factories.customer(), person(), factories.customer()
    joined(made, first, barred, third)
    for who, usd in ((first, "900"), (barred, "800"), (third, "700")):
        traded(who, bot, usd)
    with pytest.raises(Conflict):
        competition.final_list(campaign_id=made.pk, actor=manager())

    with clock.held_at(made.ends_at + timedelta(minutes=5)):
        file = competition.final_list(campaign_id=made.pk, actor=manager())

    lines = dict(file.lines.values_list("customer_id", "amount"))
    assert lines == {first.pk: D(50), barred.pk: D(0), third.pk: D(30)}
    assert file.lines.get(customer_id=barred.pk).excluded == "unverified"
    assert file.total == D(80)


# Deposit bonus ----------------------------------------------------------------------------------

START = datetime(2026, 3, 1, tzinfo=UTC)


def bonus_campaign(**more):
    with clock.held_at(START):
        return campaign("deposit_bonus", starts=START, ends=START + timedelta(days=60), **more)


def on(day: float):
    return clock.held_at(START + timedelta(days=day))


def deposit(who, amount: str, day: float) -> None:
    moved(who, amount, at=START + timedelta(days=day), code="USDT")


def test_what_came_in_and_stayed_for_the_days_earns_its_percentage_once():
    made = bonus_campaign()
    who = person()
    joined(made, who, at=START)
    deposit(who, "200", 1)

    with on(10.9):
        assert bonus.award(campaign_id=made.pk) == 0
    with on(11.1):
        assert bonus.award(campaign_id=made.pk) == 1
        assert bonus.award(campaign_id=made.pk) == 0

    assert Reward.objects.get().amount == D(10)


def test_the_least_that_was_kept_counts_and_what_left_for_an_hour_was_not_kept():
    made = bonus_campaign()
    who, hopper = person(), person()
    joined(made, who, hopper, at=START)
    deposit(who, "300", 1)
    deposit(who, "-100", 6)
    deposit(hopper, "300", 1)
    deposit(hopper, "-290", 6)
    deposit(hopper, "290", 6.05)

    with on(11.5):
        assert bonus.award(campaign_id=made.pk) == 1
        after = bonus.progress(made, hopper.pk)
    assert Reward.objects.get(customer=who).amount == D(10)
    assert after is not None
    assert after.since == START + timedelta(days=6.05)

    with on(16.1):
        assert bonus.award(campaign_id=made.pk) == 1
    assert Reward.objects.get(customer=hopper).amount == D(15)


def test_the_cap_holds_and_money_from_before_joining_does_not_count():
    made = bonus_campaign()
    who, early = person(), person()
    deposit(early, "5000", 0.5)
    joined(made, who, early, at=START + timedelta(days=1))
    deposit(who, "5000", 2)

    with on(20):
        bonus.award(campaign_id=made.pk)

    assert list(Reward.objects.values_list("customer_id", "amount")) == [(who.pk, D(20))]


def test_what_another_customer_gave_is_no_deposit():
    from exchange.ledger import accounts as ledger
    from exchange.ledger.post import Leg, post

    made = bonus_campaign()
    who, giver = person(), person()
    joined(made, who, at=START)
    factories.fund(giver, "USDT", "500")
    usdt = factories.asset("USDT").pk
    mine = ledger.customer_accounts([(who.pk, usdt), (giver.pk, usdt)])
    post(
        kind="internal_transfer",
        reference="1",
        legs=[Leg(mine[giver.pk, usdt], D(-500)), Leg(mine[who.pk, usdt], D(500))],
    )

    with on(300):
        assert bonus.kept(made, [who.pk])[0].now == D(0)


def test_first_come_until_the_budget_is_out_and_the_last_gets_what_is_left():
    made = bonus_campaign(budget="25")
    first, second, third = person(), person(), person()
    for n, who in enumerate((first, second, third)):
        joined(made, who, at=START + timedelta(minutes=n))
        deposit(who, "400", 1)

    with on(12):
        assert bonus.award(campaign_id=made.pk) == 2

    given = dict(Reward.objects.values_list("customer_id", "amount"))
    assert given == {first.pk: D(20), second.pk: D(5)}
    made.refresh_from_db()
    assert made.left == D(0)


def test_what_was_earned_in_time_is_given_although_the_task_ran_late_and_the_money_has_gone():
    made = bonus_campaign()
    who, late = person(), person()
    joined(made, who, late, at=START)
    deposit(who, "200", 49.5)
    deposit(who, "-200", 59.9)  # ten days and more were over
    deposit(late, "200", 50.1)  # ten days end after the campaign

    with on(63):
        assert bonus.due() == [made.pk]
        assert bonus.award(campaign_id=made.pk) == 1
        assert bonus.due() == []
        own, other = bonus.progress(made, who.pk), bonus.progress(made, late.pk)

    reward = Reward.objects.get()
    assert (reward.customer_id, reward.amount) == (who.pk, D(10))
    assert reward.earned_at == START + timedelta(days=59.5)
    assert own is not None
    assert (own.earned, own.earned_on) == (True, START + timedelta(days=59.5))
    assert other is not None
    assert (other.earned, other.in_time, other.too_late) == (False, False, True)


def test_the_last_day_on_which_the_days_can_begin_is_told_and_joining_after_it_is_refused():
    made = bonus_campaign()
    who = person()
    joined(made, who, at=START)
    assert bonus.begin_by(made) == START + timedelta(days=50)

    with on(50):
        before = bonus.progress(made, who.pk)
        newcomer = person()
        competition.join(campaign_id=made.pk, customer_id=newcomer.pk, actor=acting(newcomer))
    with on(50.1), pytest.raises(Conflict):
        competition.join(campaign_id=made.pk, customer_id=who.pk, actor=acting(who))

    assert before is not None
    assert not before.too_late
    assert before.missing == D(100)


def test_coins_bought_with_the_deposit_and_withdrawn_were_not_kept(monkeypatch):
    prices = {"USDT": D(1), "BTC": D(50_000)}
    monkeypatch.setattr("wallets.withdrawals.values.price_of", prices.get)
    made = bonus_campaign()
    faithful, runner = person(), person()
    joined(made, faithful, runner, at=START)
    for who in (faithful, runner):
        deposit(who, "300", 1)
    begun = START + timedelta(days=2)
    # Both bring in some coins too; one takes out more than that.
    for who, out in ((faithful, "-0.01"), (runner, "-0.016")):
        moved(who, "1", at=START - timedelta(days=1), code="BTC")  # from before
        moved(who, "0.01", at=begun, code="BTC")
        moved(who, out, at=begun + timedelta(hours=1), code="BTC")

    with on(12):
        bonus.award(campaign_id=made.pk)
        left = bonus.progress(made, runner.pk)

    assert left is not None
    assert left.net == D(0)  # 300 less 0.006 at 50,000
    assert list(Reward.objects.values_list("customer_id", "amount")) == [(faithful.pk, D(15))]


def test_a_bonus_is_not_closed_before_its_last_day_was_given():
    made = bonus_campaign()
    joined(made, person(), at=START)

    with on(60):
        campaigns.Campaign.objects.update(scored_at=clock.now())
        with pytest.raises(Conflict):
            campaigns.close(campaign_id=made.pk, actor=manager(), reason="over")
    with on(60.01):
        bonus.award(campaign_id=made.pk)
        closed = campaigns.close(campaign_id=made.pk, actor=manager(), reason="over")
    assert closed.state == "closed"
