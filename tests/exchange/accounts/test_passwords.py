"""Signing up, changing a password, and getting back in without it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from exchange.accounts import mail, passwords
from exchange.accounts.anti_phishing import set_code
from exchange.accounts.models import Customer, LoginDevice, User
from exchange.accounts.second_factor import WrongCode
from exchange.accounts.sign_up import AddressTaken, sign_up
from exchange.accounts.throttle import TooManyTries
from exchange.audit.models import AuditEvent
from exchange.audit.switches import throw_switch
from exchange.core import clock, outbox
from exchange.core.errors import Invalid, PermissionRefused, SwitchedOff
from exchange.core.models import OutboxEvent
from tests.factories import SYSTEM, customer, user
from tests.factories.accounts import about, acting, phone_shows, visitor

pytestmark = pytest.mark.django_db

OLD, NEW = "correct horse battery", "staple-the-battery-9"


def device(person: User, session_key: str) -> LoginDevice:
    return LoginDevice.objects.create(
        user=person,
        session_key=session_key,
        fingerprint=session_key,
        user_agent="test",
        ip="192.0.2.1",
    )


def live_sessions(person: User) -> list[str]:
    found = LoginDevice.objects.filter(user=person, revoked_at=None)
    return list(found.values_list("session_key", flat=True))


def opens(person: User, password: str) -> bool:
    return User.objects.get(pk=person.pk).check_password(password)


def test_signing_up_opens_an_account_and_sends_a_letter(letters):
    opened = sign_up(email=" Ann@Example.COM ", password=NEW, actor=visitor(), language="de")

    assert opened.user is not None
    assert (opened.user.email, opened.user.language) == ("ann@example.com", "de")
    assert opens(opened.user, NEW)
    assert not opened.user.is_staff
    assert letters()[0].to == ["ann@example.com"]
    event = AuditEvent.objects.get(verb="accounts.sign_up")
    assert (event.user_id, event.target_id) == (opened.user.pk, str(opened.pk))


@pytest.mark.parametrize(
    ("email", "password", "at_fault"),
    [
        ("nobody", NEW, "email"),
        ("a@b", NEW, "email"),
        ("ann@example.com", "short", "password"),
        ("ann@example.com", "1234567890123", "password"),
        ("ann@example.com", "password123", "password"),
        ("ann.longname@example.com", "ann.longname", "password"),
    ],
)
def test_a_bad_address_or_password_opens_nothing(email, password, at_fault):
    with pytest.raises(Invalid) as refused:
        sign_up(email=email, password=password, actor=visitor())
    assert refused.value.field == at_fault
    assert User.objects.count() == Customer.objects.count() == OutboxEvent.objects.count() == 0


def test_one_address_is_one_account_however_it_is_written():
    sign_up(email="ann@example.com", password=NEW, actor=visitor())
    with pytest.raises(AddressTaken):
        sign_up(email="ANN@example.com", password=NEW, actor=visitor())
    assert Customer.objects.count() == 1


def test_nobody_signs_up_while_the_switch_is_closed():
    throw_switch(
        name="sign_up", close=True, actor=SYSTEM, reason="robots", customer_message="Back at noon."
    )
    with pytest.raises(SwitchedOff, match="Back at noon."):
        sign_up(email="ann@example.com", password=NEW, actor=visitor())
    assert User.objects.count() == 0


def test_one_address_opens_only_so_many_accounts_a_day(monkeypatch):
    monkeypatch.setattr("exchange.accounts.sign_up.A_DAY_FROM_ONE_ADDRESS", 2)
    for number in range(2):
        sign_up(email=f"a{number}@example.com", password=NEW, actor=visitor())
    with pytest.raises(TooManyTries):
        sign_up(email="a3@example.com", password=NEW, actor=visitor())
    sign_up(email="a3@example.com", password=NEW, actor=visitor(ip="198.51.100.200"))


def test_a_changed_password_ends_every_other_session(letters):
    person = user()
    device(person, "here")
    device(person, "elsewhere")

    passwords.change(
        user_id=person.pk, current=OLD, new=NEW, actor=about(person), keep_session_key="here"
    )

    assert opens(person, NEW)
    assert live_sessions(person) == ["here"]
    assert User.objects.get(pk=person.pk).password_changed_at is not None
    assert letters()[-1].subject == "Your password was changed"


def test_the_current_password_is_asked_for_and_not_for_ever():
    person = user()
    for _ in range(5):
        with pytest.raises(Invalid) as refused:
            passwords.change(user_id=person.pk, current="guess", new=NEW, actor=about(person))
        assert refused.value.field == "current"

    with pytest.raises(TooManyTries):
        passwords.change(user_id=person.pk, current=OLD, new=NEW, actor=about(person))

    assert opens(person, OLD)


def test_whoever_has_a_phone_shows_a_code_to_change_the_password(alice_with_phone):
    person, actor = alice_with_phone.user, acting(alice_with_phone)
    with pytest.raises(WrongCode):
        passwords.change(user_id=person.pk, current=OLD, new=NEW, actor=actor)
    assert opens(person, OLD)

    passwords.change(user_id=person.pk, current=OLD, new=NEW, actor=actor, code=phone_shows())
    assert opens(person, NEW)


def test_nobody_changes_somebody_elses_password():
    person, other = user(), user()
    with pytest.raises(PermissionRefused):
        passwords.change(user_id=person.pk, current=OLD, new=NEW, actor=about(other))
    assert opens(person, OLD)


def token_in(letter: object) -> str:
    found = re.search(r"/password/reset/(\S+)", letter.body)  # type: ignore[attr-defined]
    assert found
    return found[1]


def asked_for_reset(person: User, letters) -> str:
    passwords.request_reset(email=person.email.upper(), actor=visitor())
    return token_in(letters()[-1])


def test_the_link_in_the_letter_sets_a_new_password_once(letters):
    person = user()
    device(person, "anywhere")
    token = asked_for_reset(person, letters)

    passwords.reset(token=token, new=NEW, actor=visitor())

    assert opens(person, NEW)
    assert live_sessions(person) == []
    with pytest.raises(Invalid) as refused:
        passwords.reset(token=token, new="another-good-one-1", actor=visitor())
    assert refused.value.field == "token"
    assert opens(person, NEW)


def test_the_link_dies_with_the_hour_and_with_the_password(letters):
    person = user()
    token = asked_for_reset(person, letters)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61)), pytest.raises(Invalid):
        passwords.reset(token=token, new=NEW, actor=visitor())
    passwords.change(user_id=person.pk, current=OLD, new=NEW, actor=about(person))
    with pytest.raises(Invalid):
        passwords.reset(token=token, new="another-good-one-1", actor=visitor())
    assert opens(person, NEW)


@pytest.mark.parametrize("token", ["", "nonsense", "eyJ1c2VyIjoxfQ:1abc:xyz"])
def test_a_forged_link_opens_nothing(token):
    with pytest.raises(Invalid):
        passwords.reset(token=token, new=NEW, actor=visitor())


def test_an_unknown_address_gets_no_letter_and_the_same_silence(letters):
    assert passwords.request_reset(email="nobody@example.com", actor=visitor()) is None
    assert passwords.request_reset(email=user().email, actor=visitor()) is None
    assert len(letters()) == 1


def test_nobody_is_flooded_with_letters(letters):
    person = user()
    for _ in range(10):
        passwords.request_reset(email=person.email, actor=visitor())
    assert len(letters()) == 3


def test_one_address_asks_for_only_so_many_resets():
    for number in range(20):
        passwords.request_reset(email=f"a{number}@example.com", actor=visitor())
    with pytest.raises(TooManyTries):
        passwords.request_reset(email="a21@example.com", actor=visitor())


def test_the_link_stands_only_in_the_letter(letters):
    person = user()
    token = asked_for_reset(person, letters)
    for event in OutboxEvent.objects.all():
        assert token not in str(event.payload)


def test_a_letter_shows_the_anti_phishing_code_and_is_not_marked_up(letters):
    holder = customer(anti_phishing_code="blue-owl")
    assert holder.user is not None
    outbox.announce(
        mail.TOPIC,
        user_id=holder.user.pk,
        letter="new_device",
        facts={"ip": "192.0.2.1", "browser": "<b>Fire & Fox</b>"},
    )

    body = letters()[-1].body

    assert "Your anti-phishing code: blue-owl" in body
    assert "Browser: <b>Fire & Fox</b>" in body


def test_a_letter_that_could_not_be_sent_is_sent_again(letters, monkeypatch):
    person = user()
    mail.tell(person.pk, "welcome")
    with monkeypatch.context() as down:
        down.setattr(mail.EmailMessage, "send", refuse_to_send)
        assert outbox.deliver() == 0
    assert OutboxEvent.objects.get().attempts == 1

    with time_machine.travel(clock.now() + timedelta(seconds=2)):
        outbox.deliver()
    assert [letter.subject for letter in letters()] == ["Welcome to Holdfast"]


def refuse_to_send(self: object) -> None:
    raise OSError("the mail server is away")


def test_a_letter_goes_out_though_a_link_in_it_could_not_be_made(letters, monkeypatch):
    def broken(_: User) -> str:
        raise LookupError("no such page")

    monkeypatch.setitem(mail._offered, "broken_link", broken)
    mail.tell(user().pk, "new_device", ip="192.0.2.1", browser="x")

    assert [letter.subject for letter in letters()] == ["A new device logged in to your account"]


def test_every_letter_can_be_written(letters):
    person = user()
    names = [
        "welcome", "new_device", "password_changed", "password_reset", "second_factor_on",
        "second_factor_off", "recovery_code_used", "recovery_codes_new", "api_key_created",
        "api_key_revoked",
    ]  # fmt: skip
    for name in names:
        mail.tell(person.pk, name, ip="192.0.2.1", browser="x", left=3, label="bot")

    sent = letters()

    assert len(sent) == len(names)
    for letter in sent:
        assert letter.subject
        assert letter.body.startswith("Hello ")
        assert "{{" not in letter.body


@pytest.mark.parametrize("code", ["abc", "x" * 21, "two words", "<b>"])
def test_a_malformed_anti_phishing_code_is_refused(code):
    holder = customer()
    with pytest.raises(Invalid):
        set_code(customer_id=holder.pk, code=code, actor=acting(holder))
    with pytest.raises(PermissionRefused):
        set_code(customer_id=holder.pk, code="good-one", actor=acting(customer()))
    assert Customer.objects.get(pk=holder.pk).anti_phishing_code == ""
