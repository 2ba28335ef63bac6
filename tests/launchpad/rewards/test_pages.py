"""What customers and integrators see: every page opens, and nothing tells what must not be told."""

from __future__ import annotations

import re
from decimal import Decimal as D

import pytest
from django.test import Client

from compliance.monitoring.models import Alert
from exchange.core import clock
from launchpad.rewards import competition, holds, lessons, measure
from launchpad.rewards.grant import grant
from launchpad.rewards.models import LessonTry, Participation, ReferralCode, Reward
from tests import factories
from tests.factories.accounts import acting
from tests.factories.integrators import Integrator, integrator
from tests.launchpad.rewards.conftest import campaign, joined, person, traded

pytestmark = pytest.mark.django_db


@pytest.fixture
def who(db):
    return person("Anna Olsen")


@pytest.fixture
def page(who) -> Client:
    browser = Client()
    browser.force_login(who.user)
    return browser


ADDRESSES = [
    "/rewards", "/rewards/vip", "/rewards/promotions", "/rewards/learn", "/rewards/learn/wallet",
]  # fmt: skip
OWN = ["/rewards/friends", "/rewards/received"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_visitor_reads_what_there_is(address, client):
    campaign("competition")

    assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", OWN)
def test_ones_own_pages_ask_for_a_login(address, client):
    assert client.get(address).status_code == 302


@pytest.mark.parametrize("address", [*ADDRESSES, *OWN])
def test_a_customer_opens_every_page_empty_and_full(address, page, who):
    assert page.get(address).status_code == 200
    traded(who, factories.customer(), "60000", day=clock.now().date() - clock.now().resolution)
    traded(
        who, factories.customer(), "60000",
        day=clock.from_ms(clock.now_ms() - 3 * 86_400_000).date(),
    )  # fmt: skip
    measure.measure()
    made = campaign("lessons")
    campaign("referral")
    contest = campaign("competition")
    joined(contest, who)
    grant(
        campaign_id=made.pk, customer_id=who.pk, amount=D(2), of="lesson:wallet", actor=acting(who)
    )

    assert page.get(address).status_code == 200


def test_a_promotion_is_joined_and_shows_the_board_without_names(page, who):
    made = campaign("competition")
    other = person("Berta Nilsen")
    joined(made, other)
    traded(other, factories.customer(), "900")

    page.post(f"/rewards/promotions/{made.pk}/join")
    shown = page.get(f"/rewards/promotions/{made.pk}").content.decode()

    assert Participation.objects.filter(campaign=made, customer=who).exists()
    assert competition.pseudonym(made.pk, other.pk) in shown
    assert "Nilsen" not in shown
    assert other.user.email not in shown


def test_a_bonus_page_says_how_much_is_missing(page, who):
    made = campaign("deposit_bonus")
    joined(made, who)
    factories.fund(who, "USDT", "40")

    shown = page.get(f"/rewards/promotions/{made.pk}").content.decode()

    assert "60 USDT missing" in shown
    assert page.get("/rewards/promotions/999999").status_code == 404


def test_a_draft_is_nobodys_to_see(page):
    made = campaign("competition", opened=False)

    assert page.get(f"/rewards/promotions/{made.pk}").status_code == 404
    assert made.title not in page.get("/rewards/promotions").content.decode()


def test_right_answers_in_the_page_earn_and_wrong_ones_are_explained(page, who):
    campaign("lessons")
    questions = lessons.lesson("wallet").questions
    right = {f"q{n}": str(q.right) for n, q in enumerate(questions)}

    wrong = page.post("/rewards/learn/wallet", right | {"q0": str((questions[0].right + 1) % 3)})
    assert "Not quite." in wrong.content.decode()
    assert page.post("/rewards/learn/wallet", {"q0": "x" * 400}).status_code == 422
    came = page.post("/rewards/learn/wallet", right)

    assert "You earned 2 USDT" in came.content.decode()
    assert LessonTry.objects.count() == 2
    assert Reward.objects.get().customer_id == who.pk


def test_a_friends_link_leads_to_the_sign_up_and_keeps_the_code(client):
    came = client.get("/r/abc23456")

    assert came.status_code == 302
    assert came.cookies["came_by"].value == "ABC23456"
    assert "came_by" not in client.get("/r/x").cookies


def test_a_code_is_made_on_the_page(page, who):
    campaign("referral")

    page.post("/rewards/friends/code")

    code = ReferralCode.objects.get(customer=who).code
    assert f"/r/{code}" in page.get("/rewards/friends").content.decode()


def test_who_is_held_reads_the_same_as_who_is_due(page, who):
    made = campaign("lessons")
    now = clock.now()
    Alert.objects.create(
        subject=f"customer:{who.pk}", customer=who, scenario="x", title="x", origin="live",
        window_start=now, window_end=now, at=now, facts_known_at=now, severity=3,
        explanation="x", ring=[who.pk],
    )  # fmt: skip
    words = {"campaign_id": made.pk, "customer_id": who.pk, "actor": acting(who)}
    grant(**words, amount=D(2), of="lesson:fees", alerts=False)
    before = page.get("/rewards/received").content.decode()
    Reward.objects.all().delete()
    made.refresh_from_db()
    made.committed = D(0)
    made.save()

    held = grant(**words, amount=D(2), of="lesson:fees")
    after = page.get("/rewards/received").content.decode()

    assert held.state == "held"
    assert [r["code"] for r in holds.RewardCheck.objects.get().reasons] == ["alert"]

    tokens = re.compile(r'value="[A-Za-z0-9]{64}"|nonce="[^"]+"')
    assert tokens.sub("", before) == tokens.sub("", after)


# Integrators ------------------------------------------------------------------------------------


@pytest.fixture
def bot(who) -> Integrator:
    return integrator(who)


def test_anybody_reads_tiers_promotions_and_boards(bot, who):
    made = campaign("competition")
    joined(made, who)
    traded(who, factories.customer(), "900")

    table = bot.get("/launchpad/v1/vip").data
    assert table["tiers"][0] == {
        "level": 1, "volume_usd": "50000", "bmx": "500", "maker_discount": "10",
        "taker_discount": "5", "withdrawal_percent": 110, "sale_weight": 110, "early_hours": 1,
    }  # fmt: skip
    (promotion,) = bot.get("/launchpad/v1/rewards/promotions").data["promotions"]
    assert (promotion["campaign_id"], promotion["budget"]) == (made.pk, "100")
    board = bot.get("/launchpad/v1/rewards/leaderboard", campaign_id=made.pk).data
    assert board["places"] == [
        {
            "place": 1, "name": competition.pseudonym(made.pk, who.pk), "volume_usd": "900",
            "prize": "50", "is_you": False,
        }
    ]  # fmt: skip


def test_the_caller_reads_and_does_their_own(bot, who):
    made = campaign("deposit_bonus")
    campaign("referral")
    assert bot.get("/launchpad/v1/vip/standing").data["level"] == 0
    joined_at = bot.post("/launchpad/v1/rewards/join", {"campaign_id": made.pk}).data
    assert joined_at["campaign_id"] == made.pk
    assert bot.get("/launchpad/v1/rewards/progress", campaign_id=made.pk).data["missing"] == "100"
    code = bot.post("/launchpad/v1/rewards/referral/code", {}).data["code"]
    assert bot.get("/launchpad/v1/rewards/referral").data["code"] == code
    own = bot.post("/launchpad/v1/rewards/referral/use", {"code": code})
    assert own.status == 400 or own.code != 1000
    assert bot.get("/launchpad/v1/rewards/mine").data == {"rewards": []}
    assert bot.post("/launchpad/v1/vip/bmx-discount", {"on": "true"}).data == {"counts": False}
