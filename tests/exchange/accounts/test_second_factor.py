"""The phone, its codes, and the codes for when it is lost."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
import time_machine
from django.db import connection
from django_otp.models import Device

from exchange.accounts import models, second_factor
from exchange.accounts.models import Authenticator, RecoveryCode, User
from exchange.accounts.second_factor import SecondFactorNeeded, WrongCode, show_code
from exchange.accounts.throttle import TooManyTries
from exchange.audit import proposals
from exchange.audit.models import AuditEvent
from exchange.core.errors import NotFound, PermissionRefused
from tests.concurrency.together import Meeting
from tests.factories import user
from tests.factories.accounts import (
    about,
    authenticator,
    phone_shows,
    rows_of_every_table,
    staff,
)

NOON = datetime(2026, 11, 23, 12, 0, 10, tzinfo=UTC)


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def show(person: User, code: str) -> Device:
    return show_code(user_id=person.pk, code=code, actor=about(person))


def enrol(person: User) -> tuple[bytes, list[str]]:
    """Set up a phone the way the page does; returns its secret and the recovery codes."""
    started = second_factor.start_enrolment(user_id=person.pk, actor=about(person))
    secret = base64.b32decode(started.secret)
    codes = second_factor.confirm_enrolment(
        user_id=person.pk, code=phone_shows(secret), actor=about(person)
    )
    return secret, codes


@pytest.mark.django_db
def test_the_code_on_the_phone_is_accepted(noon):
    person = user()
    phone = authenticator(person)

    assert show(person, phone_shows()) == phone


@pytest.mark.django_db
def test_a_code_is_accepted_once(noon):
    person = user()
    authenticator(person)
    show(person, phone_shows())

    with pytest.raises(WrongCode):
        show(person, phone_shows())


@pytest.mark.django_db
def test_an_earlier_code_is_refused_after_a_later_one(noon):
    person = user()
    authenticator(person)
    earlier = phone_shows(at=NOON - timedelta(seconds=30))
    show(person, phone_shows())

    with pytest.raises(WrongCode):
        show(person, earlier)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seconds", "accepted"), [(-60, False), (-30, True), (30, True), (60, False)]
)
def test_a_phone_may_be_half_a_minute_off(noon, seconds, accepted):
    person = user()
    authenticator(person)
    code = phone_shows(at=NOON + timedelta(seconds=seconds))

    if accepted:
        show(person, code)
    else:
        with pytest.raises(WrongCode):
            show(person, code)


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "0x1234", "-12345"])
def test_what_is_not_six_digits_is_no_code(noon, code):
    person = user()
    authenticator(person)
    with pytest.raises(WrongCode):
        show(person, code)


@pytest.mark.django_db
def test_each_miss_doubles_the_wait_and_even_the_right_code_has_to_wait(noon):
    person = user()
    authenticator(person)
    for wait in (1, 2, 4, 8):
        with pytest.raises(WrongCode):
            show(person, "000000")
        with pytest.raises(TooManyTries) as refused:
            show(person, phone_shows())
        assert refused.value.limit == datetime.now(UTC) + timedelta(seconds=wait)
        noon.shift(wait)

    show(person, phone_shows())

    assert Authenticator.objects.get().throttling_failure_count == 0


@pytest.mark.django_db
def test_the_wait_never_grows_past_the_hour_or_so(noon):
    person = user()
    authenticator(person)
    for _ in range(20):
        with pytest.raises(WrongCode):
            show(person, "000000")
        noon.shift(timedelta(minutes=69))

    show(person, phone_shows())


@pytest.mark.django_db
def test_a_miss_is_on_record_without_the_code(noon):
    person = user()
    authenticator(person)
    with pytest.raises(WrongCode):
        show(person, "987654")

    event = AuditEvent.objects.get(verb="accounts.refuse_code")
    assert event.after == {"misses": 1}
    assert "987654" not in str(vars(event))


@pytest.mark.django_db
def test_nobody_shows_a_code_for_somebody_else(noon):
    person, other = user(), user()
    authenticator(person)
    with pytest.raises(PermissionRefused):
        show_code(user_id=person.pk, code=phone_shows(), actor=about(other))
    assert Authenticator.objects.get().last_t == -1


@pytest.mark.django_db
def test_without_an_app_there_is_no_code_to_show():
    person = user()
    with pytest.raises(SecondFactorNeeded):
        show(person, "123456")


@pytest.mark.django_db
def test_an_app_counts_only_after_it_has_shown_a_code(letters):
    person = user()
    started = second_factor.start_enrolment(user_id=person.pk, actor=about(person))
    assert not second_factor.is_on(user_id=person.pk)
    with pytest.raises(WrongCode):
        second_factor.confirm_enrolment(user_id=person.pk, code="000000", actor=about(person))
    assert not second_factor.is_on(user_id=person.pk)

    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=2)):
        codes = second_factor.confirm_enrolment(
            user_id=person.pk,
            code=phone_shows(base64.b32decode(started.secret)),
            actor=about(person),
        )

    assert second_factor.status(user_id=person.pk) == second_factor.Status(
        on=True, recovery_codes_left=10
    )
    assert len(set(codes)) == 10
    person.refresh_from_db()
    assert person.second_factor_changed_at is not None
    assert [letter.subject for letter in letters()] == ["Your authenticator app is set up"]


@pytest.mark.django_db
def test_the_code_that_confirmed_the_app_does_not_log_in_too(noon):
    person = user()
    secret, _ = enrol(person)
    with pytest.raises(WrongCode):
        show(person, phone_shows(secret))


@pytest.mark.django_db
def test_setting_up_again_forgets_the_attempt_before(noon):
    person = user()
    first = second_factor.start_enrolment(user_id=person.pk, actor=about(person))
    second_factor.start_enrolment(user_id=person.pk, actor=about(person))

    with pytest.raises(WrongCode):
        second_factor.confirm_enrolment(
            user_id=person.pk,
            code=phone_shows(base64.b32decode(first.secret)),
            actor=about(person),
        )


@pytest.mark.django_db
def test_an_attempt_is_forgotten_after_a_quarter_of_an_hour():
    person = user()
    second_factor.start_enrolment(user_id=person.pk, actor=about(person))
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16)), pytest.raises(NotFound):
        second_factor.enrolment_under_way(user_id=person.pk, actor=about(person))


@pytest.mark.django_db
def test_moving_to_another_phone_takes_a_code_and_then_only_the_new_one_counts(noon):
    person = user()
    old_secret, old_codes = enrol(person)
    noon.shift(60)
    with pytest.raises(WrongCode):
        second_factor.start_enrolment(user_id=person.pk, actor=about(person))
    started = second_factor.start_enrolment(
        user_id=person.pk, actor=about(person), code=old_codes[0]
    )
    show(person, phone_shows(old_secret))  # the old one works until the new one has shown a code
    noon.shift(30)
    new_secret = base64.b32decode(started.secret)
    second_factor.confirm_enrolment(
        user_id=person.pk, code=phone_shows(new_secret), actor=about(person)
    )
    noon.shift(30)

    with pytest.raises(WrongCode):
        show(person, phone_shows(old_secret))
    noon.shift(30)
    show(person, phone_shows(new_secret))
    with pytest.raises(WrongCode):
        show(person, old_codes[1])


@pytest.mark.django_db
def test_a_recovery_code_works_once_however_it_is_typed(noon, letters):
    person = user()
    _, codes = enrol(person)

    show(person, codes[3].upper().replace("-", " "))

    with pytest.raises(WrongCode):
        show(person, codes[3])
    assert second_factor.status(user_id=person.pk).recovery_codes_left == 9
    assert [letter.subject for letter in letters()][-1] == "A recovery code was used"
    assert "Codes left: 9" in letters()[-1].body


@pytest.mark.django_db
def test_recovery_codes_of_one_user_are_nothing_to_another(noon):
    alice, bob = user(), user()
    _, codes = enrol(alice)
    enrol(bob)
    with pytest.raises(WrongCode):
        show(bob, codes[0])


@pytest.mark.django_db
def test_new_recovery_codes_take_a_code_and_end_the_old_ones(noon):
    person = user()
    _, old = enrol(person)
    with pytest.raises(WrongCode):
        second_factor.new_recovery_codes(user_id=person.pk, code="", actor=about(person))

    new = second_factor.new_recovery_codes(user_id=person.pk, code=old[0], actor=about(person))

    with pytest.raises(WrongCode):
        show(person, old[1])
    noon.shift(2)
    show(person, new[0])


@pytest.mark.django_db
def test_guessing_recovery_codes_is_slowed_down_too(noon):
    person = user()
    _, codes = enrol(person)
    with pytest.raises(WrongCode):
        show(person, "aaaa-bbbb-cccc")
    with pytest.raises(TooManyTries):
        show(person, codes[0])


@pytest.mark.django_db
def test_a_customer_may_turn_it_off_with_a_code_and_staff_may_not(noon, letters):
    person, colleague = user(), user(is_staff=True)
    _, codes = enrol(person)
    _, staff_codes = enrol(colleague)
    with pytest.raises(WrongCode):
        second_factor.turn_off(user_id=person.pk, code="000000", actor=about(person))
    assert second_factor.is_on(user_id=person.pk)

    second_factor.turn_off(user_id=person.pk, code=codes[0], actor=about(person))

    assert not second_factor.is_on(user_id=person.pk)
    assert RecoveryCode.objects.filter(codes__user=person).count() == 0
    assert letters()[-1].subject == "Your account has no authenticator app any more"
    with pytest.raises(PermissionRefused):
        second_factor.turn_off(user_id=colleague.pk, code=staff_codes[0], actor=about(colleague))
    assert second_factor.is_on(user_id=colleague.pk)


@pytest.mark.django_db
def test_support_removes_a_lost_phone_only_with_four_eyes(noon):
    person = user()
    enrol(person)
    permission = "exchange.reset_second_factor"
    with pytest.raises(PermissionRefused):
        second_factor.propose_reset(user_id=person.pk, actor=staff(), reason="passport seen")
    proposal = second_factor.propose_reset(
        user_id=person.pk, actor=staff(permission), reason="passport seen"
    )
    assert second_factor.is_on(user_id=person.pk)

    decided = proposals.approve(proposal_id=proposal.pk, actor=staff(permission))

    assert decided.state == "executed"
    assert not second_factor.is_on(user_id=person.pk)


@pytest.mark.django_db
def test_staff_do_not_approve_the_reset_of_their_own_phone(noon):
    permission = "exchange.reset_second_factor"
    clerk = user(is_staff=True)
    enrol(clerk)
    proposal = second_factor.propose_reset(
        user_id=clerk.pk, actor=staff(permission), reason="asked nicely"
    )

    decided = proposals.approve(proposal_id=proposal.pk, actor=staff(permission, holder=clerk))

    assert decided.state == "failed"
    assert second_factor.is_on(user_id=clerk.pk)


@pytest.mark.django_db
def test_no_secret_stands_in_the_database(noon):
    person = user()
    secret, codes = enrol(person)
    typed = base64.b32encode(secret).decode()

    everything = "".join(str(row) for row in rows_of_every_table())

    plain = codes[0].replace("-", "")
    for leak in (typed, secret.hex(), codes[0], plain, base64.b64encode(secret).decode()):
        assert leak not in everything
    assert person.email in everything  # the search does see what is there


def both_at_once(
    person: User, code: str, monkeypatch: pytest.MonkeyPatch, model: Any, step: str
) -> int:
    """Two logins show the same code at the same moment: each found it right before either marked
    it as used (`step` is what marks it). Returns how many were let in.
    """
    monkeypatch.setattr(model, step, Meeting().before(getattr(model, step)))
    let_in: list[bool] = []

    def log_in() -> None:
        try:
            show(person, code)
            let_in.append(True)
        except (WrongCode, TooManyTries):
            let_in.append(False)
        finally:
            connection.close()

    threads = [Thread(target=log_in) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert len(let_in) == 2
    return sum(let_in)


@pytest.fixture
def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "lock_factor", lambda factor: factor.refresh_from_db())


def with_recovery_codes() -> tuple[User, str]:
    person = user()
    codes = second_factor.install(
        user_id=person.pk, secret=b"0123456789abcdefghij", actor=staff("exchange.add_authenticator")
    )
    return person, codes[0]


def with_phone() -> tuple[User, str]:
    person = user()
    authenticator(person)
    return person, phone_shows()


@pytest.mark.django_db(transaction=True)
def test_a_recovery_code_shown_twice_at_once_lets_one_in(monkeypatch):
    assert both_at_once(*with_recovery_codes(), monkeypatch, RecoveryCode, "save") == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_a_recovery_code_lets_two_in(monkeypatch, without_lock):
    assert both_at_once(*with_recovery_codes(), monkeypatch, RecoveryCode, "save") == 2


@pytest.mark.django_db(transaction=True)
def test_a_phone_code_shown_twice_at_once_lets_one_in(monkeypatch):
    step = "set_last_used_timestamp"
    assert both_at_once(*with_phone(), monkeypatch, Authenticator, step) == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_a_phone_code_lets_two_in(monkeypatch, without_lock):
    step = "set_last_used_timestamp"
    assert both_at_once(*with_phone(), monkeypatch, Authenticator, step) == 2
