"""The token in a sign-up link: signed, good for a day, and says which address its letter went to.

It opens one account, because an address has one. Whoever chose the address does not choose the
password: only who reads the letter does, so that nobody opens an account in another's name.
"""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.utils.translation import gettext as _

from exchange.core.errors import Invalid

SALT = "accounts.sign-up"
GOOD_FOR = timedelta(days=1)


def issue(email: str) -> str:
    return signing.dumps(email, salt=SALT)


def email_of(token: str) -> str:
    """Whose account may be opened with it. Raises Invalid when it is forged or too old."""
    try:
        return str(signing.loads(token, salt=SALT, max_age=GOOD_FOR))
    except signing.BadSignature as error:
        raise Invalid(_("This link is too old. Ask for a new one."), field="token") from error
