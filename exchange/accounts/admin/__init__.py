"""Staff screens of the accounts room."""

from exchange.accounts.admin import (  # noqa: F401
    customers,
    invitations,
    keys,
    panels,
    restrictions,
    staff,
)
