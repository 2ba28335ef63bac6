"""Budgets that can't be exceeded, and rewards that are paid once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, transaction

from exchange.core import clock
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from exchange.ledger import reconcile
from launchpad.programmes import payouts
from launchpad.programmes.models import Payout
from launchpad.rewards import campaigns, check, pay  # noqa: F401
from launchpad.rewards.errors import BudgetSpent, NotRunning
from launchpad.rewards.grant import grant
from launchpad.rewards.models import Campaign, Reward
from tests import factories
from tests.factories.accounts import acting, staff
from tests.factories.trading import in_our_transaction  # noqa: F401
from tests.launchpad.rewards.conftest import campaign, manager, person

pytestmark = pytest.mark.django_db


def give(made, who, amount: str = "2", **more) -> Reward:
    return grant(
        campaign_id=made.pk, customer_id=who.pk, amount=D(amount), of="x", actor=acting(who), **more
    )


def pay_all() -> None:
    pay.pay_due()
    for payout in Payout.objects.filter(state="ready"):
        payouts.pay(payout.pk)


def test_what_is_due_is_paid_once_from_the_programme(in_our_transaction):  # noqa: F811
    made = campaign(budget="10")
    one, other = person(), person()
    give(made, one)
    give(made, other, "3.5")

    pay_all()
    pay_all()

    assert (factories.available(one, "USDT"), factories.available(other, "USDT")) == (
        D(2),
        D("3.5"),
    )
    assert set(Reward.objects.values_list("state", flat=True)) == {"paid"}
    assert factories.house("USDT", made.programme.purpose) == D("4.5")
    assert reconcile.reconcile(whole=True).ok


def test_a_payout_that_staff_cancelled_is_due_again(in_our_transaction):  # noqa: F811
    made = campaign(budget="10")
    who = person()
    give(made, who)
    pay.pay_due()
    payouts.cancel(
        payout_id=Payout.objects.get().pk, actor=staff("launchpad.cancel_payout"), reason="typo"
    )

    pay_all()

    assert factories.available(who, "USDT") == D(2)


def test_asked_twice_is_given_once():
    made = campaign()
    who = person()

    assert give(made, who).pk == give(made, who).pk

    made.refresh_from_db()
    assert made.committed == D(2)


def test_the_last_of_a_budget_goes_to_one_and_the_next_is_told_plainly():
    made = campaign(budget="5")
    give(made, person(), "4")

    with pytest.raises(BudgetSpent) as spent:
        give(made, person(), "2")
    assert spent.value.limit == "1"

    assert give(made, person(), "2", from_budget_up_to=True).amount == D(1)
    made.refresh_from_db()
    assert made.committed == made.budget == D(5)


def test_the_database_itself_keeps_the_budget():
    made = campaign(budget="5")

    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.filter(pk=made.pk).update(committed=D("5.00000001"))


def test_nothing_is_given_before_after_or_while_it_is_stopped():
    made = campaign()
    who = person()
    with clock.held_at(made.ends_at), pytest.raises(NotRunning):
        give(made, who)
    with clock.held_at(made.starts_at - timedelta(seconds=1)), pytest.raises(NotRunning):
        give(made, who)
    campaigns.stop(campaign_id=made.pk, actor=manager(), reason="looked odd")
    with pytest.raises(NotRunning):
        give(made, who)

    campaigns.open_campaign(campaign_id=made.pk, actor=manager(), reason="was fine")
    assert give(made, who).state == "due"


def test_a_campaign_opens_only_when_its_whole_budget_is_there():
    made = campaign(opened=False)
    Campaign.objects.filter(pk=made.pk).update(budget=D("100.5"))

    with pytest.raises(Conflict) as missing:
        campaigns.open_campaign(campaign_id=made.pk, actor=manager(), reason="go")

    assert missing.value.limit == "0.5"
    made.refresh_from_db()
    assert made.state == "draft"


def test_drafting_and_opening_take_the_permission_and_what_is_open_does_not_change():
    made = campaign()
    with pytest.raises(PermissionRefused):
        campaigns.stop(campaign_id=made.pk, actor=staff(), reason="because")
    with pytest.raises(Conflict):
        campaigns.edit(
            campaign_id=made.pk, title="More", summary="", budget=D(1), terms={"each": "1"},
            starts_at=made.starts_at, ends_at=made.ends_at, actor=manager(),
        )  # fmt: skip


def test_of_referral_and_lessons_only_one_campaign_runs():
    campaign("lessons")
    second = campaign("lessons", opened=False)

    with pytest.raises(Conflict):
        campaigns.open_campaign(campaign_id=second.pk, actor=manager(), reason="go")


@pytest.mark.parametrize(
    ("kind", "terms", "field"),
    [
        ("competition", {"prizes": ["20", "30"]}, "prizes"),
        ("competition", {"prizes": ["200"]}, "prizes"),
        ("competition", {"markets": ["NO_SUCH"]}, "markets"),
        ("deposit_bonus", {"percent": "101"}, "percent"),
        ("deposit_bonus", {"days": "0"}, "days"),
        ("referral", {"share_percent": "51"}, "share_percent"),
        ("airdrop", {"rule": "by luck"}, "rule"),
        ("lessons", {"each": "1e3"}, "each"),
        ("lessons", {"each": "0.000000001"}, "each"),
    ],
)
def test_figures_that_make_no_sense_are_refused_by_name(kind, terms, field):
    with pytest.raises(Invalid) as refused:
        campaign(kind, opened=False, **terms)

    assert refused.value.field == field
    assert Campaign.objects.count() == 0


def test_a_campaign_closes_when_nothing_waits():
    made = campaign()
    give(made, person())
    with pytest.raises(Conflict):
        campaigns.close(campaign_id=made.pk, actor=manager(), reason="over")

    pay_all()

    assert campaigns.close(campaign_id=made.pk, actor=manager(), reason="over").state == "closed"
