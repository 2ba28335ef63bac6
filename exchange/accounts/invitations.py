"""Invite somebody to the staff: a letter, a password, a phone, and only then the role.

The link in the letter works once, for three days, and until another letter is sent. Its reader
chooses a password and is then a user without any role; the role is given when their second factor
has shown its first code, so that no password alone ever opens the staff site. An invitation is as
good as who sent it: it opens nothing once they may no longer invite.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from exchange.accounts import devices, mail, passwords, roles, second_factor
from exchange.accounts.models import StaffInvitation, User, normal_email
from exchange.audit.record import record
from exchange.core import clock, outbox
from exchange.core.actors import STAFF, Actor
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused

GOOD_FOR = timedelta(days=3)
SENT = "accounts.staff_invited"
SALT = "accounts.staff-invitation"
INVITE = "exchange.invite_staff"
State = StaffInvitation.State


def invite(*, email: str, role: str, actor: Actor, reason: str) -> StaffInvitation:
    """Ask somebody who has no login yet to join the staff, by letter.

    Raises PermissionRefused, Invalid (email, role, reason), Conflict when the address has a login
    (give that one the role) or an open invitation (send it again).
    """
    inviter = _inviter(actor)
    email = normal_email(email)
    _validate(email, role, reason)
    if User.objects.filter(email=email).exists():
        raise Conflict(
            _("This address has a login already: give it the role under Users."), field="email"
        )
    now = clock.now()
    try:
        with transaction.atomic():
            _let_lapse(email)
            invitation = StaffInvitation.objects.create(
                email=email,
                role=role,
                reason=reason,
                invited_by_id=inviter,
                invited_at=now,
                expires_at=now + GOOD_FOR,
            )
            record(
                actor=actor,
                verb="accounts.invite_staff",
                target=invitation,
                reason=reason,
                after={"email": email, "role": role},
            )
            _send(invitation)
    except IntegrityError as error:
        raise Conflict(
            _("There is an open invitation to this address: send it again."), field="email"
        ) from error
    return invitation


def send_again(*, invitation_id: int, actor: Actor, reason: str) -> StaffInvitation:
    """Another letter, good for three days; the link in the one before dies.

    Raises PermissionRefused, Invalid without a reason, NotFound, Conflict when it was accepted or
    revoked.
    """
    inviter = _inviter(actor)
    _need(reason)
    with transaction.atomic():
        invitation = _locked(invitation_id)
        if invitation.state not in (State.OPEN, State.EXPIRED) or invitation.accepted_at:
            raise _too_late(invitation)
        before = {"serial": invitation.serial}
        invitation.serial += 1
        invitation.invited_by_id = inviter  # who vouches for it from now on
        invitation.expires_at = clock.now() + GOOD_FOR
        invitation.save(update_fields=["serial", "invited_by", "expires_at"])
        record(
            actor=actor,
            verb="accounts.send_invitation_again",
            target=invitation,
            reason=reason,
            before=before,
            after={"serial": invitation.serial},
        )
        _send(invitation)
    return invitation


def revoke(*, invitation_id: int, actor: Actor, reason: str) -> StaffInvitation:
    """Take it back. Who has chosen a password and has no role yet can't log in any more.

    Revoking twice is revoking once. Raises PermissionRefused, Invalid without a reason, NotFound,
    Conflict once the role is in force (take the role away instead).
    """
    actor.require(INVITE)
    _need(reason)
    with transaction.atomic():
        invitation = _locked(invitation_id)
        if invitation.revoked_at is not None:
            return invitation
        if invitation.in_force_at is not None:
            raise _too_late(invitation)
        invitation.revoked_at = clock.now()
        invitation.save(update_fields=["revoked_at"])
        if invitation.user_id is not None:
            User.objects.filter(pk=invitation.user_id).update(is_active=False)
            devices.end_sessions(user_id=invitation.user_id)
        record(actor=actor, verb="accounts.revoke_invitation", target=invitation, reason=reason)
    return invitation


def invited_with(token: str) -> StaffInvitation:
    """The open invitation of a link. Raises Invalid when it is forged, used, replaced or old."""
    try:
        content = signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise _useless() from error
    invitation = (
        StaffInvitation.objects.select_related("invited_by")
        .filter(pk=content["invitation"], serial=content["serial"])
        .first()
    )
    if invitation is None or invitation.state != State.OPEN or not _vouched_for(invitation):
        raise _useless()
    return invitation


def accept(*, token: str, password: str, actor: Actor) -> User:
    """Become a user with this password, and without a role. The link is used up.

    Raises Invalid (token, password), Conflict when the address has got a login meanwhile.
    """
    invitation = invited_with(token)
    user = User(email=invitation.email)
    passwords.validate(password, user=user)
    user.set_password(password)
    try:
        with transaction.atomic():
            _locked(invitation.pk)
            invitation = invited_with(token)  # again, under the lock: of two uses one is too late
            user.save()
            invitation.user = user
            invitation.accepted_at = clock.now()
            invitation.save(update_fields=["user", "accepted_at"])
            record(actor=_as(user, actor), verb="accounts.accept_invitation", target=invitation)
    except IntegrityError as error:
        raise Conflict(
            _("This address has a login already: log in with it."), field="email"
        ) from error
    return user


def take_up(*, user_id: int, actor: Actor) -> str:
    """Put the invited role in force, for whoever has a second factor. Returns it, or "".

    Safe to call at every log-in. Nothing happens without a second factor, after the invitation's
    time, when it was revoked, or when who sent it may no longer invite.
    """
    if not StaffInvitation.objects.filter(user_id=user_id, in_force_at=None).exists():
        return ""
    with transaction.atomic():
        invitation = _locked(StaffInvitation.objects.get(user_id=user_id).pk)
        if invitation.state != State.ACCEPTED or not _vouched_for(invitation):
            return ""
        if not second_factor.is_on(user_id=user_id):
            return ""
        user = User.objects.select_for_update(no_key=True).get(pk=user_id)
        user.groups.add(Group.objects.get(name=invitation.role))
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        invitation.in_force_at = clock.now()
        invitation.save(update_fields=["in_force_at"])
        record(
            actor=actor,
            verb="accounts.give_role",
            target=user,
            reason=invitation.reason,
            before={"roles": []},
            after={"roles": [invitation.role], "invited_by": invitation.invited_by.email},
        )
    return invitation.role


@outbox.consumes(SENT)
def write_letter(payload: dict[str, Any]) -> None:
    """Send the letter, unless it was replaced or revoked meanwhile. The link is made only here."""
    invitation = (
        StaffInvitation.objects.select_related("invited_by")
        .filter(pk=payload["invitation_id"], serial=payload["serial"])
        .first()
    )
    if invitation is None or invitation.state != State.OPEN:
        return
    link = reverse("invitation-link", args=[token_of(invitation)])
    mail.send_to_stranger(
        invitation.email,
        "staff_invitation",
        language="en",
        role=invitation.role,
        inviter=invitation.invited_by.email,
        days=GOOD_FOR.days,
        link=settings.BASE_URL + link,
    )


def token_of(invitation: StaffInvitation) -> str:
    content = {"invitation": invitation.pk, "serial": invitation.serial}
    return signing.dumps(content, salt=SALT)


def _inviter(actor: Actor) -> int:
    """Who vouches: a person, never a process."""
    actor.require(INVITE)
    if actor.user_id is None:
        raise PermissionRefused(_("Only a person invites to the staff."), limit=INVITE)
    return actor.user_id


def _validate(email: str, role: str, reason: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="email") from error
    if len(email) > 254:
        raise Invalid(_("This address is too long."), field="email", limit=254)
    if role not in roles.ROLES:
        raise Invalid(f"There is no role called {role}.", field="role", limit=list(roles.ROLES))
    _need(reason)


def _need(reason: str) -> None:
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")


def _let_lapse(email: str) -> None:
    """One that has expired makes room for a new one."""
    StaffInvitation.objects.filter(
        email=email, accepted_at=None, revoked_at=None, expires_at__lte=clock.now()
    ).update(revoked_at=clock.now())


def _locked(invitation_id: int) -> StaffInvitation:
    invitation = StaffInvitation.objects.select_for_update().filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound(field="invitation_id")
    return invitation


def _vouched_for(invitation: StaffInvitation) -> bool:
    inviter = invitation.invited_by
    return bool(inviter.is_active and inviter.is_staff and inviter.has_perm(INVITE))


def _send(invitation: StaffInvitation) -> None:
    outbox.announce(SENT, invitation_id=invitation.pk, serial=invitation.serial)


def _as(user: User, actor: Actor) -> Actor:
    return Actor(
        kind=STAFF, label=user.email, user_id=user.pk, ip=actor.ip, request_id=actor.request_id
    )


def _too_late(invitation: StaffInvitation) -> Conflict:
    words = _("It is %(state)s already.") % {"state": State(invitation.state).label}
    return Conflict(words, field="invitation_id", limit=invitation.state)


def _useless() -> Invalid:
    return Invalid(
        _("This invitation was used, replaced or revoked, or is too old. Ask for a new one."),
        field="token",
    )
