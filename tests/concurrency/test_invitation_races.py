"""An invitation is revoked while its role comes into force: it is one or the other, never both."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.db import connection

from exchange.accounts import invitations, roles, second_factor
from exchange.accounts.models import StaffInvitation, User
from exchange.core.errors import Conflict
from tests.concurrency.together import PATIENCE, until
from tests.factories import user
from tests.factories.accounts import about, authenticator, staff, visitor

pytestmark = pytest.mark.django_db(transaction=True)


def race(monkeypatch: pytest.MonkeyPatch, *, locked: Callable[[int], StaffInvitation]) -> str:
    """The role is taken up, slowly; the invitation is revoked meanwhile. What both were told."""
    roles.sync_roles()
    boss = user(is_staff=True)
    boss.groups.add(Group.objects.get(name=roles.ADMINISTRATOR))
    actor = staff("exchange.invite_staff", holder=boss)
    invitation = invitations.invite(
        email="dora@holdfast.example", role=roles.AUDITOR, actor=actor, reason="audit grows"
    )
    token = invitations.token_of(invitation)
    person = invitations.accept(token=token, password="staple-the-battery-9", actor=visitor())
    authenticator(person)
    judged, done = threading.Event(), threading.Event()

    def slowly(*, user_id: int) -> bool:
        judged.set()
        until(done.is_set)
        return True

    monkeypatch.setattr(invitations, "_locked", locked)
    monkeypatch.setattr(second_factor, "is_on", slowly)

    def take_up() -> None:
        try:
            invitations.take_up(user_id=person.pk, actor=about(person))
        finally:
            connection.close()

    thread = threading.Thread(target=take_up)
    thread.start()
    assert judged.wait(PATIENCE)
    try:
        invitations.revoke(invitation_id=invitation.pk, actor=actor, reason="fell through")
        revoked = "revoked"
    except Conflict:
        revoked = "too late to revoke"
    done.set()
    thread.join(PATIENCE)
    joined = User.objects.filter(pk=person.pk, is_staff=True).exists()
    return f"{revoked}, {'staff' if joined else 'no staff'}"


def test_a_role_that_came_first_is_not_revoked_any_more(monkeypatch):
    assert race(monkeypatch, locked=invitations._locked) == "too late to revoke, staff"


def test_without_the_lock_a_revoked_invitation_makes_staff(monkeypatch):
    """The control."""
    without = lambda pk: StaffInvitation.objects.get(pk=pk)  # noqa: E731
    assert race(monkeypatch, locked=without) == "revoked, staff"
