"""Earn in the browser and by program: from the offer to the spot account again."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from exchange.core import clock
from launchpad.earn import accrue
from launchpad.earn.models import Position
from launchpad.programmes import payouts
from tests import factories
from tests.factories.integrators import integrator
from tests.launchpad.earn.conftest import fixed, on_day, product, put_in, staking

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_day")]


@pytest.fixture
def who():
    holder = factories.customer()
    factories.fund(holder, "USDT", "5000")
    return holder


@pytest.fixture
def browser(who):
    client = Client()
    client.force_login(who.user)
    return client


def field(answer, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]+)"', answer.content.decode())[1]


def text(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_visitor_reads_what_there_is_what_it_pays_and_what_can_be_lost():
    product(tiers=((0, 80_000), (1000, 20_000)))
    staking()
    home = text(Client().get("/earn"))
    assert "2–8 %" in home
    assert "Out within 7 days" in home
    page = text(Client().get("/earn/usdt-flexible?amount=2000&days=365"))
    assert "You can lose some of it." in page
    assert "99.99978 USDT" in page  # 100 a year, rounded down each day
    assert "Log in to take part." in page


def test_from_the_offer_to_the_position_with_everything_shown_before_it_moves(browser, who):
    product()
    filled = {"amount": "3 650,5", "agreed": "on", "compound": "on"}
    seen = browser.post("/earn/usdt-flexible", filled)
    assert "Leaves your spot account" in text(seen)
    assert not Position.objects.exists()
    sent = {
        **{name: field(seen, name) for name in ("amount", "terms", "request_no", "compound")},
        "agreed": "on",
    }
    done = browser.post("/earn/usdt-flexible", sent, follow=True)
    browser.post("/earn/usdt-flexible", sent)  # the button pressed twice
    position = Position.objects.get()
    assert (position.amount, position.compound) == (D("3650.5"), True)
    assert "counts from 2026-03-11" in text(done)
    assert factories.available(who, "USDT") == D("1349.5")


def test_who_did_not_agree_or_wrote_no_amount_is_told_where(browser):
    product()
    assert "This field is required" in text(browser.post("/earn/usdt-flexible", {"amount": "5"}))
    shown = text(browser.post("/earn/usdt-flexible", {"amount": "five", "agreed": "on"}))
    assert "Write an amount such as 0.25." in shown


def test_ending_fixed_savings_early_says_what_is_lost_before_it_is(browser, who):
    position = put_in(who, fixed(), "3650")
    with on_day(4):
        accrue.accrue_all()
        address = f"/earn/positions/{position.pk}"
        assert "You lose 3 USDT of interest" in text(browser.get(address))
        seen = browser.post(address, {"amount": ""})
        sent = {name: field(seen, name) for name in ("amount", "request_no", "accept_loss")}
        browser.post(address, sent)
    position.refresh_from_db()
    assert (position.state, position.forfeited) == ("closed", 3)


def test_what_is_on_its_way_out_shows_its_date_and_history(browser, who):
    position = put_in(who, staking(), "10")
    address = f"/earn/positions/{position.pk}"
    seen = browser.post(address, {"amount": "4"})
    assert "2026-03-17 12:00 UTC" in text(seen)
    listing = browser.post(
        address, {"amount": "4", "request_no": field(seen, "request_no")}, follow=True
    )
    assert "in your spot account on 2026-03-17 12:00 UTC" in text(listing)
    assert "Asked to leave" in text(browser.get(address))


def test_interest_so_far_stands_beside_the_position(browser, who):
    put_in(who, product(), "7300")
    with on_day(3):
        accrue.accrue_all()
        payouts.sweep()
        shown = text(browser.get("/earn/positions"))
    assert re.search(r'data-label="Paid">2<', shown)


def test_nobody_sees_somebody_elses_position(browser):
    position = put_in(factories.customer(), product(), "5")
    assert browser.get(f"/earn/positions/{position.pk}").status_code == 404
    assert browser.post(f"/earn/positions/{position.pk}", {"request_no": "x"}).status_code == 404


def test_a_draft_has_no_page():
    made = product()
    type(made).objects.update(state="draft")
    assert Client().get("/earn/usdt-flexible").status_code == 404
    assert "usdt-flexible" not in text(Client().get("/earn"))


@pytest.fixture
def now():
    """Signatures are as old as their timestamp says, so programs live today."""
    with clock.held_at(datetime.now(UTC)):
        yield


def test_a_program_reads_products_puts_in_and_takes_out(who, now):
    product()
    bot = integrator(who)
    (offered,) = bot.get("/launchpad/v1/earn/products").data["products"]
    assert (offered["product"], offered["terms"]) == ("usdt-flexible", 1)
    assert offered["tiers"] == [{"above": "0", "rate_percent": "5"}]
    asked = {"product": "usdt-flexible", "amount": "100", "terms": 1, "requestNo": "a"}
    made = bot.post("/launchpad/v1/earn/subscribe", asked)
    again = bot.post("/launchpad/v1/earn/subscribe", asked)
    assert (made.status, made.data["amount"]) == (200, "100")
    assert again.data["position_id"] == made.data["position_id"]
    listed = bot.post("/launchpad/v1/earn/positions").data["positions"]
    assert [each["amount"] for each in listed] == ["100"]
    out = bot.post(
        "/launchpad/v1/earn/redeem",
        {"positionId": made.data["position_id"], "amount": "40", "requestNo": "b"},
    )
    assert out.data["amount"] == "60"
    assert factories.available(who, "USDT") == 4940


def test_a_program_reckons_lets_interest_stay_and_reads_the_history(who, now):
    product(tiers=((0, 80_000), (1000, 20_000)))
    bot = integrator(who)
    asked = {"product": "usdt-flexible", "amount": "2000", "days": 365}
    told = bot.get("/launchpad/v1/earn/projection", **asked).data
    assert (told["interest_total"], told["yearly_percent"]) == (
        "99.999999",
        "5",
    )  # 0.2739726 a day, rounded down
    put = {"product": "usdt-flexible", "amount": "100", "terms": 1, "requestNo": "a"}
    number = {"positionId": bot.post("/launchpad/v1/earn/subscribe", put).data["position_id"]}
    stays = bot.post("/launchpad/v1/earn/compound", number | {"compound": "yes"})
    assert stays.data["compound"] == "yes"
    events = bot.post("/launchpad/v1/earn/history", number).data["events"]
    assert [(each["kind"], each["amount"]) for each in events] == [("subscribe", "100")]
    stranger = integrator(factories.customer())
    assert stranger.post("/launchpad/v1/earn/history", number).status == 400
    assert stranger.post("/launchpad/v1/earn/compound", number | {"compound": "no"}).status == 400
    assert Position.objects.get().compound
    staking()
    refused = bot.get("/launchpad/v1/earn/projection", product="eth-staking", amount="5")
    assert (refused.status, "promises no rate" in refused.message) == (400, True)


def test_a_program_is_refused_in_words_that_name_the_limit(who, now):
    product(minimum="10")
    asked = {"product": "usdt-flexible", "amount": "5", "terms": 1, "requestNo": "a"}
    answer = integrator(who).post("/launchpad/v1/earn/subscribe", asked)
    assert (answer.code, answer.message) == (54203, "The least is 10 USDT.")
    reader = integrator(who, can_trade=False)
    assert reader.post("/launchpad/v1/earn/subscribe", asked).status == 403
    assert not Position.objects.exists()


def test_more_products_and_more_positions_take_no_more_queries(browser, who):
    def asked(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(path).status_code == 200
        return len(queries)

    put_in(who, product(), "10")
    put_in(who, fixed(), "10")
    browser.get("/earn")  # what is read once for every page
    before = [asked("/earn"), asked("/earn/positions")]

    for number in range(3):
        put_in(who, product(f"more-{number}"), "10")
        put_in(who, fixed(f"longer-{number}"), "10")

    assert [asked("/earn"), asked("/earn/positions")] == before
