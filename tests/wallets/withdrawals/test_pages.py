"""The customer's withdrawal pages, clicked through."""

from __future__ import annotations

import re
from decimal import Decimal as D

import pytest
from django.core import mail
from django.test import Client

from exchange.accounts.models import Restriction
from exchange.core import outbox
from tests import factories
from tests.factories import withdrawals as w
from tests.factories.accounts import authenticator, phone_shows
from wallets.withdrawals.models import Withdrawal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network(bitcoin_followed):
    return bitcoin_followed


@pytest.fixture
def who():
    holder = w.rich("BTC", "1")
    authenticator(holder.user)
    return holder


@pytest.fixture
def browser(who):
    client = Client()
    client.force_login(who.user)
    return client


def field(answer, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]+)"', answer.content.decode())[1]


def to_confirmation(browser, amount: str = "0.25", address: str = w.STRANGER):
    return browser.post("/withdraw/BTC/BTC", {"address": address, "amount": amount})


def test_from_the_coin_to_the_letter(browser, who):
    assert "BTC" in browser.get("/withdraw").content.decode()
    ways = browser.get("/withdraw/BTC").content.decode()
    assert "Fee 0.0002 BTC" in ways
    form = browser.get("/withdraw/BTC/BTC").content.decode()
    assert "0.9998" in form  # the most that can arrive, the fee taken off

    confirmation = to_confirmation(browser)
    shown = confirmation.content.decode()
    assert "0.25 BTC" in shown
    assert "0.2502 BTC" in shown
    assert "<span>bcrt</span>" in shown
    assert not Withdrawal.objects.exists()
    done = browser.post(
        "/withdraw/confirm",
        {"draft": field(confirmation, "draft"), "code": phone_shows(), "amount": "0.9"},
        follow=True,
    )

    row = Withdrawal.objects.get()
    assert (row.amount, row.address, row.state) == (D("0.25"), w.STRANGER, "approved")
    assert "Waiting to be sent" in done.content.decode()
    outbox.deliver()
    (letter,) = mail.outbox
    assert "0.25 BTC" in letter.subject
    assert re.search(r"/freeze/\S+", letter.body)


def test_a_wrong_code_sends_nothing_and_keeps_the_page(browser, who):
    confirmation = to_confirmation(browser)

    answer = browser.post(
        "/withdraw/confirm", {"draft": field(confirmation, "draft"), "code": "000000"}
    )

    assert "This code is wrong" in answer.content.decode()
    assert not Withdrawal.objects.exists()
    assert factories.held(who, "BTC") == 0


def test_a_draft_of_somebody_else_or_a_forged_one_is_worth_nothing(browser, who):
    draft = field(to_confirmation(browser), "draft")
    thief = w.rich("BTC", "1")
    authenticator(thief.user)
    other = Client()
    other.force_login(thief.user)

    for token in (draft, draft[:-3] + "AAA", ""):
        answer = other.post("/withdraw/confirm", {"draft": token, "code": phone_shows()})
        assert answer.status_code == 302
    assert not Withdrawal.objects.exists()


def test_refusals_stand_beside_the_field(browser):
    assert "a letter is wrong" in to_confirmation(browser, address=w.STRANGER[:-1]).content.decode()
    assert "The least" in to_confirmation(browser, "0.0001").content.decode()
    assert "Write an amount" in to_confirmation(browser, "a lot").content.decode()
    assert "You have 1 BTC" in to_confirmation(browser, "1").content.decode()


def test_a_comma_is_a_point_and_spaces_do_not_matter(browser):
    assert "0.25 BTC" in to_confirmation(browser, " 0,25 ").content.decode()


def test_to_another_customer(browser, who):
    friend = factories.customer()
    confirmation = browser.post(
        "/withdraw/BTC/to-customer", {"recipient": friend.user.email, "amount": "0.1"}
    )

    browser.post(
        "/withdraw/confirm", {"draft": field(confirmation, "draft"), "code": phone_shows()}
    )

    assert factories.available(friend, "BTC") == D("0.1")


def test_cancelling_from_the_list(browser, who):
    row = w.ask(who, "0.1")
    stranger = Client()
    stranger.force_login(factories.customer().user)
    assert stranger.post(f"/withdrawals/{row.pk}/cancel").status_code == 404

    shown = browser.post(f"/withdrawals/{row.pk}/cancel", follow=True).content.decode()

    assert "Cancelled" in shown
    assert factories.available(who, "BTC") == 1
    assert browser.get("/withdrawals?part=rows").status_code == 200


def test_without_an_app_the_page_says_what_to_do_first():
    holder = w.rich("BTC", "1")
    client = Client()
    client.force_login(holder.user)

    assert "Set up an authenticator app first" in client.get("/withdraw/BTC").content.decode()


def freeze_link(who) -> str:
    w.ask(who, "0.1")
    outbox.deliver()
    return re.search(r"(/freeze/\S+)", mail.outbox[-1].body)[1]


def test_the_freeze_link_works_without_logging_in_and_only_when_the_button_is_pressed(who):
    link = freeze_link(who)
    anybody = Client()

    page = anybody.get(link)
    assert page.status_code == 200
    assert not Restriction.objects.exists()
    answer = anybody.post(link)

    assert "Withdrawals are stopped" in answer.content.decode()
    assert Withdrawal.objects.get().state == "cancelled"
    assert factories.available(who, "BTC") == 1
    assert Restriction.objects.get().kind == "withdrawal"
    anybody.post(link)
    assert Restriction.objects.count() == 1


def test_a_damaged_freeze_link_freezes_nobody():
    assert Client().post("/freeze/nonsense").status_code == 404
    assert not Restriction.objects.exists()
