"""Index: the staff screens of every room."""

from wallets.reserves import admin as reserves_admin  # noqa: F401
