"""Logins, devices and changed locks are told to those who watch; of customers only."""

from __future__ import annotations

import pytest

from exchange.accounts import devices, passwords, second_factor
from exchange.core.actors import system
from exchange.core.models import Fact
from tests.factories import customer, user
from tests.factories.accounts import about, acting, phone_shows

pytestmark = pytest.mark.django_db


def log_in(person, token="t" * 40):
    return devices.remember(
        user_id=person.pk,
        session_key="s",
        token=token,
        user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        ip="203.0.113.9",
        actor=about(person),
    )


def kinds():
    return list(Fact.objects.order_by("id").values_list("kind", "customer_id"))


def test_each_login_is_told_and_a_device_once():
    holder = customer()
    log_in(holder.user)
    log_in(holder.user)

    assert kinds() == [("device", holder.pk), ("login", holder.pk), ("login", holder.pk)]
    assert set(Fact.objects.values_list("ip", flat=True)) == {"203.0.113.9"}


def test_one_browser_has_one_word_whoever_uses_it():
    anna, bert = customer(), customer()
    log_in(anna.user)
    log_in(bert.user)
    log_in(bert.user, token="u" * 40)

    words = Fact.objects.filter(kind="device").order_by("id").values_list("device", flat=True)
    assert words[0] == words[1] != words[2]


def test_of_staff_nothing_is_told():
    log_in(user(is_staff=True))

    assert kinds() == []


def test_a_changed_password_and_a_lost_second_factor_are_told_a_first_one_is_not():
    holder = customer()
    secret = b"0123456789abcdefghij"
    second_factor.install(user_id=holder.user_id, secret=secret, actor=system("tests"))
    assert kinds() == []

    second_factor.turn_off(user_id=holder.user_id, code=phone_shows(secret), actor=acting(holder))
    passwords.change(
        user_id=holder.user_id,
        current="correct horse battery",
        new="staple-the-battery-9",
        actor=acting(holder),
    )

    assert [f.extra["verb"] for f in Fact.objects.order_by("id")] == [
        "accounts.turn_second_factor_off",
        "accounts.change_password",
    ]
    assert {f.kind for f in Fact.objects.all()} == {"password_reset"}
