"""Inviting from the staff site: the page, the list, and who may not."""

from __future__ import annotations

import pytest

from exchange.accounts import roles
from exchange.accounts.models import StaffInvitation
from exchange.audit.models import AuditEvent
from tests.exchange.portal.test_actions import act, told

pytestmark = pytest.mark.django_db

LIST, INVITE = "/staff/exchange/staffinvitation/", "/staff/system/invite/"
ASKED = {"email": "dora@holdfast.example", "role": roles.AUDITOR, "reason": "the audit team grows"}


def test_an_administrator_invites_from_the_list(as_role):
    client = as_role(roles.ADMINISTRATOR)
    assert INVITE.encode() in client.get(LIST).content

    answer = client.post(INVITE, ASKED, follow=True)

    assert answer.redirect_chain == [(LIST, 302)]
    assert "The letter to dora@holdfast.example is on its way" in told(answer)
    invitation = StaffInvitation.objects.get()
    assert invitation.invited_by == client.person
    event = AuditEvent.objects.get(verb="accounts.invite_staff")
    assert (event.user_id, event.reason) == (client.person.pk, "the audit team grows")


@pytest.mark.parametrize("role", [role for role in roles.ROLES if role != roles.ADMINISTRATOR])
def test_no_other_role_invites(role, as_role):
    client = as_role(role)

    assert client.get(INVITE).status_code == 403
    assert client.post(INVITE, ASKED).status_code == 403

    assert INVITE.encode() not in client.get(LIST).content
    assert StaffInvitation.objects.count() == 0


def test_a_refusal_stands_at_its_field_and_nobody_is_invited(as_role):
    client = as_role(roles.ADMINISTRATOR)

    for asked, says in (
        ({**ASKED, "email": client.person.email}, "has a login already"),
        ({**ASKED, "reason": ""}, "This field is required."),
        ({**ASKED, "role": "emperor"}, "Select a valid choice"),
    ):
        answer = client.post(INVITE, asked)
        assert answer.status_code == 422
        assert says in answer.content.decode()
    assert StaffInvitation.objects.count() == 0


def test_it_is_sent_again_and_revoked_from_the_list(as_role, world):
    client, row = as_role(roles.ADMINISTRATOR), world["invitation"]

    act(client, "staffinvitation", "send-again", row.pk)
    act(client, "staffinvitation", "revoke", row.pk)
    again = act(client, "staffinvitation", "send-again", row.pk)

    row.refresh_from_db()
    assert (row.serial, row.state) == (2, "revoked")
    assert "it is revoked already" in told(again)


def test_an_auditor_reads_invitations_and_changes_none(as_role, world):
    client, row = as_role(roles.AUDITOR), world["invitation"]

    assert b"new@holdfast.example" in client.get(LIST).content
    assert act(client, "staffinvitation", "revoke", row.pk).status_code == 403

    row.refresh_from_db()
    assert row.revoked_at is None
