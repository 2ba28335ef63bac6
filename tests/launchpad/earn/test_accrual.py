"""Interest to the last unit: actual/365, rounded down, the remainder booked, no day twice."""

from __future__ import annotations

from decimal import Decimal as D
from fractions import Fraction
from random import Random

import pytest
from django.db import connection

from exchange.core import clock
from exchange.ledger.queries import trial_balance
from launchpad.earn import accrue, arrivals, evidence, queries, redeem, terms
from launchpad.earn.models import Accrual, Position, ProductDay
from launchpad.programmes import payouts
from launchpad.programmes.models import Payout
from tests import factories
from tests.factories.accounts import staff
from tests.launchpad.conftest import put_into
from tests.launchpad.earn.conftest import DAY, NOON, fixed, on_day, product, put_in, staking
from tests.launchpad.earn.test_positions import books_agree, saved, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_day")]


def run(day: int, *, hours: float = 0) -> None:
    """The workers come by on a day."""
    with on_day(day, hours=hours):
        accrue.accrue_all()
        payouts.sweep()


def earned(holder) -> list[tuple[str, D]]:
    rows = Accrual.objects.filter(position__customer_id=holder.pk).order_by("day")
    return [(f"{row.day:%m-%d}", row.interest) for row in rows]


def test_a_day_pays_one_365th_of_the_rate_rounded_down():
    holder = factories.customer()
    put_in(holder, product(), "1000")  # 5 %: 0.1369863…
    run(2)
    assert factories.available(holder, "USDT") == D("0.136986")
    assert books_agree()


def test_money_earns_from_the_day_after_it_came_and_not_on_the_day_it_goes():
    holder = factories.customer()
    position = put_in(holder, product(), "7300")
    with on_day(3):
        take(position)
    run(6)
    assert earned(holder) == [("03-11", 1), ("03-12", 1)]


def test_going_out_and_in_again_within_a_day_earns_on_the_least_of_it():
    holder = factories.customer()
    made = product()
    position = put_in(holder, made, "7300")
    with on_day(2):
        take(position, "3650")
    with on_day(2, hours=5):
        put_in(holder, made, "7300")
    run(4)
    assert earned(holder) == [("03-11", D(1)), ("03-12", D("0.5")), ("03-13", D("1.5"))]


def test_missed_days_are_caught_up_one_by_one_and_come_out_the_same():
    on_time, late = factories.customer(), factories.customer()
    put_in(on_time, product("a"), "1234.567891")
    for day in range(2, 6):
        run(day)
    put_in_late = product("b")
    with on_day(0):
        put_in(late, put_in_late, "1234.567891")
    run(5)
    assert earned(on_time) == earned(late)
    assert len(earned(late)) == 4
    assert factories.available(on_time, "USDT") == factories.available(late, "USDT")


def test_a_day_is_accrued_and_paid_once_however_often_it_is_asked_for():
    holder = factories.customer()
    put_in(holder, product(), "7300")
    for _ in range(3):
        run(2)
    assert factories.available(holder, "USDT") == 1
    assert ProductDay.objects.filter(positions=1).count() == 1


def test_each_part_of_a_customers_sum_earns_its_tiers_rate():
    holder, other = factories.customer(), factories.customer()
    made = product("t", tiers=((0, 73_000), (1000, 36_500)), bonding_days=1)
    put_in(holder, made, "800")
    put_in(holder, made, "800")  # the second position begins where the first one ends
    put_in(other, made, "1600")
    run(3)
    # 1000 at 7.3 % and 600 at 3.65 %: 0.2 and 0.06
    assert earned(other)[0][1] == D("0.26")
    assert [interest for _, interest in earned(holder)] == [D("0.16"), D("0.1")]


def test_a_changed_rate_counts_from_the_next_day_and_never_backwards():
    holder, made = factories.customer(), product()
    put_in(holder, made, "7300")
    with on_day(2):
        draft = terms.Draft(D(1), D(10**6), D(10**6), [(D(0), 100_000)])
        terms.publish(made, draft, on_day_date(3), factories.SYSTEM)
    run(5)
    assert [interest for _, interest in earned(holder)] == [1, 1, 2, 2]


def on_day_date(number: int):
    return (NOON + DAY * number).date()


def test_interest_that_stays_becomes_part_of_the_position():
    holder = factories.customer()
    position = put_in(holder, product(), "7300", compound=True)
    run(2)
    position.refresh_from_db()
    assert (position.amount, saved(holder), factories.available(holder, "USDT")) == (7301, 7301, 0)
    run(4)  # the dollar came on the 12th and earns from the 13th
    assert [interest for _, interest in earned(holder)] == [1, 1, D("1.000136")]
    assert books_agree()


def test_interest_of_a_position_that_was_closed_meanwhile_goes_to_the_spot_account():
    holder = factories.customer()
    position = put_in(holder, product(), "7300", compound=True)
    with on_day(2):
        accrue.accrue_all()
        take(position)
        payouts.sweep()
    assert (saved(holder), factories.available(holder, "USDT")) == (0, 7301)
    assert books_agree()


def test_a_programme_that_is_short_pays_nobody_and_catches_up_when_it_was_funded():
    people = [factories.customer() for _ in range(3)]
    made = product(budget="2.5")
    for holder in people:
        put_in(holder, made, "7300")
    run(2)
    assert [factories.available(each, "USDT") for each in people] == [0, 0, 0]
    run(3)
    made.programme.refresh_from_db()
    assert made.programme.state == "stopped"
    from launchpad.programmes import stop

    put_into(made.programme, "3.5")
    stop.resume(
        programme_id=made.programme_id, actor=staff("launchpad.resume_programme"), reason="funded"
    )
    payouts.sweep()
    assert [factories.available(each, "USDT") for each in people] == [2, 2, 2]
    assert books_agree()


def test_the_sum_paid_is_the_sum_accrued_to_the_last_unit_whatever_the_amounts():
    """Against fractions, with amounts, rates and tiers by chance: the seeds are fixed."""
    for seed in range(4):
        chance = Random(seed)
        bounds = sorted(chance.sample(range(1, 900), 2))
        tiers = [(bound, chance.randrange(1, 300_000)) for bound in (0, *bounds)]
        made = product(f"p{seed}", tiers=tiers, minimum="0.000001", budget="5000")
        before = factories.house("USDT", "rounding")
        exact = Fraction(0)
        holders = [factories.customer() for _ in range(12)]
        for holder in holders:
            amount = D(chance.randrange(1, 10**9)).scaleb(-6)
            put_in(holder, made, str(amount))
            exact += yearly(Fraction(amount), tiers)
        run(2)
        day = ProductDay.objects.get(product=made, positions=12)
        whole = int(exact / 365 * 10**6)
        paid = sum(factories.available(holder, "USDT") for holder in holders)
        assert paid == day.accrued
        assert int((day.accrued + day.remainder) * 10**6) == whole
        assert factories.house("USDT", "rounding") - before == day.remainder
    assert all(off == 0 for _, off in trial_balance())
    assert books_agree()


def yearly(amount: Fraction, tiers) -> Fraction:
    total = Fraction(0)
    for number, (above, ppm) in enumerate(tiers):
        upper = Fraction(tiers[number + 1][0]) if number + 1 < len(tiers) else amount
        total += max(Fraction(0), min(amount, upper) - above) * Fraction(ppm, 10**6)
    return total


def test_a_reward_is_shared_by_who_was_bonded_all_day_less_the_commission():
    first, second, late = (factories.customer() for _ in range(3))
    made = staking(budget="0")
    put_in(first, made, "1")
    put_in(second, made, "2")
    with on_day(1):
        put_in(late, made, "5")
    with on_day(2):
        words = {
            "product_id": made.pk,
            "amount": D("0.1"),
            "day": on_day_date(1),
            "source": "validator 17",
            "reference": "0xabc",
            "actor": staff("launchpad.book_arrival"),
        }
        with pytest.raises(evidence.NotProven):
            arrivals.book_reward(**words)  # somebody's word
        words["proof"] = evidence.STATEMENT
        arrival = arrivals.book_reward(**words)
        assert arrivals.book_reward(**words).pk == arrival.pk
        payouts.sweep()
    # 0.09 in thirds
    assert factories.available(first, "ETH") == D("0.03")
    assert factories.available(second, "ETH") == D("0.06")
    assert factories.available(late, "ETH") == 0
    assert factories.house("ETH", "fees") == D("0.01")
    assert arrival.remainder == 0
    assert books_agree()


def test_what_a_reward_leaves_after_rounding_is_booked_in_the_same_payout():
    holders = [factories.customer() for _ in range(3)]
    made = staking(budget="0", commission_bps=0)
    for holder in holders:
        put_in(holder, made, "1")
    with on_day(2):
        arrivals.book_reward(
            product_id=made.pk, amount=D("0.00000010"), day=on_day_date(1), source="v",
            reference="r", actor=factories.SYSTEM,
        )  # fmt: skip
        payouts.sweep()
    assert [factories.available(each, "ETH") for each in holders] == [D("0.00000003")] * 3
    assert factories.house("ETH", "rounding") == D("0.00000001")
    assert Payout.objects.get().remainder == D("0.00000001")


def test_a_slash_falls_pro_rata_on_all_that_is_bonded_also_on_its_way_out():
    from exchange.audit.proposals import approve
    from exchange.core.errors import PermissionRefused

    first, second = factories.customer(), factories.customer()
    made = staking()
    put_in(first, made, "1")
    position = put_in(second, made, "2")
    leaving = take(position, "1")
    desk = staff("launchpad.book_arrival", "launchpad.approve_slash")
    proposal = arrivals.propose_slash(
        product_id=made.pk, amount=D("0.1"), source="validator 17", reference="0xdef",
        actor=desk, reason="signed two blocks",
    )  # fmt: skip
    with pytest.raises(PermissionRefused):
        approve(proposal_id=proposal.pk, actor=desk)
    assert saved(first, "ETH") == 1
    done = approve(proposal_id=proposal.pk, actor=staff("launchpad.approve_slash"))
    assert done.state == "executed", done.outcome
    # a third of 0.1 each, rounded down in their favour; the house bears one unit
    assert saved(first, "ETH") == D("0.96666667")
    assert saved(second, "ETH") == D("1.93333334")
    leaving.refresh_from_db()
    assert leaving.amount == D("0.96666667")
    assert factories.house("ETH", "rounding") == D("-0.00000001")
    assert all(off == 0 for _, off in trial_balance())
    assert books_agree()


def test_snapshots_see_what_was_staked_with_the_weight_of_its_lock_and_not_what_is_leaving():
    holder = factories.customer()
    locked = product("bmx-180", code="BMX", kind="staking", lock_days=180, vote_weight=200)
    free = product("bmx", code="BMX", kind="staking", unbonding_days=7, vote_weight=100)
    product("bmx-savings", code="BMX")
    put_in(holder, locked, "30")
    position = put_in(holder, free, "10")
    came = clock.now()
    bmx = factories.asset("BMX").pk
    with on_day(1) as then:
        take(position, "4")
    with on_day(2) as now:
        put_in(factories.customer(), free, "8")
        seen = queries.staked(asset_id=bmx, at=then)
        average = queries.staked(asset_id=bmx, at=now, since=then)
        since_before = queries.staked(asset_id=bmx, at=now, since=came - DAY * 2)
    assert seen == [(holder.pk, 100, 6), (holder.pk, 200, 30)]
    assert [tuple(row) for row in average] == [(holder.pk, 100, 6), (holder.pk, 200, 30)]
    # half of four days, and a quarter with six
    assert since_before[:2] == [(holder.pk, 100, 4), (holder.pk, 200, 15)]


def test_bonding_days_earn_nothing():
    holder = factories.customer()
    put_in(holder, product("slow", bonding_days=3), "7300")
    run(6)
    assert earned(holder) == [("03-14", 1), ("03-15", 1)]


def test_positions_of_all_customers_are_let_go_in_pages():
    made = product("q", unbonding_days=1)
    for _ in range(3):
        take(put_in(factories.customer(), made, "5"))
    with on_day(2):
        assert redeem.let_go_due(limit=2) == 2
        assert redeem.let_go_due(limit=2) == 1
    assert not Position.objects.exclude(state="closed").exists()


def test_a_product_whose_programme_was_closed_does_not_hold_up_the_others():
    holder = factories.customer()
    broken, sound = product("broken"), product("sound")
    put_in(factories.customer(), broken, "7300")
    put_in(holder, sound, "7300")
    type(broken.programme).objects.filter(pk=broken.programme_id).update(state="closed")
    run(2)
    assert factories.available(holder, "USDT") == 1


def test_everything_is_computed_again_from_entries_and_a_wrong_row_is_found():
    from django.core.management import CommandError, call_command

    holders = [factories.customer() for _ in range(3)]
    made = product("again", tiers=((0, 73_000), (500, 11_111)))
    term = fixed("again-fixed")
    for n, holder in enumerate(holders):
        put_in(holder, made, f"{n + 1}234.567", compound=n == 1)
        put_in(holder, term, "777.77")
    with on_day(2, hours=1):
        take(Position.objects.filter(product=made).last(), "2000")
    run(33)
    with on_day(33):
        redeem.let_go_due()
    call_command("recompute_earn")
    with connection.cursor() as cursor:  # as somebody with the database's password might
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE launchpad_accrual SET interest = interest + 0.000001"
            " WHERE id = (SELECT min(id) FROM launchpad_accrual)"
        )
        cursor.execute("SET session_replication_role = DEFAULT")
    with pytest.raises(CommandError):
        call_command("recompute_earn", "again")


def test_a_statement_is_booked_whole_by_two_people_and_stays_unproven():
    from exchange.audit.proposals import approve
    from exchange.core.errors import Conflict, Invalid
    from launchpad.earn import reward_files

    holder = factories.customer()
    made = staking(budget="0", commission_bps=0)
    put_in(holder, made, "1")
    desk, other = staff("launchpad.book_arrival"), staff("launchpad.approve_statement")
    text = "day,amount,validator,transaction\n2026-03-11,0.01,v1,0xa\n2026-03-11;0.02;v2;0xb\n"

    def ask(more: str):
        return reward_files.propose_list(
            product_id=made.pk, text=text + more, actor=desk, reason="the operator's export"
        )

    with on_day(2):
        with pytest.raises(Invalid, match="Line 4"):
            ask("2026-03-11,x,v,0xc")
        wrong = approve(proposal_id=ask("2026-03-09,0.5,v1,0xd").pk, actor=other)
        assert (wrong.state, "line 4" in wrong.outcome) == ("failed", True)
        assert not made.arrivals.exists()
        right = ask("")
        with pytest.raises(Conflict):
            ask("")
        done = approve(proposal_id=right.pk, actor=other)
        assert done.state == "executed", done.outcome
        again = approve(proposal_id=ask("").pk, actor=other)
        assert again.state == "executed", again.outcome
        payouts.sweep()
    assert factories.available(holder, "ETH") == D("0.03")
    assert set(made.arrivals.values_list("proof", flat=True)) == {"statement"}
