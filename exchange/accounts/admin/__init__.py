"""Staff screens of the accounts room."""

from exchange.accounts.admin import customers, keys, panels, restrictions, staff  # noqa: F401
