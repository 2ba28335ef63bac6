"""Logging in through the page: password, code, throttles, devices."""

from __future__ import annotations

import base64
import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from redis.exceptions import ConnectionError as RedisConnectionError

from exchange.accounts import second_factor, throttle
from exchange.accounts.models import LoginDevice, User
from exchange.accounts.restrictions import restrict
from exchange.audit.models import AuditEvent
from exchange.audit.switches import throw_switch
from exchange.core import logs
from exchange.core.models import OutboxEvent
from tests.factories import SYSTEM, user
from tests.factories.accounts import authenticator, phone_shows, rows_of_every_table, staff

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
FIREFOX = {"HTTP_USER_AGENT": "Firefox on a desk"}
PHONE = {"HTTP_USER_AGENT": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19.0 Safari/604.1"}


def give_password(client: Client, person: User, password: str = PASSWORD, **more: str):
    return client.post(
        reverse("login"), {"username": person.email, "password": password, **more}, **FIREFOX
    )


def logged_in(client: Client) -> bool:
    return client.get(reverse("security")).status_code == 200


def log_in(person: User, **meta: str) -> Client:
    client = Client()
    client.post(
        reverse("login"), {"username": person.email, "password": PASSWORD}, **(meta or FIREFOX)
    )
    assert logged_in(client)
    return client


def test_the_sign_up_page_says_when_it_is_closed(client):
    throw_switch(
        name="sign_up", close=True, actor=SYSTEM, reason="x", customer_message="Back at noon."
    )
    assert b"Back at noon." in client.get(reverse("signup")).content
    client.post(reverse("signup"), {"email": "ann@example.com"})
    assert OutboxEvent.objects.count() == 0


def test_without_a_phone_the_password_is_enough(client):
    person = user()
    assert give_password(client, person).status_code == 302
    assert logged_in(client)


def test_the_wrong_password_and_the_unknown_address_look_the_same(client):
    person = user()
    wrong = give_password(client, person, "guess-guess-guess")
    unknown = client.post(
        reverse("login"), {"username": "nobody@example.com", "password": PASSWORD}
    )
    for answer in (wrong, unknown):
        assert answer.status_code == 200
        assert b"The address or the password is wrong." in answer.content
    assert not logged_in(client)


def test_with_a_phone_the_password_alone_opens_nothing(client):
    person = user()
    authenticator(person)

    answer = give_password(client, person)

    assert answer.headers["Location"] == reverse("login-code")
    assert not logged_in(client)
    assert LoginDevice.objects.count() == 0


def test_password_and_code_open_the_account_in_a_new_session(client):
    person = user()
    authenticator(person)
    give_password(client, person)
    half_way = client.session.session_key

    client.post(reverse("login-code"), {"code": phone_shows()}, **FIREFOX)

    assert logged_in(client)
    assert client.session.session_key != half_way
    assert not Client(headers={"cookie": f"sessionid={half_way}"}).session.get("_auth_user_id")
    event = AuditEvent.objects.get(verb="accounts.log_in")
    assert (event.actor, event.user_id) == (person.email, person.pk)


def test_a_wrong_code_opens_nothing_and_the_next_try_waits(client):
    person = user()
    authenticator(person)
    give_password(client, person)

    wrong = client.post(reverse("login-code"), {"code": "000000"})
    right_but_too_soon = client.post(reverse("login-code"), {"code": phone_shows()})

    assert b"This code is wrong" in wrong.content
    assert b"Too many wrong codes" in right_but_too_soon.content
    assert not logged_in(client)


def test_a_recovery_code_opens_the_account_once():
    person = user()
    codes = second_factor.install(
        user_id=person.pk, secret=b"0123456789abcdefghij", actor=staff("exchange.add_authenticator")
    )
    first, second = Client(), Client()
    for client in (first, second):
        give_password(client, person)
        client.post(reverse("login-recovery"), {"code": codes[0]})

    assert logged_in(first)
    assert not logged_in(second)


def test_the_code_page_is_closed_to_whoever_gave_no_password(client):
    answer = client.get(reverse("login-code"))
    assert answer.headers["Location"] == reverse("login")


def test_the_code_has_to_come_within_five_minutes(client):
    person = user()
    authenticator(person)
    give_password(client, person)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        client.post(reverse("login-code"), {"code": phone_shows()})
        assert not logged_in(client)


def test_a_password_changed_meanwhile_ends_the_half_finished_login(client):
    person = user()
    authenticator(person)
    give_password(client, person)
    person.set_password("another-good-one-1")
    person.save()
    client.post(reverse("login-code"), {"code": phone_shows()})
    assert not logged_in(client)


def test_five_wrong_passwords_close_the_login_even_to_the_right_one(client):
    person = user()
    answers = [give_password(client, person, "guess-guess-guess").status_code for _ in range(5)]
    right = give_password(client, person)

    assert answers == [200, 200, 200, 200, 429]
    assert right.status_code == 429
    assert b"Too many tries" in right.content
    assert not logged_in(client)


def test_the_lock_is_on_one_account_from_one_address_in_whatever_case(client):
    person, other = user(), user()
    for _ in range(5):
        give_password(client, person, "guess-guess-guess")
    upper = client.post(reverse("login"), {"username": person.email.upper(), "password": PASSWORD})
    assert upper.status_code == 429
    assert give_password(Client(), other).status_code == 302
    from_home = Client(REMOTE_ADDR="198.51.100.99")
    assert give_password(from_home, person).status_code == 302


def test_a_lock_opens_after_a_quarter_of_an_hour(client):
    person = user()
    for _ in range(5):
        give_password(client, person, "guess-guess-guess")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16)):
        assert give_password(client, person).status_code == 302


def test_guessing_spread_over_many_addresses_is_stopped_too():
    person = user()
    for number in range(30):
        attacker = Client(REMOTE_ADDR=f"198.51.100.{number + 1}")
        give_password(attacker, person, "guess-guess-guess")

    answer = give_password(Client(REMOTE_ADDR="203.0.113.200"), person)

    assert answer.status_code == 429


def test_strangers_guesses_do_not_lock_out_the_owners_own_browser():
    person = user()
    own = log_in(person, REMOTE_ADDR="203.0.113.77", **FIREFOX)
    own.post(reverse("logout"))
    for number in range(30):
        give_password(Client(REMOTE_ADDR=f"198.51.100.{number + 1}"), person, "guess-guess-guess")

    assert give_password(own, person).status_code == 302


def test_logging_in_as_somebody_else_ends_the_session_before():
    first, second = user(), user()
    authenticator(second)
    client = log_in(first)
    assert give_password(client, second).headers["Location"] == reverse("login-code")
    assert not logged_in(client)
    give_password(client, second)
    client.post(reverse("login-code"), {"code": phone_shows()})
    assert client.get(reverse("security")).context["user"] == second


def test_people_can_log_in_while_valkey_is_away(client, monkeypatch):
    person = user()

    def away(*args: object, **kwargs: object) -> None:
        raise RedisConnectionError("refused")

    for step in ("get", "add", "incr", "set", "delete"):
        monkeypatch.setattr(throttle.cache, step, away)
    assert give_password(client, person, "guess-guess-guess").status_code == 200
    assert give_password(client, person).status_code == 302


def test_guessing_spread_over_many_accounts_is_stopped_too(monkeypatch):
    monkeypatch.setattr("exchange.accounts.web.entry.WRONG_FROM_ONE_ADDRESS", 10)
    attacker = Client(REMOTE_ADDR="198.51.100.66")
    for _ in range(10):
        give_password(attacker, user(), "guess-guess-guess")
    assert give_password(attacker, user()).status_code == 429


@pytest.mark.parametrize(
    ("place", "lands"),
    [
        ("/keys", "/keys"),
        ("/trade/BTC_USDT?x=1", "/trade/BTC_USDT?x=1"),
        ("https://evil.example/", "/markets"),
        ("//evil.example/", "/markets"),
        ("javascript:alert(1)", "/markets"),
        ("no-address", "/markets"),
        ("", "/markets"),
    ],
)
def test_after_login_one_lands_where_one_wanted_but_never_elsewhere(client, place, lands):
    answer = give_password(client, user(), next=place)
    assert answer.headers["Location"] == lands


def test_the_wanted_place_survives_the_second_step(client):
    person = user()
    authenticator(person)
    first = give_password(client, person, next="/keys")
    assert first.headers["Location"] == "/login/code?next=%2Fkeys"
    second = client.post("/login/code", {"code": phone_shows(), "next": "/keys"})
    assert second.headers["Location"] == "/keys"


def test_staff_with_a_phone_land_on_the_staff_site_and_are_let_in(client):
    person = user(is_staff=True, is_superuser=True)
    authenticator(person)
    give_password(client, person)
    answer = client.post(reverse("login-code"), {"code": phone_shows()})

    assert answer.headers["Location"] == reverse("admin:index")
    assert client.get(reverse("admin:index")).status_code == 200


def test_staff_without_a_phone_are_sent_to_set_one_up_and_the_staff_site_stays_closed(client):
    person = user(is_staff=True, is_superuser=True)
    assert give_password(client, person).headers["Location"] == reverse("security")
    assert client.get(reverse("admin:index")).status_code == 302


def test_whoever_may_not_log_in_is_told_what_they_may_know(client, alice):
    restrict(
        customer_id=alice.pk,
        kind="login",
        actor=staff("exchange.freeze_customer"),
        reason="tip from the police",
        customer_message="Please write to support.",
    )
    answer = give_password(client, alice.user)
    assert b"Please write to support." in answer.content
    assert b"police" not in answer.content
    assert not logged_in(client)


def test_a_restriction_on_login_ends_a_session_at_its_next_request(alice):
    client = log_in(alice.user)
    restrict(
        customer_id=alice.pk,
        kind="login",
        actor=staff("exchange.freeze_customer"),
        reason="reported theft",
    )
    assert not logged_in(client)


def test_a_closed_user_is_out(client):
    person = user()
    client = log_in(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert not logged_in(client)
    assert b"is wrong" in give_password(Client(), person).content


def test_logging_out_takes_a_post_and_ends_the_session(client):
    client = log_in(user())
    assert client.get(reverse("logout")).status_code == 405
    assert logged_in(client)

    client.post(reverse("logout"))

    assert not logged_in(client)
    assert AuditEvent.objects.filter(verb="accounts.log_out").count() == 1
    assert LoginDevice.objects.get().session_key == ""


def test_logging_out_needs_the_csrf_token():
    person = user()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person)
    assert strict.post(reverse("logout")).status_code == 403
    assert logged_in(strict)


def test_a_revoked_device_is_logged_out_at_its_next_request():
    person = user()
    desk, phone = log_in(person, **FIREFOX), log_in(person, **PHONE)
    lost = LoginDevice.objects.get(user_agent__contains="iPhone")

    answer = desk.post(reverse("device-revoke", args=[lost.pk]))

    assert answer.status_code == 302
    assert not logged_in(phone)
    assert logged_in(desk)


def test_all_other_devices_are_logged_out_at_once():
    person = user()
    here, there, elsewhere = (log_in(person) for _ in range(3))
    here.post(reverse("devices-revoke-others"))
    assert [logged_in(client) for client in (here, there, elsewhere)] == [True, False, False]


def test_nobody_revokes_somebody_elses_device():
    victim, mallory = log_in(user()), log_in(user())
    device = LoginDevice.objects.order_by("id").first()
    assert mallory.post(reverse("device-revoke", args=[device.pk])).status_code == 404
    assert logged_in(victim)


def test_a_browser_is_one_device_however_often_it_logs_in():
    person = user()
    client = log_in(person)
    client.post(reverse("logout"))
    give_password(client, person)
    assert LoginDevice.objects.count() == 1


def test_logging_in_anew_ends_the_earlier_session_of_the_same_browser():
    person = user()
    client = log_in(person)
    stolen = Client()
    stolen.cookies["sessionid"] = client.cookies["sessionid"].value
    assert logged_in(stolen)

    client.cookies.pop("sessionid")
    give_password(client, person)

    assert logged_in(client)
    assert not logged_in(stolen)


def test_a_device_that_is_new_is_announced_and_a_known_one_is_not(letters):
    person = user()
    first = log_in(person)
    assert letters() == []
    log_in(person, **PHONE)
    assert [letter.subject for letter in letters()] == ["A new device logged in to your account"]
    assert "Safari on iPhone" in letters()[0].body

    first.post(reverse("logout"))
    give_password(first, person)
    assert len(letters()) == 1


def test_the_device_cookie_is_out_of_reach_of_scripts(client):
    give_password(client, user())
    cookie = client.cookies["device"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert cookie.value not in str(list(LoginDevice.objects.values()))


def test_a_session_that_no_device_names_is_ended():
    client = log_in(user())
    LoginDevice.objects.all().delete()
    assert not logged_in(client)


def test_a_changed_password_keeps_this_session_and_ends_the_others():
    person = user()
    here, there = log_in(person), log_in(person)
    key = here.session.session_key

    answer = here.post(
        reverse("security-password"), {"current": PASSWORD, "new": "staple-the-battery-9"}
    )

    assert answer.status_code == 302
    assert here.session.session_key != key
    assert logged_in(here)
    assert not logged_in(there)


def test_a_reset_through_the_page_opens_a_locked_login_again(client, letters):
    person = user()
    for _ in range(5):
        give_password(client, person, "guess-guess-guess")
    sent = client.post(reverse("password-forgot"), {"email": person.email})
    link = next(word for word in letters()[-1].body.split() if "/password/reset/" in word)
    path = "/" + link.split("/", 3)[3]

    opened = client.get(path)
    assert opened.headers["Location"] == reverse("password-reset-form")  # the token is gone
    done = client.post(reverse("password-reset-form"), {"new": "staple-the-battery-9"})

    assert b"If there is an account with this address" in sent.content
    assert done.headers["Location"] == reverse("login")
    assert give_password(client, person, "staple-the-battery-9").status_code == 302
    assert client.get(path, follow=True).status_code == 410


def test_the_answer_to_a_forgotten_password_is_the_same_for_everybody(client):
    person = user()
    known = client.post(reverse("password-forgot"), {"email": person.email})
    unknown = client.post(reverse("password-forgot"), {"email": "nobody@example.com"})
    assert without_ids(known.content) == without_ids(unknown.content)


def without_ids(content: bytes) -> list[bytes]:
    secrets = (b"csrfmiddlewaretoken", b"nonce=")
    return [line for line in content.splitlines() if not any(s in line for s in secrets)]


def test_pages_about_the_account_are_never_cached(client):
    client = log_in(user())
    for name in ("security", "devices", "authenticator", "security-password", "login"):
        assert "no-store" in client.get(reverse(name)).headers.get("Cache-Control", ""), name


def test_setting_up_the_app_opens_the_staff_site_to_this_session_only():
    person = user(is_staff=True, is_superuser=True)
    here, there = log_in(person), log_in(person)
    here.post(reverse("authenticator"))
    shown = here.get(reverse("authenticator-confirm")).content.decode()
    typed = re.search(r'id="totp-secret">([A-Z2-7 ]+)<', shown)
    assert typed
    secret = base64.b32decode(typed[1].replace(" ", ""))
    here.post(reverse("authenticator-confirm"), {"code": phone_shows(secret)})

    assert here.get(reverse("admin:index")).status_code == 200
    assert there.get(reverse("admin:index")).status_code == 302


def test_passwords_and_codes_are_neither_logged_nor_stored(client, caplog):
    caplog.set_level(logging.DEBUG)
    person = user()
    authenticator(person)
    code = phone_shows()
    give_password(client, person, "guess-guess-guess")
    give_password(client, person)
    client.post(reverse("login-code"), {"code": code})
    assert logged_in(client)

    logged = "".join(logs.formatter().format(entry) for entry in caplog.records)

    stored = "".join(str(row) for row in rows_of_every_table())
    for leak in (PASSWORD, "guess-guess-guess", code):
        assert leak not in logged
        assert leak not in stored
    assert client.session.session_key not in logged
    assert "New login failure" in logged
