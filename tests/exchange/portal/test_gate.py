"""Who gets into the staff site, and how."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from exchange.accounts import roles
from exchange.accounts.models import LoginDevice, User
from exchange.audit.models import AuditEvent
from tests import factories
from tests.exchange.portal.conftest import verified
from tests.factories.accounts import authenticator, phone_shows

pytestmark = pytest.mark.django_db

LOGIN = "/staff/login/"
PASSWORD = "correct horse battery"


@pytest.fixture
def auditor(every_role: None) -> User:
    person = factories.user(email="auditor@holdfast.example", is_staff=True)
    person.groups.set(Group.objects.filter(name=roles.AUDITOR))
    return person


def log_in(client: Client, person: User, code: str, password: str = PASSWORD):
    return client.post(
        LOGIN,
        {"username": person.email, "password": password, "otp_token": code, "next": "/staff/"},
    )


def test_e_mail_password_and_code_open_the_site(auditor):
    authenticator(auditor)
    client = Client()

    assert log_in(client, auditor, phone_shows()).status_code == 302

    assert client.get("/staff/").status_code == 200
    assert AuditEvent.objects.filter(verb="accounts.log_in", user_id=auditor.pk).count() == 1


def test_the_password_without_a_code_opens_nothing(auditor):
    authenticator(auditor)
    client = Client()

    answer = log_in(client, auditor, "")

    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session
    assert client.get("/staff/").status_code == 302


def test_a_wrong_code_opens_nothing_and_counts_as_a_failed_login(auditor):
    authenticator(auditor)
    client = Client()
    wrong = f"{(int(phone_shows()) + 500_000) % 1_000_000:06d}"

    assert "This code is wrong" in log_in(client, auditor, wrong).content.decode()
    assert client.get("/staff/").status_code == 302


def test_a_code_counts_once(auditor):
    authenticator(auditor)
    code = phone_shows()
    assert log_in(Client(), auditor, code).status_code == 302

    again = Client()
    log_in(again, auditor, code)

    assert again.get("/staff/").status_code == 302


def test_five_wrong_passwords_close_the_door_even_to_the_right_one(auditor):
    authenticator(auditor)
    client = Client()
    answers = [log_in(client, auditor, "123456", "wrong").status_code for _ in range(5)]

    assert answers[-1] == 429
    assert log_in(client, auditor, phone_shows()).status_code == 429
    assert client.get("/staff/").status_code == 302


def test_staff_without_a_second_factor_are_told_so_and_stay_outside(auditor):
    client = Client()

    answer = log_in(client, auditor, "123456")

    assert "has no second factor" in answer.content.decode()
    assert not LoginDevice.objects.filter(user=auditor).exists()
    assert client.get("/staff/").status_code == 302


def test_a_session_that_showed_no_second_factor_sees_nothing(auditor):
    client = Client()
    client.force_login(auditor, backend="django.contrib.auth.backends.ModelBackend")

    answer = client.get("/staff/exchange/auditevent/")

    assert answer.status_code == 302
    assert answer.url.startswith(LOGIN)
    shown = client.get(LOGIN).content.decode()
    assert "has not shown a second factor" in shown
    assert "Audit log" not in shown


def test_a_customer_with_a_second_factor_sees_nothing():
    customer = factories.customer()
    client = verified(customer.user)

    assert client.get("/staff/").status_code == 302


def test_a_customer_can_not_log_in_here():
    customer = factories.customer()
    authenticator(customer.user)
    client = Client()

    assert log_in(client, customer.user, phone_shows()).status_code == 200
    assert "_auth_user_id" not in client.session


def test_closed_staff_accounts_are_out_at_their_next_request(auditor):
    client = verified(auditor)
    assert client.get("/staff/").status_code == 200

    User.objects.filter(pk=auditor.pk).update(is_active=False)

    assert client.get("/staff/").status_code == 302


@pytest.mark.parametrize(
    "name", ["index", "find", "pulse", "trial-balance", "machinery", "roles", "audit-export"]
)
def test_no_page_of_the_site_itself_is_open_to_strangers(name):
    answer = Client().get(reverse(f"admin:{name}"))

    assert answer.status_code == 302
    assert answer.url.startswith(LOGIN)


def test_logging_out_ends_the_session(auditor):
    client = verified(auditor)

    client.post("/staff/logout/", {"next": LOGIN})

    assert client.get("/staff/").status_code == 302


def test_an_unknown_address_says_so_in_our_own_words(auditor):
    answer = verified(auditor).get("/staff/nowhere/")

    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()


def test_the_policy_allows_no_inline_script_or_style(auditor):
    policy = verified(auditor).get("/staff/")["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
