"""Asking for an account: the same answer to everybody, and a letter to who may know more."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exchange.accounts import sign_up, sign_up_links
from exchange.accounts.models import Customer, User
from exchange.accounts.sign_up import ask
from exchange.accounts.throttle import TooManyTries
from exchange.audit.switches import throw_switch
from exchange.core import clock
from exchange.core.errors import Invalid, SwitchedOff
from exchange.core.models import OutboxEvent
from tests.factories import SYSTEM, user
from tests.factories.accounts import visitor

pytestmark = pytest.mark.django_db

PASSWORD = "staple-the-battery-9"


def asks(client: Client, email: str):
    return client.post(reverse("signup"), {"email": email})


def link_in(letter) -> str:
    return re.search(r"http\S+/signup/(\S+)", letter.body)[0].split("/", 3)[3]


def without_token(page: bytes) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.decode())


def test_the_link_in_the_letter_opens_the_account_and_logs_in(client, letters):
    assert b"Look into your mail" in asks(client, "Ann@example.com").content
    assert User.objects.count() == 0
    [letter] = letters()
    assert (letter.to, letter.subject) == (["ann@example.com"], "Open your account")

    client.get("/" + link_in(letter), follow=True)
    answer = client.post(reverse("signup-open"), {"password": PASSWORD})

    assert answer.headers["Location"] == reverse("markets")
    person = User.objects.get(email="ann@example.com")
    assert client.session["_auth_user_id"] == str(person.pk)
    assert Customer.objects.get(user=person)


def test_the_page_answers_alike_whether_or_not_the_address_is_taken(letters):
    user(email="taken@example.com")

    answers = [asks(Client(), email) for email in ("taken@example.com", "free@example.com")]

    assert without_token(answers[0].content) == without_token(answers[1].content)
    assert answers[0].status_code == answers[1].status_code == 200
    assert set(answers[0].headers) == set(answers[1].headers)


def test_the_page_does_the_same_work_whether_or_not_the_address_is_taken():
    """Timing alike, for the strongest of reasons: not one statement depends on the answer."""
    user(email="taken@example.com")
    statements = []
    for email in ("taken@example.com", "freed@example.com"):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            ask(email=email, actor=visitor())
        statements.append([query["sql"].replace(email, "…") for query in captured])

    plain = [[re.sub(r"'[^']*'|\d+", "?", sql) for sql in each] for each in statements]
    assert plain[0] == plain[1]
    assert not any('FROM "exchange_user"' in sql for sql in plain[0])


def test_whoever_has_an_account_is_told_by_letter_and_nothing_changes(client, letters):
    owner = user(email="ann@example.com", language="en")
    Customer.objects.create(user=owner, anti_phishing_code="lighthouse")

    asks(client, "ann@example.com")

    [letter] = letters()
    assert (letter.to, letter.subject) == (["ann@example.com"], "You have an account already")
    assert "lighthouse" in letter.body
    assert "/signup/" not in letter.body
    assert User.objects.get().password == owner.password


def test_a_letter_to_a_stranger_speaks_of_no_anti_phishing_code(letters):
    ask(email="ann@example.com", actor=visitor())
    [letter] = letters()
    assert "anti-phishing" not in letter.body
    assert "Hello," in letter.body


def test_a_link_opens_one_account(client):
    token = sign_up_links.issue("ann@example.com")
    client.get(reverse("signup-link", args=[token]))
    client.post(reverse("signup-open"), {"password": PASSWORD})

    other = Client()
    other.get(reverse("signup-link", args=[token]))
    again = other.post(reverse("signup-open"), {"password": "another-password-1"})

    assert again.status_code == 410
    assert b"There is an account with this address already" in again.content
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(
    "forge",
    [lambda: "", lambda: "forged", lambda: sign_up_links.issue("ann@example.com") + "x"],
    ids=["empty", "word", "one letter more"],  # the same in every worker, whatever the time
)
def test_a_forged_link_opens_nothing(client, forge):
    token = forge()
    session = client.session
    session["sign_up_token"] = token
    session.save()

    answer = client.post(reverse("signup-open"), {"password": PASSWORD})

    assert answer.status_code == 410
    assert User.objects.count() == 0


def test_a_link_is_good_for_a_day():
    token = sign_up_links.issue("ann@example.com")
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False), pytest.raises(Invalid):
        sign_up_links.email_of(token)
    with time_machine.travel(clock.now() + timedelta(hours=23), tick=False):
        assert sign_up_links.email_of(token) == "ann@example.com"


def test_a_reset_token_is_no_sign_up_token(client):
    from exchange.accounts import reset_tokens  # noqa: PLC0415

    with pytest.raises(Invalid):
        sign_up_links.email_of(reset_tokens.issue(user()))


def test_a_weak_password_opens_nothing_and_the_link_stays_good(client):
    client.get(reverse("signup-link", args=[sign_up_links.issue("ann@example.com")]))

    weak = client.post(reverse("signup-open"), {"password": "password"})
    assert weak.status_code == 200
    assert User.objects.count() == 0

    client.post(reverse("signup-open"), {"password": PASSWORD})
    assert User.objects.count() == 1


def test_nobody_floods_a_mailbox():
    for _ in range(sign_up.LETTERS_TO_ONE_ADDRESS + 2):
        ask(email="ann@example.com", actor=visitor())
    assert OutboxEvent.objects.count() == sign_up.LETTERS_TO_ONE_ADDRESS


def test_one_ip_address_asks_only_so_often_a_day(monkeypatch):
    monkeypatch.setattr(sign_up, "A_DAY_FROM_ONE_ADDRESS", 1)
    ask(email="ann@example.com", actor=visitor())
    with pytest.raises(TooManyTries):
        ask(email="ben@example.com", actor=visitor())


def test_nobody_asks_while_the_switch_is_closed():
    throw_switch(
        name="sign_up", close=True, actor=SYSTEM, reason="robots", customer_message="Back at noon."
    )
    with pytest.raises(SwitchedOff, match="Back at noon."):
        ask(email="ann@example.com", actor=visitor())
    assert OutboxEvent.objects.count() == 0


def test_no_letter_is_asked_for_a_bad_address():
    with pytest.raises(Invalid):
        ask(email="nobody", actor=visitor())
    assert OutboxEvent.objects.count() == 0


def test_where_one_wanted_to_go_is_remembered_until_the_account_is_open(client):
    client.post(reverse("signup"), {"email": "ann@example.com", "next": "/trade/BTC_USDT"})
    client.get(reverse("signup-link", args=[sign_up_links.issue("ann@example.com")]))

    answer = client.post(reverse("signup-open"), {"password": PASSWORD})

    assert answer.headers["Location"] == "/trade/BTC_USDT"
