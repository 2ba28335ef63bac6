"""Change a password, or get back in without it. Either way every other session ends."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from exchange.accounts import devices, mail, reset_tokens, second_factor, throttle, told
from exchange.accounts.actors import require_user
from exchange.accounts.models import User, normal_email
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Invalid

WITHIN = timedelta(minutes=15)
WRONG_PASSWORDS = 5
LETTERS_TO_ONE_ADDRESS = 3
REQUESTS_FROM_ONE_ADDRESS = 20


def change(
    *,
    user_id: int,
    current: str,
    new: str,
    actor: Actor,
    code: str = "",
    keep_session_key: str = "",
) -> User:
    """Replace the password; every session but `keep_session_key` ends at its next request.

    Whoever has a second factor shows a code too. Raises PermissionRefused, Invalid (current, new),
    WrongCode, TooManyTries after five wrong passwords in a quarter of an hour.
    """
    require_user(actor=actor, user_id=user_id, permission="exchange.change_user")
    throttle.refuse_if_spent("password", user_id, limit=WRONG_PASSWORDS)
    user = User.objects.get(pk=user_id)
    if not user.check_password(current):
        throttle.spend("password", user_id, limit=WRONG_PASSWORDS, within=WITHIN)
        raise Invalid(_("This is not your current password."), field="current")
    validate(new, user=user, field="new")
    if second_factor.is_on(user_id=user_id):
        second_factor.show_code(user_id=user_id, code=code, actor=actor)
    throttle.forget("password", user_id)
    return _set(user_id, new, actor, "accounts.change_password", keep_session_key)


def request_reset(*, email: str, actor: Actor) -> None:
    """Mail a link to whoever has this address. The caller can't tell whether anybody has.

    At most three letters to one address in a quarter of an hour: more are dropped in silence.
    Raises TooManyTries after twenty requests from one IP address.
    """
    email = normal_email(email)
    throttle.spend("reset-from", actor.ip, limit=REQUESTS_FROM_ONE_ADDRESS, within=WITHIN)
    try:
        throttle.spend("reset-to", email, limit=LETTERS_TO_ONE_ADDRESS, within=WITHIN)
    except throttle.TooManyTries:
        return
    with transaction.atomic():
        user = User.objects.filter(email=email, is_active=True).first()
        if user is not None:
            record(actor=actor, verb="accounts.request_password_reset", target=user)
            mail.tell(user.pk, "password_reset")


def reset(*, token: str, new: str, actor: Actor) -> User:
    """Set a new password with the token from the mail. Ends every session; logs nobody in.

    The second factor stays: whoever reads the mail alone does not get in. Raises Invalid (token,
    new).
    """
    user = reset_tokens.user_of(token)
    validate(new, user=user, field="new")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        reset_tokens.user_of(token)  # again, under the lock: of two uses at once one is too late
        return _set(user.pk, new, actor, "accounts.reset_password", "")


def validate(password: str, *, user: User, field: str = "password") -> None:
    """Raises Invalid with everything that is wrong with it."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field=field) from error


def _set(user_id: int, new: str, actor: Actor, verb: str, keep_session_key: str) -> User:
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        user.set_password(new)
        user.password_changed_at = clock.now()
        user.save(update_fields=["password", "password_changed_at"])
        ended = devices.end_sessions(user_id=user_id, keep_session_key=keep_session_key)
        event = record(actor=actor, verb=verb, target=user, after={"sessions_ended": ended})
        told.lock_changed(user_id=user_id, event=event)
        mail.tell(user_id, "password_changed", ip=actor.ip or "")
    return user
