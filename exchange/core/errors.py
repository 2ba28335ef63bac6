"""Refusals: every reason to say no has a class with a stable code.

A refusal names the field and the limit, so that the edge can turn it into a page message or an
API envelope without guessing. A refused verb has changed nothing.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    """A verb declined to act. `field` names the input at fault, `limit` what it should keep."""

    code = "refused"
    message: str | Promise = _("The request was refused.")

    def __init__(
        self, message: str | Promise = "", *, field: str = "", limit: object = None
    ) -> None:
        super().__init__(message or self.message)
        self.field = field
        self.limit = limit

    def __str__(self) -> str:
        return str(self.args[0])


class Invalid(Refused):
    """A value is malformed or out of its range."""

    code = "invalid"


class NotFound(Refused):
    """What was named does not exist, or is not the actor's to see."""

    code = "not_found"
    message: str | Promise = _("Not found.")


class PermissionRefused(Refused):
    """The actor lacks the permission named in `limit`."""

    code = "permission"
    message: str | Promise = _("You may not do this.")


class Restricted(Refused):
    """A standing restriction on the customer forbids this."""

    code = "restricted"
    message: str | Promise = _("This account is restricted.")


class SwitchedOff(Refused):
    """Operators have switched this off for everybody, for now."""

    code = "switched_off"
    message: str | Promise = _("This is switched off for the moment.")


class Conflict(Refused):
    """The thing has moved on: its state no longer allows this."""

    code = "conflict"
    message: str | Promise = _("This was changed meanwhile.")


class KeyReused(Refused):
    """An idempotency key came again with other contents."""

    code = "key_reused"
    message: str | Promise = _("This key was used before with other contents.")


class InsufficientFunds(Refused):
    """The available balance does not cover the amount. `limit` is what is available."""

    code = "insufficient_funds"
    message: str | Promise = _("Balance not enough.")
