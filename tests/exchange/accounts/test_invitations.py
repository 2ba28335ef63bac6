"""Inviting staff: a letter, a password, a phone, and only then the role."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from exchange.accounts import invitations, roles, second_factor
from exchange.accounts.models import StaffInvitation, User
from exchange.audit.models import AuditEvent
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused
from exchange.core.models import OutboxEvent
from tests.factories import SYSTEM, user
from tests.factories.accounts import about, authenticator, phone_shows, staff, visitor

pytestmark = pytest.mark.django_db

PASSWORD = "staple-the-battery-9"
EMAIL = "dora@holdfast.example"


@pytest.fixture(autouse=True)
def _roles(db: None) -> None:
    roles.sync_roles()


@pytest.fixture
def boss() -> Actor:
    """An administrator, whose vouching is looked up in their groups."""
    person = user(is_staff=True, email="boss@holdfast.example")
    person.groups.add(Group.objects.get(name=roles.ADMINISTRATOR))
    return staff("exchange.invite_staff", holder=person)


@pytest.fixture
def invited(boss: Actor) -> StaffInvitation:
    return invitations.invite(email=EMAIL, role=roles.AUDITOR, actor=boss, reason="audit grows")


def token_in(letter) -> str:
    return re.search(r"/invitation/(\S+)", letter.body)[1]


def accepted(invitation: StaffInvitation) -> User:
    token = invitations.token_of(invitation)
    return invitations.accept(token=token, password=PASSWORD, actor=visitor())


def test_an_invitation_is_a_letter_and_no_user_yet(boss, letters):
    invitation = invitations.invite(
        email=" Dora@Holdfast.example ", role=roles.AUDITOR, actor=boss, reason="audit grows"
    )

    [letter] = letters()
    assert letter.to == [EMAIL]
    assert "boss@holdfast.example" in letter.body
    assert "auditor" in letter.body
    assert invitations.invited_with(token_in(letter)) == invitation
    assert not User.objects.filter(email=EMAIL).exists()
    event = AuditEvent.objects.get(verb="accounts.invite_staff")
    assert (event.reason, event.after) == ("audit grows", {"email": EMAIL, "role": "auditor"})


def test_the_link_stands_nowhere_in_the_database(invited):
    token = invitations.token_of(invited)
    assert token not in str(list(OutboxEvent.objects.values_list("payload", flat=True)))
    assert token not in str(list(AuditEvent.objects.values_list("after", flat=True)))


@pytest.mark.parametrize("permission", ["exchange.assign_role", "exchange.change_user"])
def test_nobody_invites_without_the_permission_for_it(permission):
    with pytest.raises(PermissionRefused):
        invitations.invite(email=EMAIL, role=roles.AUDITOR, actor=staff(permission), reason="x")
    assert StaffInvitation.objects.count() == OutboxEvent.objects.count() == 0


def test_a_process_invites_nobody():
    with pytest.raises(PermissionRefused):
        invitations.invite(email=EMAIL, role=roles.AUDITOR, actor=SYSTEM, reason="x")


@pytest.mark.parametrize(
    ("field", "wrong"), [("email", "nobody"), ("role", "emperor"), ("reason", "  ")]
)
def test_what_is_wrong_with_an_invitation_is_named(boss, field, wrong):
    asked = {"email": EMAIL, "role": roles.AUDITOR, "reason": "audit grows", field: wrong}
    with pytest.raises(Invalid) as refused:
        invitations.invite(**asked, actor=boss)
    assert refused.value.field == field
    assert StaffInvitation.objects.count() == 0


def test_who_has_a_login_is_given_the_role_and_not_invited(boss):
    user(email=EMAIL)
    with pytest.raises(Conflict):
        invitations.invite(email=EMAIL, role=roles.AUDITOR, actor=boss, reason="x")


def test_one_address_has_one_open_invitation(boss, invited):
    with pytest.raises(Conflict):
        invitations.invite(email=EMAIL, role=roles.MLRO, actor=boss, reason="x")
    assert StaffInvitation.objects.get().role == roles.AUDITOR


def test_an_expired_invitation_makes_room_for_a_new_one(boss, invited):
    with time_machine.travel(clock.now() + timedelta(days=4), tick=False):
        again = invitations.invite(email=EMAIL, role=roles.MLRO, actor=boss, reason="x")
        assert again.state == "open"
    invited.refresh_from_db()
    assert invited.state == "revoked"


def test_a_password_alone_gives_no_role(invited):
    person = accepted(invited)

    assert (person.is_staff, person.groups.count()) == (False, 0)
    assert invitations.take_up(user_id=person.pk, actor=about(person)) == ""
    person.refresh_from_db()
    assert not person.is_staff


def test_the_role_comes_with_the_second_factor(invited):
    person = accepted(invited)
    authenticator(person)

    assert invitations.take_up(user_id=person.pk, actor=about(person)) == roles.AUDITOR
    assert invitations.take_up(user_id=person.pk, actor=about(person)) == ""

    person.refresh_from_db()
    assert person.is_staff
    assert [group.name for group in person.groups.all()] == [roles.AUDITOR]
    event = AuditEvent.objects.get(verb="accounts.give_role")
    assert event.reason == "audit grows"
    assert event.after == {"roles": ["auditor"], "invited_by": "boss@holdfast.example"}
    invited.refresh_from_db()
    assert invited.state == "in_force"


def test_a_link_is_used_once(invited):
    token = invitations.token_of(invited)
    accepted(invited)
    with pytest.raises(Invalid):
        invitations.accept(token=token, password="another-password-1", actor=visitor())
    assert User.objects.get(email=EMAIL).check_password(PASSWORD)


def test_a_link_is_good_for_three_days(invited):
    token = invitations.token_of(invited)
    with time_machine.travel(clock.now() + timedelta(hours=73), tick=False):
        with pytest.raises(Invalid):
            invitations.accept(token=token, password=PASSWORD, actor=visitor())
    assert not User.objects.filter(email=EMAIL).exists()


@pytest.mark.parametrize("token", ["", "forged", "a:b:c"])
def test_a_forged_link_opens_nothing(invited, token):
    with pytest.raises(Invalid):
        invitations.invited_with(token)


def test_a_role_not_taken_up_in_time_lapses(invited):
    person = accepted(invited)
    authenticator(person)
    with time_machine.travel(clock.now() + timedelta(days=4), tick=False):
        assert invitations.take_up(user_id=person.pk, actor=about(person)) == ""


def test_sending_again_kills_the_link_before(boss, invited, letters):
    old = invitations.token_of(invited)

    again = invitations.send_again(invitation_id=invited.pk, actor=boss, reason="letter was lost")

    with pytest.raises(Invalid):
        invitations.invited_with(old)
    assert invitations.invited_with(invitations.token_of(again)) == invited
    # The first letter was not written any more: it would have carried a dead link.
    assert [token_in(letter) for letter in letters()] == [invitations.token_of(again)]
    assert AuditEvent.objects.get(verb="accounts.send_invitation_again").after == {"serial": 2}


def test_an_expired_invitation_can_be_sent_again(boss, invited):
    with time_machine.travel(clock.now() + timedelta(days=4), tick=False):
        again = invitations.send_again(invitation_id=invited.pk, actor=boss, reason="was away")
        assert again.state == "open"


def test_a_revoked_invitation_opens_nothing_and_sends_nothing(boss, invited, letters):
    token = invitations.token_of(invited)

    invitations.revoke(invitation_id=invited.pk, actor=boss, reason="wrong address")
    invitations.revoke(invitation_id=invited.pk, actor=boss, reason="wrong address")

    with pytest.raises(Invalid):
        invitations.accept(token=token, password=PASSWORD, actor=visitor())
    assert letters() == []
    assert AuditEvent.objects.filter(verb="accounts.revoke_invitation").count() == 1
    with pytest.raises(Conflict):
        invitations.send_again(invitation_id=invited.pk, actor=boss, reason="x")


def test_revoking_half_way_closes_the_login_that_was_made(boss, invited):
    person = accepted(invited)
    authenticator(person)

    invitations.revoke(invitation_id=invited.pk, actor=boss, reason="contract fell through")

    person.refresh_from_db()
    assert not person.is_active
    assert invitations.take_up(user_id=person.pk, actor=about(person)) == ""


def test_a_role_in_force_is_taken_away_and_not_revoked(boss, invited):
    person = accepted(invited)
    authenticator(person)
    invitations.take_up(user_id=person.pk, actor=about(person))
    with pytest.raises(Conflict):
        invitations.revoke(invitation_id=invited.pk, actor=boss, reason="x")
    with pytest.raises(Conflict):
        invitations.send_again(invitation_id=invited.pk, actor=boss, reason="x")


@pytest.mark.parametrize("verb", [invitations.revoke, invitations.send_again])
def test_nobody_revokes_or_sends_again_without_permission_reason_or_invitation(boss, invited, verb):
    with pytest.raises(PermissionRefused):
        verb(invitation_id=invited.pk, actor=staff("exchange.assign_role"), reason="x")
    with pytest.raises(Invalid):
        verb(invitation_id=invited.pk, actor=boss, reason="")
    with pytest.raises(NotFound):
        verb(invitation_id=0, actor=boss, reason="x")
    invited.refresh_from_db()
    assert (invited.serial, invited.state) == (1, "open")


def test_an_invitation_is_as_good_as_who_sent_it(boss, invited):
    token = invitations.token_of(invited)
    person = accepted(invited)
    authenticator(person)
    User.objects.get(pk=boss.user_id).groups.clear()

    assert invitations.take_up(user_id=person.pk, actor=about(person)) == ""
    StaffInvitation.objects.update(accepted_at=None, user=None)
    with pytest.raises(Invalid):
        invitations.invited_with(token)


def test_the_address_may_have_got_a_login_meanwhile(invited):
    user(email=EMAIL)
    with pytest.raises(Conflict):
        accepted(invited)
    invited.refresh_from_db()
    assert invited.accepted_at is None


def test_a_weak_password_leaves_the_link_good(invited):
    token = invitations.token_of(invited)
    with pytest.raises(Invalid) as refused:
        invitations.accept(token=token, password="password", actor=visitor())
    assert refused.value.field == "password"
    assert accepted(invited)


def test_from_the_letter_to_the_staff_site(boss, letters):
    invitations.invite(email=EMAIL, role=roles.AUDITOR, actor=boss, reason="audit grows")
    client = Client()
    page = client.get(reverse("invitation-link", args=[token_in(letters()[0])]), follow=True)
    assert b"boss@holdfast.example" in page.content

    answer = client.post(reverse("invitation"), {"password": PASSWORD})
    assert answer.headers["Location"] == reverse("authenticator")
    assert client.get("/staff/").status_code == 302  # no role, no phone: the login page

    client.post(reverse("authenticator"))
    person = User.objects.get(email=EMAIL)
    secret = second_factor.enrolment_under_way(user_id=person.pk, actor=about(person)).secret
    shown = client.post(
        reverse("authenticator-confirm"), {"code": phone_shows(base64.b32decode(secret))}
    )

    assert b"You are auditor now." in shown.content
    assert client.get("/staff/exchange/auditevent/").status_code == 200
    assert client.get(reverse("invitation")).status_code == 410


def test_a_role_missed_at_the_phone_comes_with_the_next_login(invited):
    person = accepted(invited)
    authenticator(person)
    client = Client()
    client.post(reverse("login"), {"username": EMAIL, "password": PASSWORD})

    client.post(reverse("login-code"), {"code": phone_shows()})

    assert User.objects.get(pk=person.pk).is_staff
    assert client.get("/staff/").status_code == 200


def test_accepting_logs_out_whoever_was_logged_in_at_this_browser(invited):
    client = Client()
    client.force_login(user(), backend="django.contrib.auth.backends.ModelBackend")
    client.get(reverse("invitation-link", args=[invitations.token_of(invited)]))

    client.post(reverse("invitation"), {"password": PASSWORD})

    assert client.session["_auth_user_id"] == str(User.objects.get(email=EMAIL).pk)
