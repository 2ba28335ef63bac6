"""The token in a password-reset link: signed, good for an hour, and for one reset."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from exchange.accounts.models import User
from exchange.core.errors import Invalid

SALT = "accounts.password-reset"
GOOD_FOR = timedelta(hours=1)


def issue(user: User) -> str:
    """Bound to the password hash, so that it dies with the password it replaces."""
    return signing.dumps({"user": user.pk, "state": _state(user)}, salt=SALT)


def user_of(token: str) -> User:
    """Whose password may be set with it. Raises Invalid when it is forged, used or too old."""
    try:
        content = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
        user = User.objects.get(pk=content["user"], is_active=True)
    except (signing.BadSignature, User.DoesNotExist) as error:
        raise _useless() from error
    if not constant_time_compare(content["state"], _state(user)):
        raise _useless()
    return user


def _state(user: User) -> str:
    state = f"{user.pk}:{user.password}:{user.email}:{user.is_active}"
    return salted_hmac(SALT, state, algorithm="sha256").hexdigest()[:32]


def _useless() -> Invalid:
    return Invalid(_("This link has been used or is too old. Ask for a new one."), field="token")
