"""The demo's rewards: seeded once however often, every budget exact, every page alive."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.contrib.auth.models import Group
from django.db.models import Sum
from django.test import Client

from exchange.accounts import roles
from exchange.audit.models import Proposal
from exchange.core import clock
from exchange.ledger import reconcile
from launchpad.demo import rewards as demo
from launchpad.programmes import payouts, queries
from launchpad.rewards import bonus, competition, pay
from launchpad.rewards.models import Campaign, RecipientFile, Reward, TradedDay, VipStanding
from tests import factories
from tests.factories.identity import identified
from tests.factories.launchpad import bmx

pytestmark = pytest.mark.django_db
PAGES = [
    "/rewards", "/rewards/vip", "/rewards/promotions", "/rewards/learn", "/rewards/friends",
    "/rewards/received",
]  # fmt: skip


@pytest.fixture
def world(db):
    """The coins, the markets, the staff, a bot, Alice and fifty of the demo's people."""
    bmx()
    for symbol in ("BTC_USDT", "ETH_USDT", "SOL_USDT"):
        factories.market(symbol)
    roles.sync_roles()
    for role in (roles.LISTING_MANAGER, roles.TREASURY_OPERATOR):
        factories.user(is_staff=True).groups.set(Group.objects.filter(name=role))
    bot, alice = factories.customer(), factories.customer()
    renamed(bot, "maker-bot@holdfast.example")
    renamed(alice, "alice@holdfast.example")
    identified(alice)
    return alice


def renamed(who, email: str) -> None:
    type(who.user).objects.filter(pk=who.user_id).update(email=email)


def people(number: int) -> None:
    for n in range(number):
        who = factories.customer()
        renamed(who, f"person{n}@{demo.DOMAIN}")
        identified(who)


def test_nothing_is_seeded_before_its_people_are_there(world):
    assert demo.seed() == 0
    assert not Campaign.objects.exists()


def test_what_is_seeded_is_seeded_once_and_pays_exactly_what_was_approved(world):
    people(52)

    assert demo.seed() == 6
    before = (Reward.objects.count(), TradedDay.objects.count(), Proposal.objects.count())
    assert demo.seed() == 0
    assert (Reward.objects.count(), TradedDay.objects.count(), Proposal.objects.count()) == before

    assert set(Campaign.objects.values_list("state", flat=True)) == {"open"}
    for made in Campaign.objects.select_related("programme__asset"):
        available, _held = queries.house_balances_of(made.programme)
        assert available == made.budget, made.title
    drop = Campaign.objects.get(title=demo.AIRDROP)
    file = RecipientFile.objects.get(campaign=drop)
    assert (file.state, file.recipients, file.total) == ("approved", 50, D(50 * 27))
    assert drop.committed == file.total
    assert RecipientFile.objects.get(campaign__title=demo.NEXT_AIRDROP).state == "draft"

    pay.pay_due()
    payouts.sweep()
    available, held = queries.house_balances_of(drop.programme)
    assert (available, held) == (drop.budget - file.total, D(0))
    paid = Reward.objects.filter(campaign=drop, state="paid").aggregate(all=Sum("amount"))["all"]
    assert paid == file.total
    for check in reconcile.checks():
        if check.name in ("rewards", "programmes", "payouts", "holds"):
            assert check.look(0).findings == [], check.name


def test_the_competition_has_a_board_tiers_are_reached_and_pages_open(world):
    people(52)
    demo.seed()
    contest = Campaign.objects.get(kind="competition")

    assert len(competition.board(contest, limit=50).places) == 40
    assert competition.find_rings(campaign_id=contest.pk) == 2  # the two who only trade together
    assert VipStanding.objects.filter(level__gt=0).exists()
    saving = Campaign.objects.get(kind="deposit_bonus")
    assert bonus.begin_by(saving) > clock.now() + timedelta(days=7)  # there is time to join
    reader = Client()
    reader.force_login(world.user)
    pages = [*PAGES, *(f"/rewards/promotions/{each.pk}" for each in (contest, saving))]
    assert {page: reader.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)
