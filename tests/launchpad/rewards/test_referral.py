"""Referral: one level, a share of fees that were really paid, and nobody refers themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest

from exchange.accounts.models import Customer
from exchange.accounts.sign_up import sign_up
from exchange.core import clock, outbox
from exchange.core.errors import Conflict, NotFound
from launchpad.rewards import commission, persons, referral
from launchpad.rewards.errors import NotEligible
from launchpad.rewards.models import Commission, Referral, Reward
from tests import factories
from tests.factories.accounts import acting, visitor
from tests.launchpad.rewards.conftest import campaign, person, same_browser, traded

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(db):
    return campaign("referral")


def code(who: Customer) -> str:
    return referral.code_of(customer_id=who.pk, actor=acting(who)).code


def came(who: Customer, through: Customer) -> Referral:
    return referral.use_code(customer_id=who.pk, code=code(through), actor=acting(who))


def yesterday(days: int = 1) -> date:
    return clock.now().date() - timedelta(days=days)


def old(row: Referral, days: int = 5) -> None:
    """It began some days ago."""
    Referral.objects.filter(pk=row.pk).update(first_day=yesterday(days))


def test_a_code_given_at_sign_up_counts_for_whoever_gave_it(made):
    giver = person()

    new = sign_up(
        email="new@example.com",
        password="correct horse battery staple",
        actor=visitor(),
        came_by=code(giver).lower(),
    )
    outbox.deliver()

    row = Referral.objects.get()
    assert (row.referee_id, row.referrer_id, row.number) == (new.pk, giver.pk, 1)
    assert row.last_day - row.first_day == timedelta(days=29)


def test_an_account_opens_with_a_code_that_nobody_has(made):
    sign_up(
        email="new@example.com",
        password="correct horse battery staple",
        actor=visitor(),
        came_by="NOSUCHCODE",
    )
    outbox.deliver()

    assert not Referral.objects.exists()


def test_ones_own_code_and_the_same_persons_are_refused(made):
    born = date(1990, 5, 17)
    one, other = person("Anna Olsen", born=born), person("Anna Olsen", born=born)

    for who in (one, other):
        with pytest.raises(NotEligible):
            came(who, one)
    assert not Referral.objects.exists()


def test_a_code_counts_once_and_in_the_first_week_only(made):
    giver, second, who, late = person(), person(), person(), person()
    Customer.objects.filter(pk=late.pk).update(created_at=clock.now() - timedelta(days=8))
    first = came(who, giver)

    assert came(who, giver) == first
    with pytest.raises(Conflict):
        came(who, second)
    with pytest.raises(Conflict):
        came(late, giver)
    with pytest.raises(NotFound):
        referral.use_code(customer_id=who.pk, code="'; DROP", actor=acting(who))


def test_a_share_of_the_fees_of_a_day_that_is_over_rounded_down(made):
    giver, friend, bot = person(), person(), factories.customer()
    old(came(friend, giver))
    traded(friend, bot, "1000", day=yesterday(), fees="1.234567891")
    traded(friend, bot, "1000", fees="9")  # today is not over

    assert commission.compute_due() == 1
    assert commission.compute_due() == 0

    reward = Reward.objects.get()
    assert (reward.customer_id, reward.of) == (giver.pk, f"fees {yesterday()}")
    assert reward.amount == D("0.24691357")  # 20 % of 1.234567891
    made.refresh_from_db()
    assert made.committed == reward.amount


def test_there_is_one_level(made):
    grandparent, parent, child, bot = person(), person(), person(), factories.customer()
    old(came(parent, grandparent))
    old(came(child, parent))
    traded(child, bot, "1000", day=yesterday(), fees="1")

    commission.compute_due()

    assert list(Reward.objects.values_list("customer_id", flat=True)) == [parent.pk]


def test_trades_with_the_referrer_or_with_oneself_earn_nothing(made):
    giver, friend = person(), person()
    old(came(friend, giver))
    traded(friend, giver, "1000", day=yesterday(), fees="5")
    traded(friend, friend, "1000", day=yesterday(), fees="5")

    assert commission.compute_due() == 0
    assert not Commission.objects.exists()


def test_a_referral_ends_after_its_days(made):
    giver, friend, bot = person(), person(), factories.customer()
    row = came(friend, giver)
    Referral.objects.filter(pk=row.pk).update(first_day=yesterday(9), last_day=yesterday(2))
    traded(friend, bot, "1000", day=yesterday(), fees="5")

    assert commission.compute_due() == 0


def test_who_turns_out_to_be_the_same_person_earns_nothing_any_more(made):
    born = date(1990, 5, 17)
    giver, friend, bot = person("Anna Olsen", born=born), factories.customer(), factories.customer()
    old(came(friend, giver))
    from tests.factories.identity import identified

    identified(friend, given_names="Anna", family_name="Olsen", birth_date=born)
    persons.find_all()
    traded(friend, bot, "1000", day=yesterday(), fees="5")

    assert commission.compute_due() == 0
    assert Referral.objects.get().state == "refused"


def test_who_is_suspected_of_it_waits(made):
    giver, friend, bot = person(), person(), factories.customer()
    old(came(friend, giver))
    same_browser(giver, friend)
    persons.find_all()
    traded(friend, bot, "1000", day=yesterday(), fees="5")

    assert commission.compute_due() == 1
    assert Reward.objects.get().state == "held"


def test_commission_stops_where_the_budget_does():
    made = campaign("referral", budget="1.5")
    bot = factories.customer()
    givers = [person(), person()]
    for giver in givers:
        friend = person()
        old(came(friend, giver))
        traded(friend, bot, "1000", day=yesterday(), fees="5")

    assert commission.compute_due() == 1

    made.refresh_from_db()
    assert made.committed == D(1)


def test_the_statement_tells_amounts_and_never_who(made):
    giver, friend, bot = person(), person("Anna Olsen"), factories.customer()
    old(came(friend, giver))
    traded(friend, bot, "1000", day=yesterday(), fees="5")
    commission.compute_due()

    seen = referral.earnings(giver.pk)

    assert seen.total == D(1)
    assert [(f.number, f.earned) for f in seen.friends] == [(1, D(1))]
    assert seen.days == [(yesterday(), 1, D(1))]
    assert "Olsen" not in repr(seen)
    assert friend.user.email not in repr(seen)
    assert datetime.now(UTC).date() >= seen.friends[0].since
